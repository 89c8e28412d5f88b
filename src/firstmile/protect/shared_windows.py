"""The windows that all replicas share, in Redis: one call for all limits of a request."""

from collections.abc import Sequence
from hashlib import sha1
from pathlib import Path

from firstmile.outside.redis_line import LineDown, RedisLine
from firstmile.protect.limits import Policy, rate_of
from firstmile.protect.local_windows import Key
from firstmile.protect.verdicts import Look

SCRIPT = (Path(__file__).parent / "window.lua").read_text()
DIGEST = sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()  # what Redis calls it
FIELDS = 4  # of an answer, for each limit
# What shows that Redis counts again: one limit of nobody.
RATE = rate_of("10 per second", is_exact=False)
PROBE = Policy("probe", "", RATE, RATE)
PROBED: Key = ("probe", "probe", "")


class SharedWindows:
    """Asks Redis, as long as Redis answers: a circuit breaker.

    The first failure closes the way, so that no other request waits. `probe` opens it again; it
    runs beside the requests, and asks what a request would ask.
    """

    def __init__(self, line: RedisLine) -> None:
        self._line = line
        self._works = False

    @property
    def is_up(self) -> bool:
        """Whether requests are counted here."""
        return self._works and self._line.is_up

    async def judge(self, keys: Sequence[Key], policies: Sequence[Policy]) -> list[Look]:
        """Look at all limits, then count in all, or in none; raises LineDown."""
        names = [_name(key) for key in keys]
        rates = [
            word
            for policy in policies
            for word in (
                policy.rate.limit,
                policy.rate.window_ms,
                policy.rate.grain_ms,
                0 if policy.is_watched_only else 1,
            )
        ]
        try:
            answer = await self._run(len(names), *names, *rates)
        except LineDown:
            self._works = False
            raise
        return [
            _look(policy, *answer[i * FIELDS : (i + 1) * FIELDS])
            for i, policy in enumerate(policies)
        ]

    async def probe(self) -> None:
        """Connect if need be, and see whether Redis counts; raises LineDown."""
        if not self._line.is_up:
            await self._line.connect()
        await self.judge([PROBED], [PROBE])
        self._works = True

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    async def _run(self, *words: str | int) -> list[int]:
        try:
            answer: list[int] = await self._line.ask("EVALSHA", DIGEST, *words)
        except LineDown as down:
            if str(down) != "noscript":  # it was restarted, or its scripts were flushed
                raise
            answer = await self._line.ask("EVAL", SCRIPT, *words)
        return answer


def _name(key: Key) -> str:
    """`rate_limit:{user or network}:limit`; the braces keep one caller on one node of a cluster."""
    whose, limit, named = key
    return f"rate_limit:{{{whose}}}:{limit}:{named}" if named else f"rate_limit:{{{whose}}}:{limit}"


def _look(policy: Policy, counted: int, used: int, wait_ms: int, has_room: int) -> Look:
    rate = policy.rate
    now_used = used + 1 if counted else used
    return Look(policy, rate, now_used, wait_ms or rate.window_ms, bool(has_room))
