"""What staff do for a person by the API, and what is kept and mailed of it."""

from email.message import EmailMessage
from typing import Any

import httpx
from tests.cast import Cast, Person

USERS = "/api/v1/admin/users"
REASON = {"reason": "Asked for by phone, 4711"}
CHANGES: list[tuple[str, dict[str, str] | None]] = [
    ("send-reset", None),
    ("end-sessions", None),
    ("lock", REASON),
    ("unlock", None),
    ("impersonate", REASON),
]


async def do(staff: Person, person: Person, what: str, body: Any = None) -> httpx.Response:
    """Staff press one of the buttons of an account."""
    return await staff.post(f"{USERS}/{person.id}/{what}", body)


def told(answer: httpx.Response) -> tuple[int, str]:
    """The status of a refusal, and why."""
    return answer.status_code, answer.json()["error"]


async def mails_about(cast: Cast, person: Person, words: str) -> list[EmailMessage]:
    """The mails to this person with these words in the subject."""
    return [mail for mail in await cast.mails(person.email) if words in mail["Subject"]]


async def events_of(staff: Person, person: Person) -> list[dict[str, Any]]:
    """What is kept of this account, as staff see it."""
    items: list[dict[str, Any]] = (await staff.get(f"{USERS}/{person.id}/events")).json()["items"]
    return items
