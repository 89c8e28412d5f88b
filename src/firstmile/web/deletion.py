"""The pages of the end of an account: asking for it, being told of it, and staying."""

from datetime import timedelta

from litestar import Response, Router, get, post
from litestar.params import FromQuery
from litestar.response import Redirect

from firstmile.identity import store_account, store_members
from firstmile.identity.cookies import Cookies
from firstmile.identity.deletion import Deletions
from firstmile.identity.settings import IdentitySettings
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Conflict
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import own_actor
from firstmile.web.confirm import confirm_first
from firstmile.web.forms import AnyRequest, fields_of, inside, see
from firstmile.web.moments import day
from firstmile.web.rendering import Pages, language_of, person_of

Page = Response[str] | Redirect

PATH = "/account/deletion"


@get(PATH)
async def deletion_page(visit: Visiting) -> Page:
    """What deleting means, before it is done."""
    return await confirm_first(visit, PATH) or await _page(visit)


@post(PATH)
async def deletion(visit: Visiting) -> Page:
    """Have it deleted, and be signed out."""
    if first := await confirm_first(visit, PATH):
        return first
    actor = await visit.actor()
    try:
        await visit.part(Deletions).ask(await visit.work(), actor.user_id)
    except Conflict as refusal:
        return await _page(visit, status=status_of(refusal))
    return see("/sign-in?notice=deletion-asked", *visit.part(Cookies).end())


@get(f"{PATH}/pending")
async def pending_page(visit: Visiting, next: FromQuery[str] = "") -> Page:  # noqa: A002
    """What somebody sees first who signs in to an account that is to be deleted."""
    person, goal = await person_of(visit), inside(next, "/home")
    if person is None or person.deletion_at is None:
        return see(goal)
    return await visit.part(Pages).page(visit, "deletion_pending.html", next=goal)


@post(f"{PATH}/keep")
async def keep(visit: Visiting, request: AnyRequest) -> Page:
    """Stay."""
    actor = await own_actor(visit)
    await visit.part(Deletions).keep(await visit.work(), actor.user_id)
    goal = inside((await fields_of(request)).get("next"), "/account/address")
    return see(f"{goal}{'&' if '?' in goal else '?'}notice=account-kept")


async def _page(visit: Visit, *, status: int = 200) -> Page:
    person = await person_of(visit)
    async with visit.reading() as db:
        actor = await visit.actor()
        alone = await store_members.alone_owned(db, actor.user_id)
        own = await store_account.projects_of_one(db, actor.user_id)
    ends = visit.part(Works).clock() + timedelta(days=visit.part(IdentitySettings).deletion_days)
    language, zone = language_of(visit.scope, person), person.time_zone if person else None
    return await visit.part(Pages).page(
        visit,
        "account_deletion.html",
        status=status,
        tab="/account/address",
        alone=[{"id": str(project_id), "name": name} for project_id, name in alone],
        own=[name for _, name in own],
        day=day(ends, language, zone),
    )


router = Router(
    path="/",
    route_handlers=[deletion_page, deletion, pending_page, keep],
    include_in_schema=False,
)
