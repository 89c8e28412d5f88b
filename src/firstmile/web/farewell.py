"""The pages of somebody whom an application sends here to sign out."""

from litestar import Response, Router, get, post
from litestar.response import Redirect

from firstmile.identity import grant_endings
from firstmile.identity.authorization import parse
from firstmile.identity.authorizing import Authorizations, Leaving
from firstmile.identity.cookies import Cookies
from firstmile.identity.openid import LOGOUT
from firstmile.identity.redirects import with_answer
from firstmile.identity.sessions import Sessions
from firstmile.kernel.access import Actor
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.web.consent import onward, same_by_get
from firstmile.web.forms import AnyRequest, see
from firstmile.web.rendering import Pages

Page = Response[str] | Redirect

CONFIRMED = "/oauth/logout/confirmed"


@get(LOGOUT)
async def sign_out(visit: Visiting) -> Page:
    """Sign out at once when the application names the session that is here, else ask first.

    OpenID Connect RP-Initiated Logout 1.0, sections 2 and 6.
    """
    text, leaving = await _leaving(visit)
    actor = await visit.visitor()
    if actor is not None and not leaving.is_of(actor):
        return await visit.part(Pages).page(
            visit, "sign_out.html", client=leaving.client, answer_to=f"{CONFIRMED}?{text}"
        )
    await _end(visit, actor, leaving)
    goal = _goal(leaving)
    return see(goal or "/sign-in?notice=signed-out", *visit.part(Cookies).end())


@post(LOGOUT)
async def sign_out_by_post(request: AnyRequest) -> Redirect:
    """The same by a form."""
    return same_by_get(LOGOUT, await request.body())


@post(CONFIRMED)
async def confirmed(visit: Visiting) -> Page:
    """The person wants it, too."""
    _, leaving = await _leaving(visit)
    await _end(visit, await visit.visitor(), leaving)
    goal, cookies = _goal(leaving), visit.part(Cookies).end()
    if goal is None or leaving.client is None:
        return see("/sign-in?notice=signed-out", *cookies)
    page = await onward(visit, goal, leaving.client, is_farewell=True)
    page.cookies = [*page.cookies, *cookies]
    return page


async def _leaving(visit: Visit) -> tuple[str, Leaving]:
    text = visit.scope.get("query_string", b"").decode("latin-1")
    async with visit.reading() as db:
        return text, await visit.part(Authorizations).leaving(db, parse(text))


async def _end(visit: Visit, actor: Actor | None, leaving: Leaving) -> None:
    """End the session that is here, and the sign-in the application spoke of."""
    async with visit.part(Works).begin() as work:
        if actor is not None:
            await visit.part(Sessions).end(work, actor.user_id, actor.session_id)
        if leaving.grant is not None:
            await grant_endings.end(work, leaving.grant, "signed_out", is_told=False)


def _goal(leaving: Leaving) -> str | None:
    return None if leaving.uri is None else with_answer(leaving.uri, state=leaving.state)


router = Router(
    path="/", route_handlers=[sign_out, sign_out_by_post, confirmed], include_in_schema=False
)
