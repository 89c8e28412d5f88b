"""HTTP of why a step or a route is open to somebody: to themselves, and to staff."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.params import FromPath, QueryParameter

from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.openapi import problems
from firstmile.kernel.refusals import Invalid, NotFound
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.onboarding import store
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.explaining import Explanation, explained_route, explained_step
from firstmile.onboarding.models import Journey
from firstmile.onboarding.permissions import JOURNEYS_EXPLAIN
from firstmile.onboarding.routes import is_open_to_all, own_journey
from firstmile.onboarding.schemas_explaining import ExplanationOut
from firstmile.protect.guards import as_staff
from firstmile.protect.switches import Switches

SEEN = problems(400, 401, 403, 404, 422, 503)

StepKey = Annotated[
    str | None, QueryParameter(name="step", max_length=200, description="The key of a step")
]
RoutePath = Annotated[
    str | None,
    QueryParameter(name="route", max_length=2000, description="A path, as the gate is asked"),
]


def explained(visit: Visit, journey: Journey, step: str | None, route: str | None) -> Explanation:
    """Why a step, or else a route, is open; Invalid when neither is named, or both."""
    if bool(step) == bool(route):
        raise Invalid.field("step", N_("Name a step or a route."))
    if step:
        return explained_step(journey, step)
    is_off = is_open_to_all(visit.part(Switches))
    routes = visit.part(Catalogue).definitions.routes
    return explained_route(journey, routes, route or "", is_off=is_off)


@get("/onboarding/explain", responses=SEEN)
async def explain_own(
    visit: Visiting, step_key: StepKey = None, route_path: RoutePath = None
) -> ExplanationOut:
    """Why one of one's own steps, or a route, is open or not, leaf by leaf.

    The gate asks the same of every method. `allowed` is what it would say now.
    """
    actor = await visit.actor()
    journey = await own_journey(visit, actor)
    explanation = explained(visit, journey, step_key, route_path)
    if isinstance(explanation.refusal, NotFound):
        raise explanation.refusal  # of steps of other markets nobody is told
    return ExplanationOut.of(explanation, journey, actor.locale)


@get(
    "/admin/journeys/{user_id:uuid}/explain",
    guards=[as_staff(JOURNEYS_EXPLAIN)],
    responses=SEEN,
)
async def explain_to_staff(
    visit: Visiting,
    user_id: FromPath[UUID],
    step_key: StepKey = None,
    route_path: RoutePath = None,
) -> ExplanationOut:
    """The same of somebody else, for staff; NotFound for who has begun no journey."""
    actor = await visit.actor()
    async with visit.reading() as db:
        found = await store.journey_of(db, UserId(user_id))
    if found is None:
        raise NotFound(N_("There is no such person."))
    journey = visit.part(Catalogue).journey(*found, visit.part(Works).clock())
    explanation = explained(visit, journey, step_key, route_path)
    return ExplanationOut.of(explanation, journey, actor.locale)


router = Router(path="/api/v1", route_handlers=[explain_own, explain_to_staff], tags=["Onboarding"])
