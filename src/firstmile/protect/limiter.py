"""Judges every request by its limits: in Redis, in memory, or alone while Redis is away."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

import structlog

from firstmile.observe.metrics import Metrics
from firstmile.outside.redis_line import LineDown
from firstmile.protect.limit_metrics import LimitMetrics
from firstmile.protect.limit_record import LimitRecord
from firstmile.protect.limits import Policies, Policy
from firstmile.protect.local_windows import Key, LocalWindows
from firstmile.protect.shared_windows import SharedWindows
from firstmile.protect.verdicts import Look, Verdict

log = structlog.get_logger()

PROBE_SECONDS = 1.0
MOST_REFUSED = 10_000


def steady_ms() -> int:
    """Milliseconds of a clock that nobody sets."""
    return time.monotonic_ns() // 1_000_000


class Limiter:
    """Counts, and says who has to wait.

    Redis says until when it will refuse somebody; until then it is not asked about them again.
    Whatever it counts is counted here as well, so that this process knows where everybody stands
    if it is left alone. Then a read goes on by the whole limit, and what may be guessed at by a
    share of it: the limit over `LIMIT_PROCESSES`, and at most half.
    """

    def __init__(
        self,
        policies: Policies,
        shared: SharedWindows | None,
        metrics: Metrics,
        record: LimitRecord | None = None,
        *,
        now_ms: Callable[[], int] = steady_ms,
    ) -> None:
        self.policies = policies
        self._shared = shared
        self._record = record
        self._local = LocalWindows()
        self._refused: OrderedDict[Key, int] = OrderedDict()
        self._now_ms = now_ms
        self._metrics = LimitMetrics(metrics, policies)
        self._probing: asyncio.Task[None] | None = None
        self._metrics.of_store(self.store)

    @property
    def store(self) -> str:
        """Where requests are counted now: `redis`, `memory`, or `alone` while Redis is away."""
        if self._shared is None:
            return "memory"
        return "redis" if self._shared.is_up else "alone"

    async def start(self) -> None:
        """Connect to Redis if there is one, and look after the connection from now on."""
        if self._shared is not None:
            await self._probe(self._shared)
            self._probing = asyncio.create_task(self._keep_probing(self._shared))

    async def stop(self) -> None:
        """Let Redis go."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.wait([self._probing])
        if self._shared is not None:
            self._shared.close()

    async def judge(
        self, keys: Sequence[Key], policies: Sequence[Policy], route: str = ""
    ) -> Verdict:
        """What the limits say of one request, which is counted unless one of them refuses."""
        verdict = Verdict(await self._looks(keys, policies))
        self._metrics.note(verdict)
        if self._record is not None:
            self._record.note(keys, verdict, route)
        return verdict

    async def _looks(self, keys: Sequence[Key], policies: Sequence[Policy]) -> list[Look]:
        shared, now_ms = self._shared, self._now_ms()
        if shared is None:
            return self._local.judge(keys, policies, now_ms, alone=False)
        if shared.is_up:
            if known := self._still_refused(keys, policies, now_ms):
                return [known]
            try:
                looks = await shared.judge(keys, policies)
            except LineDown as down:
                self._lost(str(down))
            else:
                self._remember(keys, looks, now_ms)
                return looks
        self._metrics.alone.inc()
        return self._local.judge(keys, policies, now_ms, alone=True)

    def _still_refused(
        self, keys: Sequence[Key], policies: Sequence[Policy], now_ms: int
    ) -> Look | None:
        """The limit that Redis said would refuse until later than now."""
        for key, policy in zip(keys, policies, strict=True):
            wait_ms = self._refused.get(key, now_ms) - now_ms
            if wait_ms > 0:
                return Look(policy, policy.rate, policy.rate.limit, wait_ms, has_room=False)
        return None

    def _remember(self, keys: Sequence[Key], looks: Sequence[Look], now_ms: int) -> None:
        was_counted = not any(look.refuses for look in looks)
        for key, look in zip(keys, looks, strict=True):
            if look.refuses:
                self._refused[key] = now_ms + look.wait_ms
                if len(self._refused) > MOST_REFUSED:
                    self._refused.popitem(last=False)
            elif was_counted and look.has_room:
                self._local.note(key, look.rate, now_ms)

    async def _keep_probing(self, shared: SharedWindows) -> None:
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            if not shared.is_up:
                await self._probe(shared)

    async def _probe(self, shared: SharedWindows) -> None:
        try:
            await shared.probe()
        except LineDown as down:
            self._lost(str(down))
        else:
            self._metrics.of_store(self.store)
            log.info("limits_shared")

    def _lost(self, reason: str) -> None:
        if self._metrics.of_store(self.store):
            log.error("limits_alone", reason=reason)  # guessing is held by shares: see to Redis
        self._metrics.failed(reason)
