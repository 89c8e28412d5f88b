"""What limits did lately, for staff: gathered in memory, and written now and then."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from firstmile.kernel.clock import Clock
from firstmile.kernel.work import Work
from firstmile.protect import store_limits
from firstmile.protect.local_windows import Key
from firstmile.protect.store_limits import KEPT, Refusals, Tally
from firstmile.protect.verdicts import Look, Verdict

# Of callers that one process notes between two writes. In a flood of networks more would tell
# staff nothing, and the tallies count them all.
MOST_CALLERS = 50
FORGET_EVERY = timedelta(minutes=1)  # also on a day when nobody is refused


class LimitRecord:
    """Who was refused and why, across all replicas, for two hours.

    In PostgreSQL, because staff ask for it most when Redis is away.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._forget_at = clock()
        self._refusals: dict[tuple[str, str, bool], Refusals] = {}
        self._tallies: dict[str, Tally] = {}

    def note(self, keys: Sequence[Key], verdict: Verdict, route: str) -> None:
        """Remember what is worth it of one request."""
        for look in verdict.looks:
            if look.is_near or not look.has_room:
                self._tally(look)
                if not look.has_room:
                    self._refusal(keys[0][0], look, route)

    async def write(self, work: Work) -> None:
        """Add what was gathered to what all replicas know, and forget what is over."""
        if self._tallies or work.now >= self._forget_at:
            self._forget_at = work.now + FORGET_EVERY
            await store_limits.forget_before(work.db, work.now - KEPT)
        if not self._tallies:
            return
        refusals, self._refusals = self._refusals, {}
        tallies, self._tallies = self._tallies, {}
        piece = _piece_of(work.now)
        # In one order everywhere, so that two processes never wait for each other.
        await store_limits.add_tallies(work.db, piece, [tallies[name] for name in sorted(tallies)])
        await store_limits.add_refusals(work.db, piece, [refusals[key] for key in sorted(refusals)])

    def _tally(self, look: Look) -> None:
        name = look.policy.name
        known = self._tallies.get(name) or Tally(name, 0, 0, 0)
        is_watched = not look.has_room and not look.refuses
        self._tallies[name] = Tally(
            name,
            known.near + look.has_room,
            known.refused + look.refuses,
            known.watched + is_watched,
        )

    def _refusal(self, caller: str, look: Look, route: str) -> None:
        now = self._clock()
        key = (look.policy.name, caller, look.policy.is_watched_only)
        known = self._refusals.get(key)
        if known is None and len(self._refusals) >= MOST_CALLERS:
            return
        until = now + timedelta(milliseconds=look.wait_ms)
        self._refusals[key] = (
            replace(known, times=known.times + 1, route=route, last_at=now, until=until)
            if known
            else Refusals(
                look.policy.name, caller, look.policy.is_watched_only, route, 1, now, until
            )
        )


def _piece_of(moment: datetime) -> datetime:
    """The beginning of the five minutes in which a moment lies."""
    return moment - timedelta(
        minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond
    )
