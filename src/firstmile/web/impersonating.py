"""Leaving the place of a person, back to oneself."""

from litestar import Response, Router, post
from litestar.datastructures import Cookie
from litestar.response import Redirect

from firstmile.identity.cookies import Cookies
from firstmile.identity.guards import IN_ANY_PLACE
from firstmile.identity.impersonation import Impersonation
from firstmile.identity.sessions import Issued
from firstmile.kernel.asgi import cookies_of
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.web.forms import see

Page = Response[str] | Redirect


def seat_cookies(visit: Visit, issued: Issued) -> list[Cookie]:
    """The cookies of a session in somebody's place, with one's own session kept aside."""
    cookies, session = visit.part(Cookies), issued.session
    life = max(1, int((session.expires_at - visit.part(Works).clock()).total_seconds()))
    own = cookies_of(visit.scope).get(cookies.session_name, "")
    sealed = visit.part(Impersonation).set_aside(own, session.id)
    return [*cookies.begin(issued.cookie or "", life), cookies.aside(sealed, life)]


@post("/impersonation/end", opt=IN_ANY_PLACE)
async def leave(visit: Visiting) -> Page:
    """Go back to one's own session, or sign in when it has ended meanwhile."""
    actor = await visit.visitor()
    impersonation, cookies = visit.part(Impersonation), visit.part(Cookies)
    if actor is None:  # the hour was over
        return see("/sign-in?next=/console", *cookies.end(), cookies.aside("", 0))
    work = await visit.work()
    await impersonation.end(work, actor)
    home = f"/console/people/{actor.user_id}"
    given = cookies_of(visit.scope).get(cookies.aside_name, "")
    own = await impersonation.taken_back(work, actor, given)
    if own is None:
        return see(f"/sign-in?next={home}", *cookies.end(), cookies.aside("", 0))
    cookie, session = own
    life = max(1, int((session.expires_at - work.now).total_seconds()))
    return see(
        f"{home}?notice=impersonation-ended",
        *cookies.begin(cookie, life),
        cookies.aside("", 0),
    )


router = Router(path="/", route_handlers=[leave], include_in_schema=False)
