"""The frame of the console, and its first page."""

from typing import Any

from litestar import Response, Router, get
from litestar.response import Redirect

from firstmile.identity import store_people
from firstmile.identity.permissions import USERS_FIND
from firstmile.identity.store_people import Found
from firstmile.kernel.access import StaffRole
from firstmile.kernel.languages import N_, translate
from firstmile.kernel.visit import Visit, Visiting
from firstmile.protect.guards import as_staff
from firstmile.protect.switches import NAMES, Switches
from firstmile.web.console_parts import groups_for
from firstmile.web.moments import day
from firstmile.web.rendering import Pages, language_of, person_of, query_of

Page = Response[str] | Redirect

NEWEST = 8
STAFF_ROLES = {
    StaffRole.SUPPORT: N_("Support"),
    StaffRole.OPERATOR: N_("Operator"),
    StaffRole.ADMIN: N_("Administrator"),
}


async def console_page(
    visit: Visit, template: str, *, status: int = 200, **words: Any
) -> Response[str]:
    """A page of the console in its frame; `words` are those of the page itself."""
    actor = await visit.actor()
    language = language_of(visit.scope, await person_of(visit))
    frame = {
        "navigation": list(groups_for(actor.staff_role, visit.scope["path"], language)),
        "staff_role": told_staff_role(actor.staff_role, language),
        "query": query_of(visit.scope).get("query", ""),
        "switched_off": [translate(language, NAMES[one.area]) for one in visit.part(Switches).off],
    }
    return await visit.part(Pages).page(visit, template, status=status, **(frame | words))


@get("/console", guards=[as_staff(USERS_FIND)])
async def console_home(visit: Visiting) -> Page:
    """Where to look for somebody, and who came last."""
    async with visit.reading() as db:
        newest = await store_people.people(db, "", NEWEST)
    language = language_of(visit.scope, await person_of(visit))
    return await console_page(
        visit, "console_home.html", people=[told_found(one, language) for one in newest]
    )


@get("/console/staff", guards=[as_staff(USERS_FIND)])
async def staff_page(visit: Visiting) -> Page:
    """Who is staff, the highest roles first."""
    async with visit.reading() as db:
        found = await store_people.staff(db)
    language = language_of(visit.scope, await person_of(visit))
    return await console_page(
        visit, "console_staff.html", people=[told_found(one, language) for one in found]
    )


def told_staff_role(role: str | None, language: str) -> str | None:
    """A role of staff in words."""
    return translate(language, STAFF_ROLES[StaffRole(role)]) if role else None


def told_found(found: Found, language: str) -> dict[str, Any]:
    """Somebody in a list of people, as templates know them."""
    return {
        "href": f"/console/people/{found.id}",
        "name": found.name,
        "email": found.email,
        "initials": (found.first_name[:1] + found.last_name[:1]).upper(),
        "verified": found.verified_at is not None,
        "locked": found.locked_at is not None,
        "leaving": found.deletion_at is not None,
        "staff": told_staff_role(found.staff_role, language),
        "since": day(found.created_at, language, None),
    }


router = Router(path="/", route_handlers=[console_home, staff_page], include_in_schema=False)
