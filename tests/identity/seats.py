"""A member of staff in the place of a person."""

from typing import Any

from tests.cast import Cast, Person

from firstmile.identity.browsers import Browser
from firstmile.identity.impersonation import Impersonation
from firstmile.identity.sessions import Issued
from firstmile.kernel.access import Actor
from firstmile.kernel.ids import SessionId, new_id
from firstmile.service import Service

REASON = "Ticket 4711: the checklist does not load"
ME = "/api/v1/auth/me"
END = "/api/v1/admin/impersonation/end"
BROWSER = Browser("Firefox on Linux", "203.0.113.0/24", None)


async def begin(cast: Cast, staff: Person, person: Person) -> Person:
    """The staff member in the person's place."""
    path = f"/api/v1/admin/users/{person.id}/impersonate"
    answer = await staff.post(path, {"reason": REASON})
    assert answer.status_code == 200, answer.text
    cast.client.cookies.clear()
    token = answer.json()["accessToken"]
    return Person(person.name, person.id, token, "", cast.client)


async def issued(service: Service, staff: Person, person: Person) -> Issued:
    """The same without HTTP, with all that a session has."""
    actor = Actor(staff.id, SessionId(new_id()), frozenset(), "en", True, staff_role="admin")
    async with service.works.begin() as work:
        return await service.parts.get(Impersonation).begin(work, actor, person.id, REASON, BROWSER)


async def events_of(staff: Person, person: Person, *kinds: str) -> list[dict[str, Any]]:
    """What is kept of these kinds, as staff see it."""
    answer = await staff.get(f"/api/v1/admin/users/{person.id}/events")
    return [one for one in answer.json()["items"] if one["kind"] in kinds]
