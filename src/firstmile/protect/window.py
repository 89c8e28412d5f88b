"""The arithmetic of limits: how much of a window is used, and when there is room again.

Moments are cut into grains, and what happened is kept as a count for each grain: `{grain: count}`.
A grain counts wholly until the last moment in it is a window ago. So whatever the grain, no window
of the true length ever holds more than the limit; a coarse grain only keeps somebody out longer,
by one grain at most. A grain of a millisecond makes this an exact log, a tenth of the window a
counter that keeps eleven numbers. `window.lua` says the same inside Redis.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

PARTS = 10  # of a window, for a counter: nobody waits longer than a tenth of it too much
EXACT_MS = 1

Counts = Mapping[int, int]


@dataclass(frozen=True)
class Rate:
    """So many in any window; all times are whole milliseconds."""

    limit: int
    window_ms: int
    grain_ms: int

    @cached_property
    def span(self) -> int:
        """How many grains before the present one still count."""
        return self.window_ms // self.grain_ms

    @classmethod
    def counted(cls, limit: int, window_ms: int) -> "Rate":
        """By a counter, for limits that are large; the window is a multiple of ten milliseconds."""
        return cls(limit, window_ms, window_ms // PARTS)

    @classmethod
    def exact(cls, limit: int, window_ms: int) -> "Rate":
        """By a log of every moment, for limits that are small."""
        return cls(limit, window_ms, EXACT_MS)


class Reading(NamedTuple):
    """How much is used now, and after how many milliseconds there is room, or more room, again."""

    used: int
    wait_ms: int
    has_room: bool


def counting(counts: Counts, rate: Rate, now_ms: int) -> Counts:
    """What still counts. Of a clock that went back, what seems to come counts as if it were now."""
    present = now_ms // rate.grain_ms
    if counts and min(counts) >= present - rate.span and max(counts) <= present:
        return counts
    kept: dict[int, int] = {}
    for grain, count in counts.items():
        if present - grain <= rate.span:
            at = min(grain, present)
            kept[at] = kept.get(at, 0) + count
    return kept


def read(kept: Counts, rate: Rate, now_ms: int, cost: int = 1) -> Reading:
    """Whether `cost` more fit in, by what `counting` kept; cost is at most the limit."""
    used = sum(kept.values())
    excess = used + cost - rate.limit
    return Reading(used, _wait(kept, rate, now_ms, max(excess, 1)), excess <= 0)


def add(kept: Counts, rate: Rate, now_ms: int, cost: int = 1) -> dict[int, int]:
    """The counts with `cost` more, now."""
    present = now_ms // rate.grain_ms
    return {**kept, present: kept.get(present, 0) + cost}


def _wait(kept: Counts, rate: Rate, now_ms: int, excess: int) -> int:
    """How long until so many no longer count; 0 when not so many are there."""
    for grain in sorted(kept):
        excess -= kept[grain]
        if excess <= 0:
            return (grain + rate.span + 1) * rate.grain_ms - now_ms
    return 0
