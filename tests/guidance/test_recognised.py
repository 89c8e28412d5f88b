"""A visitor who agreed to guidance alone is recognised by it, until they take it back."""

from collections.abc import Sequence

import httpx
from tests.cast import Person
from tests.guidance.test_joining import ORIGIN, STATE, dismiss
from tests.guidance.writing import SESSION, a_content, publish

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import new_id
from firstmile.service import Service

AUDIENCE = "SELECT user_id, visitor IS NOT NULL, session_id FROM guidance_audience"


async def answer(client: httpx.AsyncClient, *choices: str) -> str:
    """Answer the question of consent by embed; the receipt of it."""
    version = (await client.get("/api/v1/consent")).json()["version"]
    body = {"version": version, "choices": choices}
    told = await client.put("/api/v1/consent", json=body, headers=ORIGIN)
    return str(told.json()["receipt"])


async def shown(client: httpx.AsyncClient, session: str, **headers: str) -> Sequence[str]:
    """What a visitor is shown in a session of their browser."""
    headers |= {"x-firstmile-session": session}
    state = await client.get(STATE, params={"route": "/home"}, headers=headers)
    return [one["key"] for one in state.json()["content"]]


async def test_what_was_dismissed_stays_so_after_the_session_and_only_with_consent(
    client: httpx.AsyncClient, sam: Person, service: Service, db: Connection
) -> None:
    await publish(sam, service, a_content())
    await publish(sam, service, a_content("another"))
    await dismiss(client, {})  # before they were asked
    await answer(client, "guidance")
    told = await shown(client, SESSION)
    await dismiss(client, {}, key="another")

    tomorrow = await shown(client, str(new_id()))
    rows = await db.fetch(AUDIENCE)
    await answer(client)
    withdrawn = await shown(client, str(new_id()))

    assert (told, tomorrow) == (["another"], [])
    assert [tuple(row) for row in rows] == [(None, True, None)]
    assert sorted(withdrawn) == ["another", "invite-tip"]
    assert await db.fetch(AUDIENCE) == []


async def test_a_page_of_another_origin_is_recognised_by_its_receipt(
    client: httpx.AsyncClient, sam: Person, service: Service
) -> None:
    await publish(sam, service, a_content())
    receipt = {"x-firstmile-consent": await answer(client, "guidance")}
    client.cookies.clear()
    await dismiss(client, receipt)

    assert await shown(client, str(new_id()), **receipt) == []
    assert await shown(client, str(new_id())) == ["invite-tip"]
