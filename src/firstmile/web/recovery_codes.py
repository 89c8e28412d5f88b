"""The page that shows new recovery codes until they are saved."""

from litestar import Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.response import Redirect

from firstmile.identity.cookies import Cookies
from firstmile.identity.factors import SecondFactors
from firstmile.identity.recovery_codes import SHOWN_FOR, RecoveryCodes
from firstmile.kernel.access import Actor
from firstmile.kernel.asgi import cookies_of
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import own_actor
from firstmile.web.confirm import confirm_first
from firstmile.web.forms import see
from firstmile.web.rendering import Pages, person_of

Page = Response[str] | Redirect

PATH = "/account/security/codes"
SECURITY = "/account/security"


def codes_cookie(visit: Visit, actor: Actor, codes: list[str]) -> Cookie:
    """Keeps new codes, sealed, in the person's own browser until they say that they saved them.

    So a reload loses nothing, and the codes are kept nowhere else in a form that opens anything.
    """
    wrapped = visit.part(RecoveryCodes).wrapped(actor.user_id, codes, visit.part(Works).clock())
    return _cookie(visit, wrapped, int(SHOWN_FOR.total_seconds()))


def codes_shown(visit: Visit, actor: Actor) -> list[str]:
    """The codes that wait to be saved; none when they were, or it is too late."""
    kept = cookies_of(visit.scope).get(_name(visit), "")
    now = visit.part(Works).clock()
    return visit.part(RecoveryCodes).unwrapped(actor.user_id, kept, now) if kept else []


@get(PATH)
async def codes_page(visit: Visiting) -> Page:
    """The new codes, to be copied, downloaded or printed."""
    codes = codes_shown(visit, await own_actor(visit))
    if not codes:
        return see(SECURITY)
    user = await person_of(visit)
    return await visit.part(Pages).page(
        visit, "recovery_codes.html", codes=codes, email=user.email if user else ""
    )


@post(PATH)
async def make_codes(visit: Visiting) -> Page:
    """Make new codes in the place of the old ones."""
    if first := await confirm_first(visit, SECURITY):
        return first
    actor = await own_actor(visit)
    codes = await visit.part(SecondFactors).make_codes(await visit.work(), actor)
    return see(PATH, codes_cookie(visit, actor, codes))


@post(f"{PATH}/saved")
async def saved_codes(visit: Visiting) -> Page:
    """The person has the codes: the browser forgets them."""
    await own_actor(visit)
    return see(f"{SECURITY}?notice=codes-saved", _cookie(visit, "", 0))


def _name(visit: Visit) -> str:
    return "__Host-recovery-codes" if visit.part(Cookies).over_tls else "recovery-codes"


def _cookie(visit: Visit, value: str, max_age: int) -> Cookie:
    return Cookie(
        _name(visit),
        value=value,
        max_age=max_age,
        path="/",
        secure=visit.part(Cookies).over_tls,
        httponly=True,
        samesite="lax",
    )


router = Router(
    path="/", route_handlers=[codes_page, make_codes, saved_codes], include_in_schema=False
)
