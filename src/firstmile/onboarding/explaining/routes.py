"""HTTP of why a step or a route is open to somebody: to themselves, and to staff."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.params import FromPath, QueryParameter

from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.openapi import problems
from firstmile.kernel.refusals import NotFound
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.onboarding import store
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.explaining.replaying import Scene, scene_at
from firstmile.onboarding.explaining.schemas import ExplanationOut
from firstmile.onboarding.models import Journey
from firstmile.onboarding.permissions import JOURNEYS_EXPLAIN
from firstmile.onboarding.routes import InProject, is_open_to_all, own_journey
from firstmile.onboarding.store_shared import shared_of
from firstmile.protect.guards import as_staff
from firstmile.protect.switches import Switches

SEEN = problems(400, 401, 403, 404, 409, 422, 503)

StepKey = Annotated[
    str | None, QueryParameter(name="step", max_length=200, description="The key of a step")
]
RoutePath = Annotated[
    str | None,
    QueryParameter(name="route", max_length=2000, description="A path, as the gate is asked"),
]


At = Annotated[
    datetime | None,
    QueryParameter(name="at", description="A moment gone by, with its time zone; now if left out"),
]


def scene_now(visit: Visit, journey: Journey) -> Scene:
    """What a decision about somebody follows from now."""
    routes = visit.part(Catalogue).definitions.routes
    return Scene(journey, routes, is_open_to_all(visit.part(Switches)))


async def past_scene(
    visit: Visit, user_id: UserId, moment: datetime, project_id: UUID | None = None
) -> Scene:
    """The same at a moment gone by; raises as `scene_at` does."""
    now = visit.part(Works).clock()
    async with visit.reading() as db:
        return await scene_at(db, visit.part(Switches), user_id, moment, now, project_id)


async def _own_past(
    visit: Visit, user_id: UserId, moment: datetime, project_id: UUID | None
) -> Scene:
    """The same of oneself, without names of a project one is in no more: they are today's."""
    scene = await past_scene(visit, user_id, moment, project_id)
    was_in = scene.journey.traveller.membership
    if was_in is None:
        return scene
    async with visit.reading() as db:
        is_member = await shared_of(db, user_id, was_in.project_id) is not None
    return scene if is_member else scene.without_names()


@get("/onboarding/explain", responses=SEEN)
async def explain_own(
    visit: Visiting,
    step_key: StepKey = None,
    route_path: RoutePath = None,
    moment: At = None,
    in_project: InProject = None,
) -> ExplanationOut:
    """Why one of one's own steps, or a route, is open or not, leaf by leaf.

    The gate asks the same of every method. `allowed` is what it says now, or said `at` a moment
    gone by; `history_not_kept` tells that nothing is known of it. Of a condition it says which
    attributes it asks for, and to staff alone what is wanted of them.
    """
    actor = await visit.actor()
    if moment is None:
        scene = scene_now(visit, await own_journey(visit, actor, in_project))
    else:
        scene = await _own_past(visit, actor.user_id, moment, in_project)
    explanation = scene.explained(step_key, route_path)
    if isinstance(explanation.refusal, NotFound):
        raise explanation.refusal  # of steps of other markets nobody is told
    return ExplanationOut.of(explanation.told_to_them(), scene.journey, actor.locale)


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
    moment: At = None,
    in_project: InProject = None,
) -> ExplanationOut:
    """The same of somebody else, for staff; NotFound for who has begun no journey."""
    actor = await visit.actor()
    if moment is None:
        scene = scene_now(visit, await _journey(visit, UserId(user_id), in_project))
    else:
        scene = await past_scene(visit, UserId(user_id), moment, in_project)
    explanation = scene.explained(step_key, route_path)
    return ExplanationOut.of(explanation, scene.journey, actor.locale)


async def _journey(visit: Visit, user_id: UserId, project_id: UUID | None) -> Journey:
    catalogue = visit.part(Catalogue)
    async with visit.reading() as db:
        found = await store.journey_of(db, user_id)
        if found is None:
            raise NotFound(N_("There is no such person."))
        shared = await catalogue.shared(db, user_id, project_id)
    return catalogue.journey(*found, visit.part(Works).clock(), shared)


router = Router(path="/api/v1", route_handlers=[explain_own, explain_to_staff], tags=["Onboarding"])
