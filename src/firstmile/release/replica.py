"""This process among the others: keeps its switches up to date, and says how long that took."""

import asyncio
import contextlib
import math
import random
from collections import deque
from datetime import timedelta
from time import monotonic
from typing import Literal

import structlog

from firstmile import __version__
from firstmile.kernel.database import DATABASE_DOWN, Database
from firstmile.kernel.ids import new_id
from firstmile.kernel.work import Works
from firstmile.observe.metrics import Metrics
from firstmile.outside.hints import Hints
from firstmile.protect.switches import Area, Off, Switches
from firstmile.release import store_replicas, store_switches
from firstmile.release.kill_switch import TOPIC, KillSwitch
from firstmile.release.store_replicas import Report
from firstmile.release.store_switches import State

log = structlog.get_logger()

Role = Literal["web", "worker"]

# A process says every 5 s that it lives, and looks at the switches then whatever it has heard.
PULSE = 5.0
LIVES = timedelta(seconds=3 * PULSE)
RETRY = 0.2  # seconds between two tries while the database is away
DEADLINE = 5.0  # seconds for one look
REMEMBERED = 100  # delays behind the percentiles: a quarter of an hour of flips
# Seconds: fine where it should be, up to where only the rows carry it.
BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0)


class Replica:
    """Loads the switches when a hint says so, reports, and now and then flips the canary.

    It has a connection of its own: a pool that is busy never holds a kill switch up. A delay is
    measured once the state is in force, by the clock of the database alone, so it is a little too
    long and never too short, whatever the clocks of the machines say.
    """

    def __init__(
        self,
        url: str,
        works: Works,
        hints: Hints,
        switches: Switches,
        kill_switch: KillSwitch,
        metrics: Metrics,
        *,
        canary: timedelta,
    ) -> None:
        self.id = new_id()
        self._database = Database(url, size=1)
        self._own_works = Works(self._database, works.subscribers, works.clock)
        self._hints = hints
        self._switches = switches
        self._kill_switch = kill_switch
        self._canary = canary
        self._delays: deque[float] = deque(maxlen=REMEMBERED)
        self._stirred = asyncio.Event()
        self._changed_at = monotonic()
        self._task: asyncio.Task[None] | None = None
        self._role: Role = "web"
        self._delay = metrics.histogram(
            "switch_delay_seconds",
            "From a flip of a switch to its being in force in this process.",
            "wire",
            buckets=BUCKETS,
        )
        self._off = metrics.gauge("kill_switch_off", "1 while this area is switched off.", "area")
        hints.on(TOPIC, self._hear)

    async def start(self, role: Role) -> None:
        """Load the switches, join the others, and go on until stopped."""
        self._role = role
        await self._look()
        self._task = asyncio.create_task(self._keep_looking())

    async def stop(self) -> None:
        """Leave the others."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            with contextlib.suppress(*DATABASE_DOWN):
                async with asyncio.timeout(DEADLINE), self._database.lease() as db:
                    await store_replicas.forget_replica(db, self.id)
        await self._database.close()

    def _hear(self, word: str) -> None:
        # The same hint comes by the wire, as a row, and from ourselves when we told it.
        if not word.isdecimal() or int(word) > self._switches.revision:
            self._stirred.set()

    async def _keep_looking(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._rest()):
                    await self._stirred.wait()
            self._stirred.clear()
            try:
                async with asyncio.timeout(DEADLINE):
                    await self._flip_canary_when_due()
                    await self._look()
            except DATABASE_DOWN:  # what was known last stays in force
                log.warning("switches_not_read", exc_info=True)
                self._stirred.set()
                await asyncio.sleep(RETRY)

    def _rest(self) -> float:
        if not self._canary:
            return PULSE
        until_due = self._changed_at + self._canary.total_seconds() - monotonic()
        # Not all of them at once: the first to try is the one that flips.
        return min(PULSE, max(until_due, 0.0) + random.uniform(0, 0.5))  # noqa: S311  no secret

    async def _flip_canary_when_due(self) -> None:
        rest = self._canary
        if not rest or self._changed_at + rest.total_seconds() > monotonic():
            return
        async with self._own_works.begin() as work:
            await self._kill_switch.flip_canary_when_due(work, rest)

    async def _look(self) -> None:
        async with self._database.lease() as db:
            state = await store_switches.state(db)
            before = self._apply(state)
            delay_ms = await store_replicas.report(db, self._said(state))
        if before < state.revision and delay_ms is not None:
            self._delays.append(delay_ms)
            self._delay.labels(self._hints.wire_name).observe(delay_ms / 1000)

    def _apply(self, state: State) -> int:
        """Put a state in force; the revision that was in force before."""
        before, were_off = self._switches.revision, self._switches.off
        self._switches.replace(state.off, state.revision)
        if before != state.revision:
            self._changed_at = monotonic()
        if before < 0 or were_off != state.off:
            for area in Area:
                self._off.labels(area).set(self._switches.is_off(area))
            _tell_apart(were_off, state.off)
        return before

    def _said(self, state: State) -> Report:
        ordered = sorted(self._delays)
        return Report(
            id=self.id,
            role=self._role,
            version=__version__,
            wire=self._hints.wire_name,
            revision=state.revision,
            changed_at=state.changed_at,
            p50_ms=share_of(ordered, 0.5),
            p99_ms=share_of(ordered, 0.99),
        )


def _tell_apart(before: tuple[Off, ...], after: tuple[Off, ...]) -> None:
    """Log what changed: whoever reads the log of this process must know."""
    for one in after:
        if one not in before:
            by = one.staff_id and str(one.staff_id)
            log.warning("switched_off", area=one.area, reason=one.reason, staff_id=by)
    for one in before:
        if one not in after:
            log.warning("switched_on", area=one.area)


def share_of(ordered: list[float], share: float) -> float | None:
    """The least of the ordered values that so large a share does not exceed (nearest rank)."""
    if not ordered:
        return None
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
