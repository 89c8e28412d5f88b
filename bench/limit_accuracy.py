"""How many requests of one caller pass within any one window, by several ways of counting."""

import random
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from firstmile.protect.window import Counts, Rate, add, counting, read

LIMIT = 100
WINDOW_MS = 60_000
HOURS_MS = 3_600_000
Ask = Callable[[int], bool]


def accuracy() -> str:
    """The table: the most in any window of 60 s, and what share of an exact log's passes."""
    lines = [
        f"| counting {LIMIT} per minute | {' | '.join(TRAFFIC)} | passed of what a log passes |",
        f"|---|{'--:|' * (len(TRAFFIC) + 1)}",
    ]
    exact = {name: _passed(Kept(Rate.exact(LIMIT, WINDOW_MS)), TRAFFIC[name]) for name in TRAFFIC}
    for name, make in WAYS.items():
        passed = {kind: _passed(make(), moments) for kind, moments in TRAFFIC.items()}
        most = " | ".join(str(_most(one)) for one in passed.values())
        share = len(passed[STEADY]) / len(exact[STEADY])
        lines.append(f"| {name} | {most} | {share:.0%} |")
    return "\n".join(lines)


class Fixed:
    """A count for each minute of the clock."""

    def __init__(self) -> None:
        self._window, self._count = -1, 0

    def __call__(self, now: int) -> bool:
        if now // WINDOW_MS != self._window:
            self._window, self._count = now // WINDOW_MS, 0
        has_room = self._count < LIMIT
        self._count += has_room
        return has_room


class TwoCounters:
    """This minute, and the share of the last that still overlaps: the usual sliding window."""

    def __init__(self) -> None:
        self._window, self._last, self._count = -1, 0, 0

    def __call__(self, now: int) -> bool:
        window, elapsed = divmod(now, WINDOW_MS)
        if window != self._window:
            self._last = self._count if window == self._window + 1 else 0
            self._window, self._count = window, 0
        weighed = self._last * (WINDOW_MS - elapsed) + (self._count + 1) * WINDOW_MS
        self._count += weighed <= LIMIT * WINDOW_MS
        return weighed <= LIMIT * WINDOW_MS


class Gcra:
    """The leaky bucket as a meter (ITU-T I.371), with a burst of the whole limit."""

    def __init__(self) -> None:
        self._arrival = 0.0

    def __call__(self, now: int) -> bool:
        arrival = max(self._arrival, now) + WINDOW_MS / LIMIT
        is_early = arrival - now > WINDOW_MS
        self._arrival = self._arrival if is_early else arrival
        return not is_early


class Kept:
    """What Firstmile does, at the grain it is given."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._counts: Counts = {}

    def __call__(self, now: int) -> bool:
        self._counts = counting(self._counts, self._rate, now)
        has_room = read(self._counts, self._rate, now).has_room
        if has_room:
            self._counts = add(self._counts, self._rate, now)
        return has_room


def _poisson(rate: float) -> list[int]:
    chance, now, moments = random.Random(4711), 0.0, list[int]()
    while now < HOURS_MS:
        now += chance.expovariate(rate / 1000)
        moments.append(int(now))
    return moments


def _bursts() -> list[int]:
    """20 a second for 10 s, then 20 s of rest."""
    return [start + n * 50 for start in range(0, HOURS_MS, 30_000) for n in range(200)]


def _at_the_edge() -> list[int]:
    """All at the end of a minute, and then whatever is let through."""

    def one(start: int) -> Iterator[int]:
        yield from [start + WINDOW_MS - 1] * LIMIT
        yield from range(start + WINDOW_MS, start + 2 * WINDOW_MS - 1, 20)

    return [moment for start in range(0, HOURS_MS, 5 * WINDOW_MS) for moment in one(start)]


STEADY = "Poisson, 1.5 times the limit"
TRAFFIC: dict[str, Sequence[int]] = {
    STEADY: _poisson(2.5),
    "bursts of 10 s": _bursts(),
    "waiting for the edge": _at_the_edge(),
}
WAYS: dict[str, Callable[[], Ask]] = {
    "fixed window": Fixed,
    "two counters, weighed": TwoCounters,
    "GCRA, burst of the limit": Gcra,
    "Firstmile, counter": lambda: Kept(Rate.counted(LIMIT, WINDOW_MS)),
    "Firstmile, log": lambda: Kept(Rate.exact(LIMIT, WINDOW_MS)),
}


def _passed(ask: Ask, moments: Sequence[int]) -> list[int]:
    return [moment for moment in moments if ask(moment)]


def _most(passed: Sequence[int]) -> int:
    return max(
        bisect_right(passed, moment + WINDOW_MS - 1) - at for at, moment in enumerate(passed)
    )
