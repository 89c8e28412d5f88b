"""The pages that set an authenticator app up and remove it."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.response import Redirect

from firstmile.identity.entering import session_cookies
from firstmile.identity.factors import SecondFactors
from firstmile.kernel.languages import N_
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Conflict, Invalid, NotFound, Unauthenticated
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import own_actor
from firstmile.protect.limits import limit
from firstmile.web.confirm import confirm_first
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.recovery_codes import PATH as CODES
from firstmile.web.recovery_codes import codes_cookie
from firstmile.web.rendering import Pages, language_of, mistakes, person_of

Page = Response[str] | Redirect

PATH = "/account/security/app"
SECURITY = "/account/security"
GROUP = 4


@get(PATH)
async def app_page(visit: Visiting) -> Page:
    """The secret as a picture and in letters, once it is made; before that, what it is for."""
    return await confirm_first(visit, PATH) or await _page(visit)


@post(PATH)
async def begin(visit: Visiting) -> Page:
    """Make a secret."""
    if first := await confirm_first(visit, PATH):
        return first
    user = await person_of(visit)
    if user is None:
        raise Unauthenticated(N_("Sign in to continue."))
    try:
        await visit.part(SecondFactors).enrol(await visit.work(), user)
    except Conflict:
        return see(SECURITY)
    return see(PATH)


@post(f"{PATH}/confirm", opt=limit("codes"))
async def confirm(visit: Visiting, request: AnyRequest) -> Page:
    """Take the app into use, and show the recovery codes when there are new ones."""
    if first := await confirm_first(visit, PATH):
        return first
    form = await fields_of(request)
    actor = await own_actor(visit)
    try:
        issued, codes = await visit.part(SecondFactors).confirm(
            await visit.work(), actor, form.get("code", "")
        )
    except Invalid as refusal:
        errors = mistakes(refusal, language_of(visit.scope, await person_of(visit)))
        return await _page(visit, status=status_of(refusal), errors=errors)
    except NotFound:
        return see(PATH)
    cookies = session_cookies(visit, issued)
    if codes:
        return see(CODES, *cookies, codes_cookie(visit, actor, codes))
    return see(f"{SECURITY}?notice=app-added", *cookies)


@post(f"{PATH}/remove")
async def remove(visit: Visiting) -> Page:
    """Forget the app."""
    if first := await confirm_first(visit, SECURITY):
        return first
    try:
        await visit.part(SecondFactors).remove(await visit.work(), await own_actor(visit))
    except NotFound:
        return see(SECURITY)
    return see(f"{SECURITY}?notice=app-removed")


async def _page(visit: Visit, *, status: int = 200, **words: Any) -> Page:
    user = await person_of(visit)
    if user is None:
        raise Unauthenticated(N_("Sign in to continue."))
    now = visit.part(Works).clock()
    async with visit.reading() as db:
        enrolment = await visit.part(SecondFactors).enrolment(db, user, now)
    secret = enrolment.secret if enrolment else ""
    groups = [secret[start : start + GROUP] for start in range(0, len(secret), GROUP)]
    return await visit.part(Pages).page(
        visit,
        "authenticator_app.html",
        status=status,
        enrolment=enrolment,
        groups=groups,
        **words,
    )


router = Router(
    path="/", route_handlers=[app_page, begin, confirm, remove], include_in_schema=False
)
