"""The windows of one process: all there is without Redis, and what it falls back to."""

from collections import OrderedDict
from collections.abc import Sequence

from firstmile.protect.limits import Policy
from firstmile.protect.verdicts import Look
from firstmile.protect.window import Counts, Rate, add, counting, read

# Who is counted, the limit, and for some the address or token.
Key = tuple[str, str, str]
# About 10 MB. Beyond it whoever was away longest is forgotten: to be forgotten on purpose takes
# as many other networks, each of which has its own limit already.
MOST_KEYS = 20_000


class LocalWindows:
    """Counts in memory, by the arithmetic of `window.py`."""

    def __init__(self, most: int = MOST_KEYS) -> None:
        self._kept: OrderedDict[Key, Counts] = OrderedDict()
        self._most = most

    def __len__(self) -> int:
        return len(self._kept)

    def judge(
        self, keys: Sequence[Key], policies: Sequence[Policy], now_ms: int, *, alone: bool
    ) -> list[Look]:
        """Look at all limits, then count in all, or in none when one refuses.

        `alone` takes the share of one process.
        """
        looks: list[Look] = []
        counts: list[Counts] = []
        for key, policy in zip(keys, policies, strict=True):
            rate = policy.share if alone else policy.rate
            kept = counting(self._kept.get(key, {}), rate, now_ms)
            found = read(kept, rate, now_ms)
            looks.append(Look(policy, rate, found.used, found.wait_ms, found.has_room))
            counts.append(kept)
        if any(look.refuses for look in looks):
            return looks
        return [
            self._count(key, kept, look, now_ms) if look.has_room else look
            for key, kept, look in zip(keys, counts, looks, strict=True)
        ]

    def look(self, key: Key, policy: Policy, now_ms: int) -> Look:
        """Look at one limit and count nothing."""
        rate = policy.rate
        found = read(counting(self._kept.get(key, {}), rate, now_ms), rate, now_ms)
        return Look(policy, rate, found.used, found.wait_ms, found.has_room)

    def note(self, key: Key, rate: Rate, now_ms: int) -> None:
        """Count what Redis counted, so that nothing begins anew on the day it is away."""
        self._keep(key, add(counting(self._kept.get(key, {}), rate, now_ms), rate, now_ms))

    def _count(self, key: Key, kept: Counts, look: Look, now_ms: int) -> Look:
        counts = add(kept, look.rate, now_ms)
        self._keep(key, counts)
        wait_ms = look.wait_ms or look.rate.window_ms
        return Look(look.policy, look.rate, look.used + 1, wait_ms, has_room=True)

    def _keep(self, key: Key, counts: Counts) -> None:
        self._kept[key] = counts
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
