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
        found = [
            self._look(key, policy, policy.share if alone else policy.rate, now_ms)
            for key, policy in zip(keys, policies, strict=True)
        ]
        for look, _ in found:
            if look.refuses:
                return [look for look, _ in found]
        return [
            self._count(key, kept, look, now_ms) if look.has_room else look
            for key, (look, kept) in zip(keys, found, strict=True)
        ]

    def look(self, key: Key, policy: Policy, now_ms: int) -> Look:
        """Look at one limit and count nothing."""
        return self._look(key, policy, policy.rate, now_ms)[0]

    def note(self, key: Key, rate: Rate, now_ms: int) -> None:
        """Count what Redis counted, so that nothing begins anew on the day it is away."""
        self._keep(key, add(self._still(key, rate, now_ms), rate, now_ms))

    def _still(self, key: Key, rate: Rate, now_ms: int) -> Counts:
        kept = self._kept.get(key)
        return counting(kept, rate, now_ms) if kept else {}

    def _look(self, key: Key, policy: Policy, rate: Rate, now_ms: int) -> tuple[Look, Counts]:
        kept = self._still(key, rate, now_ms)
        return Look(policy, rate, *read(kept, rate, now_ms)), kept

    def _count(self, key: Key, kept: Counts, look: Look, now_ms: int) -> Look:
        self._keep(key, add(kept, look.rate, now_ms))
        wait_ms = look.wait_ms or look.rate.window_ms
        return Look(look.policy, look.rate, look.used + 1, wait_ms, has_room=True)

    def _keep(self, key: Key, counts: Counts) -> None:
        self._kept[key] = counts
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
