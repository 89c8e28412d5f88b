"""Staff find people, and see of their accounts what opens nothing."""

import itertools
from typing import Any

import pytest
from tests.cast import Cast, Person
from tests.identity.helpdesk import USERS, events_of, told

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import new_id


async def found(staff: Person, query: str) -> list[str]:
    answer = await staff.get(USERS, params={"query": query})
    assert answer.status_code == 200, answer.text
    return [one["email"] for one in answer.json()["items"]]


@pytest.mark.parametrize(
    "query", ["dana@example.org", "DANA@Example.org", "dana@", "Dana", "dana ex", " Dana Example "]
)
async def test_a_person_is_found_by_the_beginning_of_name_or_address(
    cast: Cast, query: str
) -> None:
    sam, _ = await cast.sam("support"), await cast.dana()

    assert await found(sam, query) == ["dana@example.org"]


async def test_a_person_is_found_by_last_name_and_by_id(cast: Cast) -> None:
    sam, dana = await cast.sam(), await cast.dana()

    assert await found(sam, "examp") == ["dana@example.org", "sam@example.org"]
    assert await found(sam, str(dana.id)) == ["dana@example.org"]
    assert await found(sam, str(new_id())) == []


@pytest.mark.parametrize("query", ["%", "_ana", "d%", "\\", "da\x00na", "'; DROP TABLE users"])
async def test_signs_of_a_pattern_are_only_signs(cast: Cast, query: str) -> None:
    sam, _ = await cast.sam(), await cast.dana()

    assert set(await found(sam, query)) <= {"dana@example.org"} - (
        {"dana@example.org"} if query != "da\x00na" else set()
    )


async def test_people_come_in_pages_the_newest_first(cast: Cast, db: Connection) -> None:
    sam = await cast.sam()
    await db.executemany(
        """
        INSERT INTO users (id, email, email_key, password_hash, first_name, last_name, locale,
            created_at, updated_at)
        VALUES ($1, $2, $2, 'x', 'Many', 'People', 'en', now(), now())
        """,
        [(new_id(), f"many-{n:03}@example.org") for n in range(120)],
    )

    pages: list[list[str]] = []
    given: dict[str, Any] = {"query": "many"}
    while given.get("cursor", "first"):
        page = (await sam.get(USERS, params=given)).json()
        pages.append([one["email"] for one in page["items"]])
        given["cursor"] = page["next"]

    assert [len(page) for page in pages] == [50, 50, 20]
    assert [*itertools.chain(*pages)] == [f"many-{n:03}@example.org" for n in reversed(range(120))]


async def test_an_account_is_seen_without_a_word_that_opens_anything(cast: Cast) -> None:
    sam, dana = await cast.sam("support"), await cast.dana()

    account = (await sam.get(f"{USERS}/{dana.id}")).json()
    sessions = (await sam.get(f"{USERS}/{dana.id}/sessions")).json()
    factors = (await sam.get(f"{USERS}/{dana.id}/factors")).json()
    events = await events_of(sam, dana)

    assert account["email"] == dana.email
    assert account["hasPassword"] is True
    assert [one["methods"] for one in sessions["items"]] == [["password"]]
    assert factors["passkeys"] == []
    assert [one["kind"] for one in events] == ["signed_in", "email_verified", "user_registered"]
    seen = str([account, sessions, factors, events]).lower()
    assert not [word for word in ("secret", "hash", "cookie", "salt", "token") if word in seen]


async def test_nobody_is_seen_who_is_not_there(cast: Cast) -> None:
    sam = await cast.sam()

    for what in ("", "/sessions", "/factors", "/events"):
        assert told(await sam.get(f"{USERS}/{new_id()}{what}")) == (404, "not_found")
    assert told(await sam.post(f"{USERS}/{new_id()}/send-reset")) == (404, "not_found")
