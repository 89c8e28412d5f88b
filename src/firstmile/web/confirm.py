"""The page that asks for a credential before a sensitive change."""

from typing import Any
from urllib.parse import urlencode

from litestar import Response, Router, get, post
from litestar.params import FromQuery
from litestar.response import Redirect

from firstmile.identity import store, store_factors
from firstmile.identity.entering import session_cookies
from firstmile.identity.openid import RESUME
from firstmile.identity.policy import Demands
from firstmile.identity.routes_factors import step_up_with
from firstmile.kernel.languages import N_, translate
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Forbidden, Invalid, Refusal, TooMany, Unauthenticated
from firstmile.kernel.visit import Visit, Visiting
from firstmile.protect.guards import fresh_actor, own_actor
from firstmile.protect.limits import limit
from firstmile.web.forms import AnyRequest, fields_of, inside, see
from firstmile.web.rendering import Pages, language_of, mistakes, person_of
from firstmile.web.second_factor import asked_with
from firstmile.web.services import confirming_services

Page = Response[str] | Redirect

BACK = "/account/security"
BESIDE_THE_FIELD = ("invalid_credentials", "invalid_code", "invalid")


async def confirm_first(visit: Visit, path: str) -> Redirect | None:
    """The way to the page that asks for a credential; None when one was shown lately.

    Raises Unauthenticated when nobody is signed in, Forbidden in the place of another.
    """
    try:
        await fresh_actor(visit)
    except Forbidden as refusal:
        if refusal.error != "step_up_required":
            raise
        return see(f"/confirm?{urlencode({'next': path})}")
    return None


@get("/confirm")
async def confirm_page(
    visit: Visiting,
    next: FromQuery[str] = "",  # noqa: A002
    use: FromQuery[str] = "",
) -> Page:
    """The form for a password or, where there is a second factor, for that."""
    goal = inside(next, BACK)
    # An application may want a newer proof than the one of minutes ago.
    if await confirm_first(visit, goal) is None and not goal.startswith(RESUME):
        return see(goal)
    return await _page(visit, goal, use)


@post("/confirm", opt=limit("codes"))
async def confirm(visit: Visiting, request: AnyRequest) -> Page:
    """Take the credential, and go on to the change."""
    form = await fields_of(request)
    goal, use = inside(form.get("next"), BACK), form.get("use", "")
    try:
        issued = await step_up_with(visit, form.get("password"), form.get("code"))
    except (Unauthenticated, Invalid, TooMany) as refusal:
        shown = "code" if form.get("code") else "password"
        about = shown if refusal.error in BESIDE_THE_FIELD else "form"
        return await _again(visit, goal, use, refusal, about)
    return see(goal, *session_cookies(visit, issued))


async def _again(visit: Visit, goal: str, use: str, refusal: Refusal, field: str) -> Page:
    language = language_of(visit.scope, await person_of(visit))
    told = next(iter(mistakes(refusal, language).values()))
    if refusal.error == "invalid_credentials":  # the address was not asked for
        told = translate(language, N_("This is not your password."))
    errors = {field: told}
    return await _page(visit, goal, use, status=status_of(refusal), errors=errors)


async def _page(visit: Visit, goal: str, use: str, *, status: int = 200, **words: Any) -> Page:
    actor = await own_actor(visit)
    async with visit.reading() as db:
        user = await store.user_by_id(db, actor.user_id)
        demands: Demands = await store_factors.demands_of(db, user)
        services = await confirming_services(visit, db, user.id, demands)
    return await visit.part(Pages).page(
        visit,
        "confirm.html",
        status=status,
        next=goal,
        methods=demands.second_factors,
        asked=asked_with(demands.second_factors, use),
        has_password=user.has_password,
        services=services,
        **words,
    )


router = Router(path="/", route_handlers=[confirm_page, confirm], include_in_schema=False)
