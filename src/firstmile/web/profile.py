"""The page of one's own profile."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.response import Redirect

from firstmile.guidance.attention import Tips
from firstmile.guidance.preferring import prefer, tips_of
from firstmile.identity.avatars import Avatars
from firstmile.identity.cookies import Cookies
from firstmile.identity.models import User
from firstmile.identity.profiles import change_profile, checked_profile
from firstmile.identity.routes_own_account import take_avatar
from firstmile.identity.sessions import Sessions
from firstmile.kernel.languages import N_, translate
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Invalid, Refusal, Unauthenticated
from firstmile.kernel.visit import Visit, Visiting
from firstmile.protect.guards import own_actor
from firstmile.protect.limits import limit
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.rendering import Pages, language_cookie, language_of, mistakes, person_of
from firstmile.web.telling import (
    locale_choices,
    market_choices,
    shown_journey,
    time_zone_choices,
)

Page = Response[str] | Redirect

FIELDS = {
    "firstName": "first_name",
    "lastName": "last_name",
    "jobTitle": "job_title",
    "timeZone": "time_zone",
    "locale": "locale",
    "market": "market",
}
TIPS = {
    Tips.ALL: N_("All tips"),
    Tips.FEWER: N_("Fewer tips"),
    Tips.OFF: N_("No tips"),
}


@get("/profile")
async def profile_page(visit: Visiting) -> Page:
    """What one has said about oneself."""
    user = await _person(visit)
    return await _page(visit, user, form=_known(user))


@post("/profile/picture", opt=limit("uploads"))
async def picture_form(visit: Visiting) -> Page:
    """Take a picture of oneself."""
    user = await _person(visit)
    try:
        await take_avatar(visit)
    except Unauthenticated:
        raise
    except Refusal as refusal:
        told = mistakes(refusal, language_of(visit.scope, user))
        errors = {"file": " ".join(told.values())}
        return await _page(visit, user, status=status_of(refusal), form=_known(user), errors=errors)
    return see("/profile?notice=picture-saved")


@post("/profile/picture/remove")
async def picture_removal(visit: Visiting) -> Page:
    """Have none."""
    await visit.part(Avatars).remove(await visit.work(), await own_actor(visit))
    return see("/profile?notice=picture-removed")


@post("/profile/tips")
async def tips_form(visit: Visiting, request: AnyRequest) -> Redirect:
    """Say how many tips one wants; what is none of the answers changes nothing."""
    tips = (await fields_of(request)).get("tips")
    if tips in set(Tips):
        await prefer(visit, Tips(tips))
    return see("/profile?notice=saved")


@post("/profile")
async def profile_form(visit: Visiting, request: AnyRequest) -> Page:
    """Change it."""
    user = await _person(visit)
    form = await fields_of(request)
    # A select left at "choose" says nothing; a name left empty is a mistake to be told.
    given = {
        field: form[name]
        for name, field in FIELDS.items()
        if name in form and (form[name] or field in ("first_name", "last_name", "job_title"))
    }
    try:
        changes = checked_profile(given)
    except Invalid as refusal:
        errors = mistakes(refusal, language_of(visit.scope, user))
        return await _page(visit, user, status=status_of(refusal), form=form, errors=errors)
    changed = await change_profile(
        await visit.work(), visit.part(Sessions), await visit.actor(), changes
    )
    return see("/profile?notice=saved", language_cookie(changed.locale, visit.part(Cookies)))


async def _page(visit: Visit, user: User, *, status: int = 200, **words: Any) -> Page:
    language = language_of(visit.scope, user)
    return await visit.part(Pages).page(
        visit,
        "profile.html",
        status=status,
        journey=await shown_journey(visit, await visit.actor(), language),
        time_zones=time_zone_choices(),
        markets=market_choices(language),
        locales=locale_choices(),
        tips=await tips_of(visit),
        tips_choices=[
            {"code": str(one), "name": translate(language, said)} for one, said in TIPS.items()
        ],
        **words,
    )


def _known(user: User) -> dict[str, str]:
    return {name: getattr(user, field) or "" for name, field in FIELDS.items()}


async def _person(visit: Visit) -> User:
    user = await person_of(visit)
    if user is None:
        raise Unauthenticated(N_("Sign in to continue."))
    return user


router = Router(
    path="/",
    route_handlers=[profile_page, profile_form, picture_form, picture_removal, tips_form],
    include_in_schema=False,
)
