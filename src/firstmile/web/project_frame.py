"""The frame that every page of a project stands in: its name, its tabs, what one may do."""

from typing import Any

from litestar import Response
from litestar.response import Redirect

from firstmile.identity.guards import Standing, standing
from firstmile.identity.models import Role, User
from firstmile.identity.permissions import (
    INVITATIONS_READ,
    KEYS_READ,
    MANAGED,
    PERMISSIONS,
    RANKS,
)
from firstmile.kernel.languages import N_
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Refusal
from firstmile.kernel.visit import Visit
from firstmile.web.moments import day
from firstmile.web.rendering import Pages, language_of, mistakes, person_of

Page = Response[str] | Redirect

ONE = "/projects/{project_id:uuid}"
TABS = (
    ("", N_("Overview"), None),
    ("/members", N_("Members"), None),
    ("/invitations", N_("Invitations"), INVITATIONS_READ),
    ("/keys", N_("API keys"), KEYS_READ),
    ("/settings", N_("Settings"), None),
)
# Pages that are reached from the settings.
WAYS_OUT = ("/transfer", "/leave", "/delete", "/billing")


async def project_page(visit: Visit, template: str, *, status: int = 200, **words: Any) -> Page:
    """A page of the project that the guard of its route has found."""
    here = standing(visit)
    person = await person_of(visit)
    return await visit.part(Pages).page(
        visit,
        template,
        status=status,
        project=_told(here, told_in(visit, person), person),
        tabs=[
            {
                "path": path_of(here, place),
                "label": label,
                "isHere": _is_under(visit, here, place),
            }
            for place, label, permission in TABS
            if permission is None or here.can(permission)
        ],
        rights={one.name: here.can(one) for one in PERMISSIONS},
        **words,
    )


async def again(visit: Visit, template: str, refusal: Refusal, **words: Any) -> Page:
    """The same page with what is wrong."""
    errors = mistakes(refusal, told_in(visit, await person_of(visit)))
    return await project_page(visit, template, status=status_of(refusal), errors=errors, **words)


def path_of(here: Standing, place: str = "") -> str:
    """The address of a page of this project."""
    return f"/projects/{here.project.id}{place}"


def roles_to_give(here: Standing) -> list[Role]:
    """The roles that this person may give, the highest first."""
    role = here.project.role
    return [one for one in reversed(RANKS) if role is not None and one in MANAGED[role]]


def told_in(visit: Visit, person: User | None) -> str:
    """The language of the page."""
    return language_of(visit.scope, person)


def _is_under(visit: Visit, here: Standing, place: str) -> bool:
    """Whether the page is behind this tab."""
    at = visit.scope["path"].removeprefix(path_of(here))
    if place == "/settings" and at in WAYS_OUT:
        return True
    return at == place or bool(place and at.startswith(f"{place}/"))


def _told(here: Standing, language: str, person: User | None) -> dict[str, Any]:
    project, zone = here.project, person.time_zone if person else None
    ends = project.deletion_at
    return {
        "path": path_of(here),
        "name": project.name,
        "role": str(project.role),
        "billingName": project.billing_name,
        "billingEmail": project.billing_email,
        "created": day(project.created_at, language, zone),
        "deletion": day(ends, language, zone) if ends else None,
    }
