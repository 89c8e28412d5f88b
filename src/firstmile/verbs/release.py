"""What the verbs about releasing do once their words are read."""

from dataclasses import dataclass

from firstmile.protect.switches import Area
from firstmile.release import store_replicas, store_switches
from firstmile.release.drill import Drill, Driller
from firstmile.release.replica import LIVES
from firstmile.release.store_replicas import Seen
from firstmile.release.store_switches import State
from firstmile.settings import Settings
from firstmile.verbs.opening import opened


@dataclass(frozen=True)
class Standing:
    """What is off, and the replicas that know or do not."""

    state: State
    replicas: list[Seen]


async def show_switches(settings: Settings) -> Standing:
    """What is off now."""
    async with opened(settings) as service, service.database.lease() as db:
        return Standing(await store_switches.state(db), await store_replicas.replicas(db, LIVES))


async def use_switch(settings: Settings, area: Area, reason: str, *, off: bool) -> bool:
    """Switch an area off or on; False when it was so before."""
    async with opened(settings) as service, service.works.begin() as work:
        verb = service.kill_switch.activate if off else service.kill_switch.deactivate
        return await verb(work, area, reason, staff_id=None) is not None


async def drill_kill_switch(settings: Settings, area: Area | None, flips: int) -> Drill:
    """Flip an area, or the canary when none is named, and wait for every replica each time."""
    async with opened(settings) as service:
        driller = Driller(service.works, service.kill_switch)
        if area is None:
            return await driller.flip_canary(flips)
        return await driller.use(area, flips)
