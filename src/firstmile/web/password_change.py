"""The page of another password, for somebody who is signed in."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.response import Redirect

from firstmile.identity import store
from firstmile.identity.entering import session_cookies
from firstmile.identity.models import User
from firstmile.identity.routes_own_account import take_password
from firstmile.kernel.access import Actor
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Forbidden, Refusal, Unauthenticated
from firstmile.kernel.visit import Visit, Visiting
from firstmile.protect.guards import fresh_actor, own_actor
from firstmile.protect.limits import limit
from firstmile.web.confirm import confirm_first
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.rendering import Pages, language_of, mistakes

Page = Response[str] | Redirect

PATH = "/account/password"


@get(PATH)
async def password_page(visit: Visiting) -> Page:
    """The form; whoever has no password yet shows another credential first."""
    user = await _user(visit, await own_actor(visit))
    if not user.has_password and (first := await confirm_first(visit, PATH)):
        return first
    return await _page(visit, user)


@post(PATH, opt=limit("codes"))
async def password_form(visit: Visiting, request: AnyRequest) -> Page:
    """Change it: this session goes on, every other one ends."""
    actor = await own_actor(visit)
    user, form = await _user(visit, actor), await fields_of(request)
    current = form.get("currentPassword")
    if current is None and (first := await confirm_first(visit, PATH)):
        return first
    try:
        issued = await take_password(visit, actor, form.get("newPassword", ""), current)
    except Unauthenticated:
        raise
    except Refusal as refusal:
        errors = mistakes(refusal, language_of(visit.scope, user))
        return await _page(visit, user, status=status_of(refusal), errors=errors)
    return see("/account/security?notice=password-changed", *session_cookies(visit, issued))


async def _page(visit: Visit, user: User, *, status: int = 200, **words: Any) -> Page:
    return await visit.part(Pages).page(
        visit,
        "account_password.html",
        status=status,
        tab="/account/security",
        has_password=user.has_password,
        asks_present=user.has_password and not await _is_fresh(visit),
        **words,
    )


async def _is_fresh(visit: Visit) -> bool:
    try:
        await fresh_actor(visit)
    except Forbidden:
        return False
    return True


async def _user(visit: Visit, actor: Actor) -> User:
    async with visit.reading() as db:
        return await store.user_by_id(db, actor.user_id)


router = Router(path="/", route_handlers=[password_page, password_form], include_in_schema=False)
