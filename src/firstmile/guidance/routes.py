"""HTTP of guidance for embeds: leases, what happened, preferences, and why."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from firstmile.guidance.asking import Asking, who_asks
from firstmile.guidance.explaining import explained, explained_to_them
from firstmile.guidance.guide import Guide, PreferencesOut
from firstmile.guidance.leasing import NotNow, lease
from firstmile.guidance.noting import note
from firstmile.guidance.permissions import GUIDANCE_READ
from firstmile.guidance.preferring import prefer, tips_of
from firstmile.guidance.schemas import (
    MOST_EVENTS,
    ExplainedOut,
    HappeningsIn,
    LeaseIn,
    LeaseOut,
    PreferencesIn,
    TakenOut,
)
from firstmile.guidance.wishing import wished
from firstmile.kernel.database import Connection
from firstmile.kernel.languages import N_
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.refusals import Invalid
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.outside.hints import Hints
from firstmile.protect.limits import limit_only
from firstmile.protect.personal_streams import stir

Key = Annotated[str, QueryParameter(max_length=64, description="Of the content")]
Route = Annotated[
    str,
    QueryParameter(max_length=2000, description="Where one is: `/orders`, or `firstmile:/home`"),
]
Language = Annotated[
    str | None, QueryParameter(name="lang", max_length=20, description="A language, else theirs.")
]


@post("/guidance/leases", status_code=200, responses=problems(*BODY, 401, 409, 503))
async def post_lease(visit: Visiting, data: JSONBody[LeaseIn]) -> LeaseOut:
    """Leave to interrupt whoever asks with one content, once; 409 `not_now` says why not.

    `details.reason` is one of `off`, `not_published`, `incident`, `preference`, `seen`, `snoozed`,
    `held`, `grace`, `budget_day` and `budget_week`, and `details.retryAt` when to ask again. What
    is not confirmed by `shown` until its time is over is as if it had never been given.
    """
    async with visit.reading() as db:
        asking = await _asking(visit, db, data.session)
    # A transaction of its own: a no is a decision too, and is kept.
    async with visit.part(Works).begin() as work:
        given = await lease(work, visit.part(Guide), asking, data.key, data.version, data.session)
    if isinstance(given, NotNow):
        raise given
    return LeaseOut.of(given)


@post("/guidance/events", status_code=202, responses=problems(*BODY, 401, 503))
async def post_events(visit: Visiting, data: JSONBody[HappeningsIn]) -> TakenOut:
    """Tell what became of contents; each event counts once by its id.

    Other tabs of the person hear at once that something is over.
    """
    if len(data.events) > MOST_EVENTS:
        raise Invalid.field("events", N_("Send at most fifty at once."))
    work = await visit.work()
    asking = await _asking(visit, work.db, data.session)
    happenings = [one.happening() for one in data.events]
    taken = await note(work, visit.part(Guide), asking, happenings)
    if taken and asking.known.user_id and any(one.ends_it for one in happenings):
        await stir(work, visit.part(Hints), asking.known.user_id)
    return TakenOut(taken)


@get("/guidance/preferences", responses=problems(401, 503))
async def get_preferences(visit: Visiting) -> PreferencesOut:
    """How much of it who is signed in wants."""
    return PreferencesOut(await tips_of(visit))


@put("/guidance/preferences", responses=problems(*BODY, 401, 503))
async def put_preferences(visit: Visiting, data: JSONBody[PreferencesIn]) -> PreferencesOut:
    """Say how much of it one wants: all, fewer (one interruption a week), or none."""
    await prefer(visit, data.tips)
    return PreferencesOut(data.tips)


@get(
    "/guidance/contents/{key:str}",
    responses=problems(400, 401, 404, 422, 503),
    opt=limit_only("embeds"),
)
async def get_content(
    visit: Visiting, key: FromPath[str], route: Route = "/", lang: Language = None
) -> dict[str, Any]:
    """A tip, a tour or an announcement that who asks wishes to see, as the state has its content.

    It needs no lease and counts in no budget: dismissals, preferences and the routes of its author
    are about what comes by itself. 404 where nothing of the kind is published for them.
    """
    async with visit.reading() as db:
        asking = await _asking(visit, db, route=route, language=lang)
    return wished(visit.part(Guide), asking, key)


@get("/guidance/explain", responses=problems(400, 401, 422, 503))
async def get_explanation(visit: Visiting, key: Key, route: Route = "/") -> ExplainedOut:
    """Why who is signed in is shown a content on a route now, or is not, leaf by leaf.

    Staff are told whom it is for; to others, what is not meant for them is `not_published`.
    """
    actor = await visit.actor()
    is_staff = actor.impersonator_id is None and actor.staff_role in GUIDANCE_READ.roles
    tell = explained if is_staff else explained_to_them
    async with visit.reading() as db:
        asking = await _asking(visit, db, route=route)
        guide = visit.part(Guide)
        verdict = tell(guide, asking, key, await guide.had(db, asking))
    return ExplainedOut(key, asking.route, asking.environment, verdict)


async def _asking(
    visit: Visit,
    db: Connection,
    session: UUID | None = None,
    route: str = "/",
    language: str | None = None,
) -> Asking:
    neighbours = visit.part(Guide).neighbours
    return await who_asks(
        visit,
        db,
        neighbours,
        environment=neighbours.environment_of(visit),
        route=route,
        language=language,
        session=session,
    )


router = Router(
    path="/api/v1",
    route_handlers=[
        post_lease,
        post_events,
        get_preferences,
        put_preferences,
        get_content,
        get_explanation,
    ],
    tags=["Guidance"],
)
