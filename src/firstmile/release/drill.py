"""A drill of the kill switch: flips it, waits for every replica, and says how long each took."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Unavailable
from firstmile.kernel.work import Work, Works
from firstmile.protect.switches import Area
from firstmile.release import store_replicas, store_switches
from firstmile.release.kill_switch import KillSwitch
from firstmile.release.replica import LIVES
from firstmile.release.store_replicas import Seen
from firstmile.release.store_switches import Flip

REASON = "Drill"
# Nobody waits longer for a replica: the rows carry a switch in a second, the pulse in five.
PATIENCE = 10.0
LOOK = 0.01  # seconds between two looks


@dataclass
class Reached:
    """A replica, and how long each flip took to come into force there, in milliseconds."""

    id: UUID
    role: str
    wire: str
    delays: list[float] = field(default_factory=list)
    missed: int = 0


@dataclass
class Drill:
    """The flips that were made, and what became of them at each replica."""

    flips: int = 0
    reached: dict[UUID, Reached] = field(default_factory=dict)

    @property
    def delays(self) -> list[float]:
        """Every delay of every replica."""
        return [delay for one in self.reached.values() for delay in one.delays]

    @property
    def missed(self) -> int:
        """How often a replica that runs was not there in time."""
        return sum(one.missed for one in self.reached.values())


class Driller:
    """Flips the canary, which changes nothing, or a real area, which it leaves on."""

    def __init__(self, works: Works, kill_switch: KillSwitch) -> None:
        self._works = works
        self._kill_switch = kill_switch

    async def flip_canary(self, flips: int) -> Drill:
        """So many flips, one after the other; raises Unavailable when no replica runs."""
        drill = Drill()
        for _ in range(flips):
            await self._flip(drill, self._kill_switch.flip_canary)
        return drill

    async def use(self, area: Area, flips: int) -> Drill:
        """Switch an area off and on so many times; whatever happens it is on at the end.

        Raises Conflict when it is off before, Unavailable when no replica runs.
        """
        async with self._works.database.lease() as db:
            if await store_switches.is_off(db, area):
                raise Conflict(N_("This is switched off. A drill would end that."))
        drill = Drill()
        try:
            for _ in range(flips):
                await self._flip(drill, self._using(self._kill_switch.activate, area))
                await self._flip(drill, self._using(self._kill_switch.deactivate, area))
        finally:
            async with self._works.begin() as work:
                await self._kill_switch.deactivate(work, area, REASON, staff_id=None)
        return drill

    def _using(
        self, verb: Callable[..., Awaitable[Flip | None]], area: Area
    ) -> Callable[[Work], Awaitable[Flip]]:
        async def act(work: Work) -> Flip:
            flip = await verb(work, area, REASON, staff_id=None)
            if flip is None:
                raise Conflict(N_("Somebody else uses this switch right now."))
            return flip

        return act

    async def _flip(self, drill: Drill, act: Callable[[Work], Awaitable[Flip]]) -> None:
        async with self._works.begin() as work:
            flip = await act(work)
        drill.flips += 1
        for seen in await self._arrived(flip.revision):
            one = drill.reached.setdefault(seen.id, Reached(seen.id, seen.role, seen.wire))
            if seen.revision < flip.revision:
                one.missed += 1
            elif seen.revision == flip.revision and seen.delay_ms is not None:
                one.delays.append(seen.delay_ms)

    async def _arrived(self, revision: int) -> list[Seen]:
        """Every replica that runs, once all are in this revision or patience has ended."""
        deadline = monotonic() + PATIENCE
        while True:
            async with self._works.database.lease() as db:
                seen = await store_replicas.replicas(db, LIVES)
            if not seen:
                raise Unavailable(N_("No replica runs."))
            if all(one.revision >= revision for one in seen) or monotonic() > deadline:
                return seen
            await asyncio.sleep(LOOK)
