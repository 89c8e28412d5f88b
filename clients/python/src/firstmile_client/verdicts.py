"""What the gate says about a route: allowed, or refused with a document for the visitor."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from firstmile_client.line import Answer, Reply

Problem = Mapping[str, Any]

OURS_TO_SAY = (401, 403, 409)  # signed out; not for this role; a step comes first
TOO_OFTEN = 429  # no outage either: whoever causes it must not be let in by it
ABOUT_THE_REQUEST = (
    400,
    413,
    414,
    422,
    431,
)  # no outage: opening here would let an odd path through


@dataclass(frozen=True)
class Verdict:
    """The answer for one route; `next_href` is the path of the page to go to, on Firstmile.

    While gating is switched off everybody is allowed, for as long as that lasts.
    """

    status: int = 200
    problem: Problem = field(default_factory=dict)
    next_href: str | None = None
    is_gating_off: bool = False
    retry_after: int = 2  # seconds, where there is something to wait for

    @property
    def is_allowed(self) -> bool:
        """Whether the route may be served."""
        return self.status == 200

    @property
    def is_put_off(self) -> bool:
        """Whether it was asked for too often, so that nothing was found."""
        return self.status == TOO_OFTEN

    @property
    def error(self) -> str | None:
        """The stable code of the refusal, such as step_blocked."""
        return _text(self.problem.get("error"))

    @property
    def blocked_by(self) -> tuple[str, ...]:
        """The keys of the steps that come first."""
        keys = self.problem.get("blockedBy")
        return tuple(str(key) for key in keys) if isinstance(keys, list) else ()

    @property
    def reasons(self) -> tuple[Mapping[str, Any], ...]:
        """Why, leaf by leaf: each with `kind`, `message`, what it names, and a `fix`."""
        told = self.problem.get("reasons")
        return tuple(one for one in told if isinstance(one, dict)) if isinstance(told, list) else ()

    @property
    def next_step(self) -> str | None:
        """The key of the step to do now."""
        step = self.problem.get("nextStep")
        return _text(step.get("key") if isinstance(step, dict) else step)


ALLOWED = Verdict()
SWITCHED_OFF = Verdict(is_gating_off=True)


def problem(status: int, error: str, message: str) -> Problem:
    """A problem document (RFC 9457) in the shape Firstmile itself answers with."""
    return {"type": "about:blank", "status": status, "error": error, "message": message}


def read_verdict(answer: Answer, *, names_project: bool = False) -> Verdict | None:
    """The verdict in an answer; None when no gate answered: silence, an error page, a redirect.

    Where a project was named, 404 says that the visitor is not in it.
    """
    if not isinstance(answer, Reply):
        return None
    document = _document(answer.body)
    if answer.status == 200:
        if document is None or document.get("allowed") is not True:
            return None
        return SWITCHED_OFF if answer.headers.get("x-firstmile-gating") == "off" else ALLOWED
    if answer.status in ABOUT_THE_REQUEST or answer.status == TOO_OFTEN:
        return _unread(answer)
    is_ours = answer.status in OURS_TO_SAY or (names_project and answer.status == 404)
    if is_ours and document is not None and _text(document.get("error")):
        return Verdict(answer.status, document, _next_href(answer, document))
    return None


def _unread(answer: Reply) -> Verdict:
    """Refused before the gate looked at it."""
    if answer.status != TOO_OFTEN:
        return Verdict(400, problem(400, "invalid_route", "This path cannot be checked."))
    said = problem(TOO_OFTEN, "rate_limited", "This was asked too often. Please try again.")
    return Verdict(TOO_OFTEN, said, retry_after=_seconds(answer.headers.get("retry-after")))


def _document(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _next_href(reply: Reply, document: Mapping[str, Any]) -> str | None:
    step = document.get("nextStep")
    told = reply.headers.get("x-firstmile-next") or (
        step.get("href") if isinstance(step, dict) else None
    )
    return told if is_own_path(told) else None


def is_own_path(href: Any) -> bool:
    """Whether it stays on the same address; `//elsewhere`, and what browsers read so, does not."""
    return (
        isinstance(href, str)
        and href.startswith("/")
        and not href.startswith(("//", "/\\"))
        and href.isascii()
        and href.isprintable()
    )


def _seconds(told: str | None) -> int:
    """A Retry-After in seconds, within a day; 2 for none and for a date, which we never send."""
    return min(int(told), 86_400) if told and told.isascii() and told.isdigit() else 2


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
