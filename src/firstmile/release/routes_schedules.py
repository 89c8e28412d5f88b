"""HTTP of flags that go on or off at a moment, for those who release."""

from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, JSONBody

from firstmile.kernel.languages import N_
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.refusals import Invalid
from firstmile.kernel.visit import Visiting
from firstmile.protect.guards import as_staff
from firstmile.release import store_schedules as store
from firstmile.release.permissions import FLAGS_CHANGE, FLAGS_READ
from firstmile.release.routes_flags import author_of
from firstmile.release.schedules import Wish, call_off, schedule
from firstmile.release.schemas_schedules import (
    ScheduleCancelIn,
    ScheduleIn,
    ScheduleOut,
    SchedulesOut,
)

READ, CHANGE = [as_staff(FLAGS_READ)], [as_staff(FLAGS_CHANGE)]


@get(
    "/environments/{environment:str}/schedules", guards=READ, responses=problems(400, 401, 403, 503)
)
async def list_schedules(visit: Visiting, environment: FromPath[str]) -> SchedulesOut:
    """Flags of an environment that go on or off at a moment: those to come first."""
    async with visit.reading() as db:
        found = await store.schedules_of(db, environment)
    return SchedulesOut([ScheduleOut.of(one) for one in found])


@post(
    "/environments/{environment:str}/flags/{key:str}/schedules",
    guards=CHANGE,
    responses=problems(*BODY, 401, 404, 409, 503),
)
async def plan_schedule(
    visit: Visiting, environment: FromPath[str], key: FromPath[str], data: JSONBody[ScheduleIn]
) -> ScheduleOut:
    """Plan that a flag goes on or off at a moment."""
    if data.due_at.tzinfo is None:
        raise Invalid.field("dueAt", N_("Give the moment with its time zone."))
    wish = Wish(environment, key, data.enabled, data.due_at, data.reason)
    author = await author_of(visit)
    return ScheduleOut.of(await schedule(await visit.work(), wish, author))


@post(
    "/schedules/{schedule_id:uuid}/cancel",
    guards=CHANGE,
    status_code=200,
    responses=problems(*BODY, 401, 404, 409, 503),
)
async def cancel_schedule(
    visit: Visiting, schedule_id: FromPath[UUID], data: JSONBody[ScheduleCancelIn]
) -> ScheduleOut:
    """Take a schedule back, with a reason."""
    await author_of(visit)
    return ScheduleOut.of(await call_off(await visit.work(), schedule_id, data.reason))


router = Router(
    path="/api/v1/admin",
    route_handlers=[list_schedules, plan_schedule, cancel_schedule],
    tags=["Rollouts"],
)
