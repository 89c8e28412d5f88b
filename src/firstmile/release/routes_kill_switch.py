"""HTTP of the kill switch: asking what is off, and switching by those who run this."""

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from firstmile.kernel.access import UNLIMITED
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.visit import Visit, Visiting
from firstmile.protect.guards import as_staff, fresh_actor
from firstmile.protect.limits import limit_only
from firstmile.protect.switches import Switches
from firstmile.release import store_replicas, store_switches
from firstmile.release.kill_switch import KillSwitch, area_named
from firstmile.release.permissions import KILL_SWITCH_USE
from firstmile.release.replica import LIVES
from firstmile.release.schemas_kill_switch import KillSwitchOut, ReasonIn, SwitchesOut

GUARDS = [as_staff(KILL_SWITCH_USE)]
CHANGES = problems(*BODY, 401, 404, 503)
USES = 50


@get("/kill-switch", responses=problems(503))
async def get_switches(visit: Visiting) -> SwitchesOut:
    """What is switched off. Anybody may ask; the answer comes from memory."""
    return SwitchesOut.of(visit.part(Switches))


@get("/kill-switch", guards=GUARDS, responses=problems(401, 403, 503), opt=limit_only("gate"))
async def get_kill_switch(visit: Visiting) -> KillSwitchOut:
    """Every area with its reason, the latest uses, and the state and delay of each replica."""
    return await _told(visit)


@post("/kill-switch/{area:str}/activate", guards=GUARDS, status_code=200, responses=CHANGES)
async def activate(visit: Visiting, area: FromPath[str], data: JSONBody[ReasonIn]) -> KillSwitchOut:
    """Switch an area off, on every replica. What is off stays off, with its first reason."""
    actor = await fresh_actor(visit)
    await visit.part(KillSwitch).activate(
        await visit.work(), area_named(area), data.reason, staff_id=actor.user_id
    )
    return await _told(visit)


@post("/kill-switch/{area:str}/deactivate", guards=GUARDS, status_code=200, responses=CHANGES)
async def deactivate(
    visit: Visiting, area: FromPath[str], data: JSONBody[ReasonIn]
) -> KillSwitchOut:
    """Switch an area on again, on every replica. What is on stays on."""
    actor = await fresh_actor(visit)
    await visit.part(KillSwitch).deactivate(
        await visit.work(), area_named(area), data.reason, staff_id=actor.user_id
    )
    return await _told(visit)


async def _told(visit: Visit) -> KillSwitchOut:
    async with visit.reading() as db:
        return KillSwitchOut.of(
            await store_switches.state(db),
            await store_switches.uses(db, USES),
            await store_replicas.replicas(db, LIVES),
        )


router = Router(path="/api/v1", route_handlers=[get_switches], tags=["Kill switch"], opt=UNLIMITED)
admin_router = Router(
    path="/api/v1/admin",
    route_handlers=[get_kill_switch, activate, deactivate],
    tags=["Kill switch"],
    opt=UNLIMITED,
)
