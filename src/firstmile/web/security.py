"""The page of how one signs in: password, second factors, trusted browsers, what happened."""

from datetime import datetime
from typing import Any

from litestar import Response, Router, get, post
from litestar.response import Redirect

from firstmile.identity import store_activity
from firstmile.identity.models import User
from firstmile.identity.recovery_codes import FEW
from firstmile.identity.routes_factors import forget_devices
from firstmile.identity.store_second_factors import Overview, overview_of
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Unauthenticated
from firstmile.kernel.visit import Visiting
from firstmile.kernel.work import Works
from firstmile.web.activity import told_activity
from firstmile.web.forms import see
from firstmile.web.moments import day
from firstmile.web.passkeys import told_passkeys
from firstmile.web.recovery_codes import codes_shown
from firstmile.web.rendering import Pages, language_of, person_of

Page = Response[str] | Redirect

PATH = "/account/security"
LOOKED_AT, SHOWN = 60, 10  # events: many are of no concern to a person


@get(PATH)
async def security_page(visit: Visiting) -> Page:
    """How one signs in, and what happened lately."""
    actor, user, now = await visit.actor(), await person_of(visit), visit.part(Works).clock()
    if user is None:
        raise Unauthenticated(N_("Sign in to continue."))
    async with visit.reading() as db:
        overview = await overview_of(db, user.id, now)
        happenings = await store_activity.recent(db, user.id, LOOKED_AT)
    language = language_of(visit.scope, user)
    return await visit.part(Pages).page(
        visit,
        "security.html",
        has_password=user.has_password,
        factors=_told(overview, user, language),
        passkeys=await told_passkeys(visit, user, language),
        codes_wait=bool(codes_shown(visit, actor)),
        activity=told_activity(happenings, now, language, user.time_zone)[:SHOWN],
    )


@post(f"{PATH}/trusted/forget")
async def forget(visit: Visiting) -> Page:
    """Ask for the second factor again on every browser."""
    await forget_devices(visit)
    return see(f"{PATH}?notice=devices-forgotten")


def _told(overview: Overview, user: User, language: str) -> dict[str, Any]:
    """Second factors as templates know them."""

    def when(moment: datetime | None) -> str | None:
        return day(moment, language, user.time_zone) if moment else None

    return {
        "isOn": overview.is_on,
        "appSince": when(overview.totp_since),
        "passkeys": overview.passkeys,
        "codesLeft": overview.codes_left,
        "codesMade": when(overview.codes_made_at),
        "fewCodes": overview.codes_left <= FEW,
        "trustedDevices": overview.trusted_devices,
    }


router = Router(path="/", route_handlers=[security_page, forget], include_in_schema=False)
