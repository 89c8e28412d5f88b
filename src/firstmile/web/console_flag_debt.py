"""The console's list of what there is to tidy up among flags."""

from typing import Any

from babel.dates import format_date
from litestar import Response, Router, get
from litestar.params import FromPath

from firstmile.kernel.languages import N_
from firstmile.kernel.visit import Visiting
from firstmile.protect.guards import as_staff
from firstmile.release import store_usage
from firstmile.release.debt import Debt, Sign
from firstmile.release.permissions import FLAGS_READ
from firstmile.release.routes_flag_safety import debts_of
from firstmile.release.store_usage import Unknown
from firstmile.web.flag_frame import Frame, frame_of
from firstmile.web.flag_words import KINDS, Words
from firstmile.web.moments import ago

SIGNS = {
    Sign.EXPIRED: (
        N_("Past its day since %(day)s"),
        N_("Take it out of the code, then archive it; or give it a later day."),
    ),
    Sign.TOO_OLD: (
        N_("Older than its kind may be since %(day)s"),
        N_("Take it out of the code, then archive it; or say that it is meant to stay."),
    ),
    Sign.NOT_ASKED: (
        N_("Nobody asked for it since %(day)s"),
        N_("No program needs it any more: archive it."),
    ),
    Sign.ONE_VARIANT: (
        N_("Serves nothing but %(variant)s since %(day)s"),
        N_("Put this value into the code for good, then archive it."),
    ),
}


@get("/console/flag-debt/{environment:str}", guards=[as_staff(FLAGS_READ)])
async def debt_page(visit: Visiting, environment: FromPath[str]) -> Response[str]:
    """Flags that nobody needs any more, and keys that are asked for and are no flags."""
    frame = await frame_of(visit, environment)
    found = await debts_of(visit, environment)
    async with visit.reading() as db:
        unknown = await store_usage.unknown(db, environment)
    return await frame.page(
        "console_flag_debt.html",
        "flag-debt",
        debts=[_told(one, frame) for one in found],
        unknown=[_told_unknown(one, frame) for one in unknown],
    )


def _told(debt: Debt, frame: Frame) -> dict[str, Any]:
    words: Words = frame.words
    what, todo = SIGNS[debt.sign]
    day = format_date(debt.since, "long", locale=words.language) if debt.since else ""
    variant = debt.variant or words.say(N_("the application's default"))
    return {
        "key": debt.key,
        "href": f"/console/flags/{frame.name}/{debt.key}",
        "what": words.say(what, day=day, variant=variant),
        "todo": words.say(todo),
        "kind": words.say(KINDS[debt.kind]) if debt.kind else "",
        "owner": debt.owner,
    }


def _told_unknown(one: Unknown, frame: Frame) -> dict[str, Any]:
    return {
        "key": one.key,
        "count": one.count,
        "first": ago(one.first_asked_at, frame.now, frame.words.language),
        "last": ago(one.last_asked_at, frame.now, frame.words.language),
    }


router = Router(path="/", route_handlers=[debt_page], include_in_schema=False)
