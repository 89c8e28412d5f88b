"""HTTP of onboarding: one's journey, its steps, and the gate for other applications."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, get, patch, post
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from firstmile.kernel.access import Actor
from firstmile.kernel.asgi import header_of
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.problems import refused
from firstmile.kernel.refusals import Forbidden, Invalid, Stale
from firstmile.kernel.visit import Ready, Visit, Visiting, ready, visit_of
from firstmile.kernel.work import Works
from firstmile.onboarding import store
from firstmile.onboarding.actions import settle_step, snooze_step
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.gates import check_gate
from firstmile.onboarding.insights.refused import Refused
from firstmile.onboarding.models import Journey, Status, StepBlockedNow, Traveller
from firstmile.onboarding.schemas import (
    GateOut,
    JourneyOut,
    SnoozeIn,
    StepChangedOut,
    StepChangeIn,
    StepOut,
)
from firstmile.onboarding.settings import OnboardingSettings
from firstmile.onboarding.telling import NOTHING_LEFT, Telling
from firstmile.protect.limits import limit, limit_only
from firstmile.protect.switches import Area, Switches

JOURNEY = "/api/v1/onboarding"
Route = Annotated[str | None, QueryParameter(max_length=2000)]
InProject = Annotated[
    UUID | None,
    QueryParameter(
        name="project",
        description="The project whose steps are meant; the one joined first if left out",
    ),
]
NAMED_PROJECT = "X-Firstmile-Project"
NamedProject = Annotated[
    UUID | None,
    HeaderParameter(
        name=NAMED_PROJECT,
        description="The project whose steps are meant; the one joined first if left out",
    ),
]
OnBlocked = Annotated[int, QueryParameter(description="409, or 403 for nginx")]


async def own_journey(visit: Visit, actor: Actor, project_id: UUID | None = None) -> Journey:
    """The journey of who asks, to read. Raises NotFound for a project they are not in."""
    async with visit.reading() as db:
        return await read_journey(visit, db, actor, project_id)


async def read_journey(
    visit: Visit, db: Connection, actor: Actor, project_id: UUID | None = None
) -> Journey:
    """The same, on a connection one has."""
    return await journey_of(visit, db, actor.user_id, actor.roles, project_id)


async def journey_of(
    visit: Visit,
    db: Connection,
    user_id: UserId,
    roles: frozenset[str],
    project_id: UUID | None = None,
) -> Journey:
    """The journey of somebody, to read; `roles` for one who has not begun it."""
    catalogue = visit.part(Catalogue)
    found = await store.journey_of(db, user_id)
    traveller, steps = found or (Traveller(user_id, roles), store.Steps({}, {}))
    shared = await catalogue.shared(db, user_id, project_id)
    return catalogue.journey(traveller, steps, visit.part(Works).clock(), shared)


@get("/onboarding", responses=problems(400, 401, 404, 422, 503))
async def get_journey(
    request: Request[Any, Any, Any], in_project: InProject = None
) -> Ready[JourneyOut]:
    """One's own steps, progress and what comes next. Answers 304 to a matching If-None-Match.

    While onboarding is switched off it is empty, with `off` true.
    """
    return await answer_journey(visit_of(request), in_project)


async def answer_journey(visit: Visit, project_id: UUID | None = None) -> Ready[JourneyOut]:
    """The answer to who asks for their journey."""
    actor = await visit.actor()
    if visit.part(Switches).is_off(Area.ONBOARDING):
        told = NOTHING_LEFT
    else:
        told = visit.part(Telling).of(await own_journey(visit, actor, project_id), actor.locale)
    if is_known(told.tag, header_of(visit.scope, b"if-none-match")):
        return Ready(b"", told.headers_alone, status=304)
    return Ready(told.body, told.headers)


@patch(
    "/onboarding/steps/{key:str}", responses=problems(*BODY, 401, 404, 409, 503), opt=limit("steps")
)
async def patch_step(
    request: Request[Any, Any, Any],
    key: FromPath[str],
    data: JSONBody[StepChangeIn],
    in_project: InProject = None,
) -> Ready[StepChangedOut]:
    """Begin, finish, skip or take back one of one's own steps, or one of a project's for all."""
    visit = visit_of(request)
    actor = await visit.actor()
    work = await visit.work()
    try:
        journey = await settle_step(
            work,
            visit.part(Catalogue),
            actor.user_id,
            key,
            status=Status(data.status),
            seen=data.row_version,
            project_id=in_project,
        )
    except StepBlockedNow as refusal:
        now = await read_journey(visit, work.db, actor, in_project)
        visit.part(Refused).note(refusal.blocked_by, now.traveller)
        raise
    except Stale as stale:
        now = await read_journey(visit, work.db, actor, in_project)
        current = StepOut.of(now, now.step(key), actor.locale)
        raise Stale(stale.message, details=msgspec.to_builtins(current)) from stale
    return ready(msgspec.json.encode(StepChangedOut.of(journey, key, actor.locale)))


@post(
    "/onboarding/snooze",
    status_code=200,
    responses=problems(*BODY, 401, 404, 409, 429, 503),
)
async def post_snooze(
    visit: Visiting, data: JSONBody[SnoozeIn], in_project: InProject = None
) -> StepChangedOut:
    """Put one of one's own steps off, or one of a project's for all; three times a day."""
    actor = await visit.actor()
    if data.until is not None and data.until.tzinfo is None:
        raise Invalid.field("until", N_("Give the moment with its time zone."))
    journey = await snooze_step(
        await visit.work(),
        visit.part(Catalogue),
        visit.part(OnboardingSettings),
        actor.user_id,
        data.key,
        data.until,
        project_id=in_project,
    )
    return StepChangedOut.of(journey, data.key, actor.locale)


@get(
    "/gate/for/{path:path}",
    responses=problems(400, 401, 403, 404, 409, 422, 503),
    opt=limit_only("gate"),
)
async def get_gate_for(
    request: Request[Any, Any, Any], path: FromPath[str], named: NamedProject = None
) -> Response[GateOut]:
    """The same for proxies that put their prefix before the path, as Envoy does.

    The query belongs to the visitor there, so nothing of it is heard. The project is named by the
    header `X-Firstmile-Project`, which the proxy sets in the place of whatever a visitor sent.
    """
    # As it was sent: once it is decoded nobody can tell an encoded mark from one that ends a path.
    written = request.scope["raw_path"].decode("latin-1").partition("/gate/for")[2]
    return await _gate_behind_prefix(request, written or path, named)


@get("/gate/for", responses=problems(400, 401, 403, 404, 409, 422, 503), opt=limit_only("gate"))
async def get_gate_for_front(
    request: Request[Any, Any, Any], named: NamedProject = None
) -> Response[GateOut]:
    """The same for the front page of the application behind."""
    return await _gate_behind_prefix(request, "/", named)


@get("/gate", responses=problems(400, 401, 403, 404, 409, 422, 503), opt=limit_only("gate"))
async def get_gate(
    request: Request[Any, Any, Any],
    route: Route = None,
    blocked: OnBlocked = 409,
    in_project: InProject = None,
) -> Response[GateOut]:
    """Whether one may pass to a route of the application behind.

    For a proxy's forward-auth the route may come as `X-Forwarded-Uri` or `X-Original-URI`, and
    `blocked=403` makes every refusal a 403, the only one besides 401 that nginx understands.
    The headers `X-Firstmile-Reason` and `X-Firstmile-Next` say why and where to go. While gating
    or onboarding is switched off every route is free, and `X-Firstmile-Gating: off` says so.
    """
    # Of two headers a visitor may have sent the second: then both must be free.
    told = [request.headers.get(name) for name in ("x-forwarded-uri", "x-original-uri")]
    asked = [route] if route else [one for one in told if one]
    return await _gate(request, asked, in_project, as_forbidden=blocked == 403)


def is_open_to_all(switches: Switches) -> bool:
    """Whether the gate lets everybody pass: it is off, or nobody sees the steps it asks for."""
    return switches.is_off(Area.GATING) or switches.is_off(Area.ONBOARDING)


def is_known(tag: str, header: str | None) -> bool:
    """Whether If-None-Match names the tag (RFC 9110, 13.1.2); compressing proxies weaken it."""
    return any(one.strip().removeprefix("W/") == tag for one in (header or "").split(","))


async def _gate_behind_prefix(
    request: Request[Any, Any, Any], route: str, named: UUID | None
) -> Response[GateOut]:
    if len(request.headers.getall(NAMED_PROJECT, [])) > 1:  # one of them a visitor's
        raise Invalid.field(NAMED_PROJECT, N_("Name one project."))
    return await _gate(request, [route], named, as_forbidden=False)


async def _gate(
    request: Request[Any, Any, Any],
    asked: list[str],
    project_id: UUID | None,
    *,
    as_forbidden: bool,
) -> Response[GateOut]:
    visit = visit_of(request)
    actor = await visit.actor()
    if not asked:
        raise Invalid.field("route", N_("Name the route to pass."))
    told = {"x-firstmile-user": str(actor.user_id)}
    if actor.impersonator_id is not None:  # the application behind decides what staff may do there
        told["x-firstmile-impersonator"] = str(actor.impersonator_id)
    if is_open_to_all(visit.part(Switches)):
        return Response(GateOut(), headers={**told, "x-firstmile-gating": "off"})
    journey = await own_journey(visit, actor, project_id)
    try:
        for route in asked:
            check_gate(journey, visit.part(Catalogue).definitions.routes, route)
    except (StepBlockedNow, Forbidden) as refusal:
        signs = {"x-firstmile-reason": refusal.error}
        if isinstance(refusal, StepBlockedNow):
            visit.part(Refused).note(refusal.blocked_by, journey.traveller)
        if isinstance(refusal, StepBlockedNow) and refusal.next_step:
            signs["x-firstmile-next"] = journey.step(refusal.next_step).href
        return refused(request, refusal, status=403 if as_forbidden else None, headers=signs)
    return Response(GateOut(), headers=told)


router = Router(
    path="/api/v1",
    route_handlers=[
        *(get_journey, patch_step, post_snooze),
        *(get_gate, get_gate_for, get_gate_for_front),
    ],
    tags=["Onboarding"],
)
