"""Contents as tests write and publish them."""

from typing import Any

import httpx
from tests.cast import Person

from firstmile.guidance.guide import Guide
from firstmile.kernel.ids import new_id
from firstmile.service import Service

AT = "/api/v1/admin/guidance/contents"
WORDS = {
    "en": {"title": "Invite others", "body": "It is **free**.", "action": "Invite"},
    "fr": {"title": "Invitez", "body": "C’est **gratuit**.", "action": "Inviter"},
}
SESSION = "0192f0c1-7a5e-4000-8000-00000000000a"


def a_content(key: str = "invite-tip", **given: Any) -> dict[str, Any]:
    return {
        "key": key,
        "kind": "tip",
        "target": "invite-button",
        "href": "/members",
        "words": WORDS,
        **given,
    }


async def save(sam: Person, content: dict[str, Any], seen: int = 0) -> httpx.Response:
    body = {"content": content, "seen": seen}
    return await sam.client.put(f"{AT}/{content['key']}", json=body, headers=sam.headers)


async def publish(
    sam: Person, service: Service, content: dict[str, Any], *, seen: int = 0, **given: Any
) -> httpx.Response:
    """Save and publish in production, and have this process know it."""
    saved = await save(sam, content, seen)
    assert saved.status_code == 200, saved.text
    body = {"environment": "production", "reason": "To try it", "seen": seen + 1, **given}
    answer = await sam.post(f"{AT}/{content['key']}/publish", body)
    await service.parts.get(Guide).load(service.database)
    return answer


async def ask(
    person: Person, key: str = "invite-tip", session: str = SESSION, version: int = 1
) -> httpx.Response:
    body = {"key": key, "version": version, "session": session}
    return await person.post("/api/v1/guidance/leases", body)


async def tell(person: Person, kind: str, key: str = "invite-tip", **given: Any) -> httpx.Response:
    event = {"id": str(new_id()), "key": key, "version": 1, "kind": kind} | given
    return await person.post("/api/v1/guidance/events", {"events": [event]})
