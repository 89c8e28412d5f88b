"""The gate: asks Firstmile whether a person may enter a route, and remembers for a moment."""

import logging
from dataclasses import dataclass
from threading import Lock
from typing import Literal, NamedTuple

from firstmile_client.line import Answer, Question, Reply, Talk
from firstmile_client.memory import Memory
from firstmile_client.settings import Settings
from firstmile_client.tokens import Claims, TokenVerifier, digest_of
from firstmile_client.verdicts import ALLOWED, Verdict, problem, read_verdict

log = logging.getLogger("firstmile_client")

SILENCES = 3  # in a row; one lost answer is no outage
PAUSE = 2.0  # seconds without questions during an outage, so visitors do not wait for nothing
LONGEST_ROUTE = 2000  # characters; Firstmile takes no longer ones

UNAVAILABLE = Verdict(
    503, problem(503, "unavailable", "This cannot be checked right now. Please try again.")
)
TOO_LONG = Verdict(414, problem(414, "invalid_route", "This path is too long."))


class Counts:
    """How often a verdict was asked for, remembered, and assumed for want of an answer."""

    def __init__(self) -> None:
        self.asked = 0
        self.remembered = 0
        self.assumed = 0
        self._lock = Lock()

    def add(self, what: Literal["asked", "remembered", "assumed"]) -> None:
        """Count one more."""
        with self._lock:
            setattr(self, what, getattr(self, what) + 1)


class _Key(NamedTuple):
    subject: str
    session: str
    route: str
    project: str | None


@dataclass(frozen=True)
class _Remembered:
    verdict: Verdict
    at: float


class Gate:
    """Asks the gate of the Firstmile at `base_url`.

    When Firstmile is silent, the last known answer serves; without one, `when_unreachable` decides.
    Open is the default because gating leads people, it does not authorise them. Whoever asks too
    often is told so, and never let in by it.
    """

    def __init__(self, base_url: str, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.verifier = TokenVerifier(base_url, self.settings)
        self.counts = Counts()
        self._known: Memory[_Key, _Remembered] = Memory(self.settings.remember)
        self._outage = _Outage(self.settings)
        self.line = self.verifier.line
        self.async_line = self.verifier.async_line

    def ask(self, token: str, route: str, project: str | None = None) -> Verdict:
        """The verdict for the owner of the token; raises TokenRefused. For threads.

        The steps that members share are those of `project`, an id, or of the one joined first.
        """
        return self.line.run(self._verify_and_consult(token, route, project))

    async def aask(self, token: str, route: str, project: str | None = None) -> Verdict:
        """The same for the event loop."""
        return await self.async_line.run(self._verify_and_consult(token, route, project))

    def close(self) -> None:
        """Close the connections `ask` opened."""
        self.line.close()

    async def aclose(self) -> None:
        """Close the connections `aask` opened."""
        await self.async_line.aclose()

    def consult(
        self, claims: Claims, token: str, route: str, project: str | None = None
    ) -> Talk[Verdict]:
        """The verdict for a verified caller: remembered, asked for, or assumed in silence."""
        if len(route) > LONGEST_ROUTE:
            return TOO_LONG
        key = _Key(claims.subject, claims.session, route, project)
        known = self._known.get(key)
        if known is not None and self._age(known) < self._life(known.verdict):
            self.counts.add("remembered")
            return known.verdict
        if self._outage.is_on():
            return self._assume(known)
        self.counts.add("asked")
        verdict = self._heard((yield _question(token, key)), key)
        if verdict is None:
            return self._assume(known)
        if verdict.is_put_off:
            return self._last(known) or verdict
        self._known.put(key, _Remembered(verdict, self.settings.clock.steady()))
        return verdict

    def _verify_and_consult(self, token: str, route: str, project: str | None) -> Talk[Verdict]:
        claims = yield from self.verifier.talk(token)
        return (yield from self.consult(claims, token, route, project))

    def _heard(self, answer: Answer, key: _Key) -> Verdict | None:
        verdict = read_verdict(answer, names_project=key.project is not None)
        if verdict is None:
            self._outage.note(answer)
        else:
            self._outage.end()
        return verdict

    def _assume(self, known: _Remembered | None) -> Verdict:
        self.counts.add("assumed")
        otherwise = ALLOWED if self.settings.when_unreachable == "open" else UNAVAILABLE
        return self._last(known) or otherwise

    def _last(self, known: _Remembered | None) -> Verdict | None:
        if known is None or self._age(known) >= self.settings.last_known:
            return None
        return known.verdict

    def _life(self, verdict: Verdict) -> float:
        lasts = verdict.is_allowed and not verdict.is_gating_off
        return self.settings.allowed_for if lasts else self.settings.blocked_for

    def _age(self, known: _Remembered) -> float:
        return self.settings.clock.steady() - known.at


class _Outage:
    """Counts unanswered questions, and pauses asking after a few in a row."""

    def __init__(self, settings: Settings) -> None:
        self._steady = settings.clock.steady
        self._unanswered = 0
        self._until = float("-inf")
        self._last: Answer | None = None

    def is_on(self) -> bool:
        return self._steady() < self._until

    def note(self, answer: Answer) -> None:
        if answer is self._last:  # several visitors shared this one
            return
        self._last = answer
        reason = str(answer.status) if isinstance(answer, Reply) else answer.reason
        log.warning("firstmile_gate_unanswered", extra={"answer": reason})
        self._unanswered += 1
        if self._unanswered >= SILENCES:
            self._until = self._steady() + PAUSE

    def end(self) -> None:
        if self._unanswered:
            log.info("firstmile_gate_answers_again")
        self._unanswered = 0


def _question(token: str, key: _Key) -> Question:
    # The token is part of the key: what is refused to one is not refused to the next of a session.
    return Question(
        key=("gate", digest_of(token), *key),
        path="/api/v1/gate",
        params={"route": key.route, **({"project": key.project} if key.project else {})},
        headers={"authorization": f"Bearer {token}", "accept": "application/json"},
    )
