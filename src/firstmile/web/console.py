"""The frame of the console, and its first page."""

from dataclasses import dataclass
from typing import Any

from litestar import Response, Router, get
from litestar.response import Redirect

from firstmile.guidance.permissions import GUIDANCE_READ
from firstmile.help.permissions import HELP_WRITE
from firstmile.identity import store_people
from firstmile.identity.permissions import CLIENTS_MANAGE, USERS_FIND
from firstmile.identity.store_people import Found
from firstmile.kernel.access import Permission, StaffRole
from firstmile.kernel.languages import N_, translate
from firstmile.kernel.visit import Visit, Visiting
from firstmile.observe.permissions import ERRORS_READ
from firstmile.onboarding.permissions import ONBOARDING_READ, STEPS_READ
from firstmile.protect.guards import as_staff
from firstmile.protect.permissions import LIMITS_READ
from firstmile.protect.switches import NAMES, Switches
from firstmile.release.permissions import EXPERIMENTS_READ, FLAGS_READ, KILL_SWITCH_USE
from firstmile.web.moments import day
from firstmile.web.rendering import Pages, language_of, person_of, query_of

Page = Response[str] | Redirect

NEWEST = 8
STAFF_ROLES = {
    StaffRole.SUPPORT: N_("Support"),
    StaffRole.OPERATOR: N_("Operator"),
    StaffRole.ADMIN: N_("Administrator"),
}


@dataclass(frozen=True)
class Section:
    """A part of the console, and the right that opens it."""

    href: str
    name: str
    icon: str
    permission: Permission
    also: tuple[str, ...] = ()  # how the addresses of its other pages begin


OF_FLAGS = ("/console/flag-", "/console/segments", "/console/new-flag", "/console/new-segment")
# What stands in the navigation, in this order.
SECTIONS = (
    Section("/console/people", N_("People"), "person", USERS_FIND),
    Section("/console/onboarding", N_("Onboarding"), "ramp", ONBOARDING_READ),
    Section("/console/flags", N_("Flags"), "flag", FLAGS_READ, OF_FLAGS),
    Section("/console/sdk-keys", N_("SDK keys"), "code", FLAGS_READ),
    Section("/console/guidance", N_("Guidance"), "info", GUIDANCE_READ),
    Section("/console/help", N_("Help"), "help", HELP_WRITE),
    Section("/console/experiments", N_("Experiments"), "compass", EXPERIMENTS_READ),
    Section("/console/steps", N_("Steps"), "done", STEPS_READ, ("/console/explain",)),
    Section("/console/applications", N_("Applications"), "key", CLIENTS_MANAGE),
    Section("/console/rollouts", N_("Rollouts"), "ramp", FLAGS_READ),
    Section("/console/kill-switch", N_("Kill switch"), "power", KILL_SWITCH_USE),
    Section("/console/errors", N_("Errors"), "alert", ERRORS_READ),
    Section("/console/limits", N_("Limits"), "clock", LIMITS_READ),
    Section("/console/staff", N_("Staff"), "console", USERS_FIND),
)


async def console_page(
    visit: Visit, template: str, *, status: int = 200, **words: Any
) -> Response[str]:
    """A page of the console in its frame; `words` are those of the page itself."""
    actor = await visit.actor()
    language = language_of(visit.scope, await person_of(visit))
    path = visit.scope["path"]
    sections = [
        {
            "href": section.href,
            "name": translate(language, section.name),
            "icon": section.icon,
            "is_current": path == section.href
            or path.startswith((f"{section.href}/", *section.also)),
        }
        for section in SECTIONS
        if actor.staff_role in section.permission.roles
    ]
    frame = {
        "sections": sections,
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
