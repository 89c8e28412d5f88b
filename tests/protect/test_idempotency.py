"""A POST sent again with its Idempotency-Key is answered as it was the first time."""

import asyncio
from uuid import uuid4

import asyncpg
import httpx
import pytest
from tests.cast import PASSWORD, Cast, Person
from tests.clock import MovedClock

PROJECTS = "/api/v1/projects"
LOGIN = "/api/v1/auth/login"


def a_key() -> dict[str, str]:
    return {"idempotency-key": f"key-{uuid4()}"}


def is_repeated(answer: httpx.Response) -> bool:
    return bool(answer.headers.get("idempotency-replayed") == "true")


async def names_of(person: Person) -> list[str]:
    return [project["name"] for project in (await person.get(PROJECTS)).json()["items"]]


async def test_the_same_request_gets_the_same_answer_byte_for_byte(cast: Cast) -> None:
    dana, key = await cast.dana(), a_key()

    first = await dana.post(PROJECTS, {"name": "Harbour"}, headers=key)
    again = await dana.post(PROJECTS, {"name": "Harbour"}, headers=key)

    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert first.headers["content-type"] == again.headers["content-type"]
    assert (is_repeated(first), is_repeated(again)) == (False, True)
    assert await names_of(dana) == ["Harbour"]


async def test_without_a_key_the_same_request_does_it_twice(cast: Cast) -> None:
    dana = await cast.dana()

    for _ in range(2):
        await dana.post(PROJECTS, {"name": "Harbour"})

    assert await names_of(dana) == ["Harbour", "Harbour"]


async def test_a_sign_in_sent_again_gets_the_same_tokens_and_cookies(
    cast: Cast, client: httpx.AsyncClient, db: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await cast.a_user("Dana").registered()
    key, body = a_key(), {"email": "dana@example.org", "password": PASSWORD}

    first = await client.post(LOGIN, json=body, headers=key)
    client.cookies.clear()
    again = await client.post(LOGIN, json=body, headers=key)

    assert again.json() == first.json()
    assert again.headers.get_list("set-cookie") == first.headers.get_list("set-cookie")
    assert len(first.headers.get_list("set-cookie")) == 3
    assert is_repeated(again)
    assert await db.fetchval("SELECT count(*) FROM sessions") == 1


async def test_a_repeated_answer_has_the_headers_of_its_own_request(cast: Cast) -> None:
    dana, key = await cast.dana(), a_key()
    await dana.post(PROJECTS, {"name": "Harbour"}, headers=key)

    again = await dana.post(
        PROJECTS, {"name": "Harbour"}, headers={**key, "x-correlation-id": "the-second-try"}
    )

    assert is_repeated(again)
    assert again.headers["x-correlation-id"] == "the-second-try"
    assert again.headers["x-content-type-options"] == "nosniff"
    assert len(again.headers.get_list("cache-control")) == 1


async def test_another_request_with_the_same_key_is_refused(cast: Cast) -> None:
    dana, key = await cast.dana(), a_key()
    await dana.post(PROJECTS, {"name": "Harbour"}, headers=key)

    other = await dana.post(PROJECTS, {"name": "Lighthouse"}, headers=key)

    assert other.status_code == 422
    assert other.json()["error"] == "idempotency_key_reused"
    assert await names_of(dana) == ["Harbour"]


async def test_the_same_key_at_another_address_is_another_key(cast: Cast) -> None:
    dana, key = await cast.dana(), a_key()
    body = {"key": "choose-market"}
    await dana.post(PROJECTS, {"name": "Harbour"}, headers=key)

    other = await dana.post("/api/v1/onboarding/snooze", body, headers=key)

    assert other.status_code == 200
    assert not is_repeated(other)


async def test_the_same_key_of_another_person_is_another_key(cast: Cast) -> None:
    alice, charlie, key = await cast.alice(), await cast.a_user("Charlie").signed_in(), a_key()
    hers = await alice.post(PROJECTS, {"name": "Harbour"}, headers=key)

    his = await charlie.post(PROJECTS, {"name": "Harbour"}, headers=key)

    assert not is_repeated(his)
    assert his.json()["id"] != hers.json()["id"]
    assert await names_of(charlie) == ["Harbour"]


async def test_a_stranger_does_not_get_an_answer_by_its_key(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    dana, key = await cast.dana(), a_key()
    await dana.post(PROJECTS, {"name": "Harbour"}, headers=key)

    stranger = await client.post(PROJECTS, json={"name": "Harbour"}, headers=key)

    assert stranger.status_code == 401
    assert "Harbour" not in stranger.text


async def test_twenty_at_once_with_one_key_make_one_project(cast: Cast) -> None:
    dana, key = await cast.dana(), a_key()

    answers = await asyncio.gather(
        *(dana.post(PROJECTS, {"name": "Harbour"}, headers=key) for _ in range(20))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert [is_repeated(answer) for answer in answers].count(False) == 1
    assert await names_of(dana) == ["Harbour"]


async def test_twenty_sign_ins_at_once_each_with_a_key_all_succeed(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    await cast.a_user("Dana").registered()
    body = {"email": "dana@example.org", "password": PASSWORD}

    answers = await asyncio.gather(
        *(client.post(LOGIN, json=body, headers=a_key()) for _ in range(20))
    )

    codes = [answer.status_code for answer in answers]
    assert {code for code in codes if code != 401} == {200}, codes


async def test_after_a_day_a_key_is_forgotten(cast: Cast, clock: MovedClock) -> None:
    await cast.dana()
    key, body = a_key(), {"email": "dana@example.org", "password": PASSWORD}
    client = cast.client
    first = await client.post(LOGIN, json=body, headers=key)
    client.cookies.clear()

    clock.pass_by(hours=23, minutes=59)
    within = await client.post(LOGIN, json=body, headers=key)
    client.cookies.clear()
    clock.pass_by(minutes=2)
    after = await client.post(LOGIN, json=body, headers=key)

    assert is_repeated(within)
    assert not is_repeated(after)
    assert first.content == within.content != after.content


async def test_the_daily_clean_up_deletes_what_is_forgotten(
    cast: Cast, clock: MovedClock, db: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    dana = await cast.dana()
    await dana.post(PROJECTS, {"name": "Harbour"}, headers=a_key())
    clock.pass_by(hours=24, minutes=1)

    async with cast.service.works.begin() as work:
        removed = await cast.service.clean_up(work)

    assert removed["idempotency_keys"] == 1
    assert await db.fetchval("SELECT count(*) FROM idempotency_keys") == 0


async def test_a_try_that_was_refused_is_not_remembered(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    await cast.a_user("Dana").unverified().registered()
    token = await cast.token_for("dana@example.org")
    key, body = a_key(), {"email": "dana@example.org", "password": PASSWORD}

    refused = await client.post(LOGIN, json=body, headers=key)
    await client.post("/api/v1/auth/verify-email", json={"token": token})
    accepted = await client.post(LOGIN, json=body, headers=key)

    assert refused.status_code == 403
    assert accepted.status_code == 200
    assert not is_repeated(accepted)


async def test_a_refused_sign_in_is_counted_though_its_key_is_not_kept(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    await cast.a_user("Dana").registered()
    key, wrong = a_key(), {"email": "dana@example.org", "password": "not the password"}

    for _ in range(5):
        await client.post(LOGIN, json=wrong, headers=key)
    right = await client.post(LOGIN, json={**wrong, "password": PASSWORD}, headers=a_key())

    assert right.status_code == 401


async def test_a_reset_whose_answer_was_lost_is_sent_again(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    await cast.a_user("Dana").registered()
    await client.post("/api/v1/auth/forgot-password", json={"email": "dana@example.org"})
    token, key = await cast.token_for("dana@example.org"), a_key()
    body = {"token": token, "password": "another good secret"}

    statuses = [
        (await client.post("/api/v1/auth/reset-password", json=body, headers=key)).status_code
        for _ in range(2)
    ]

    assert statuses == [204, 204]


@pytest.mark.parametrize("key", ["", " ", "é", "x" * 256, "a b"])
async def test_a_key_that_is_none_is_refused(client: httpx.AsyncClient, key: str) -> None:
    raw = [(b"idempotency-key", key.encode("latin-1"))]

    answer = await client.post(LOGIN, json={}, headers=raw)

    assert answer.status_code == 400
    assert answer.json()["error"] == "idempotency_key_invalid"


async def test_what_is_remembered_is_sealed(
    cast: Cast, db: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    dana = await cast.dana()
    await dana.post(PROJECTS, {"name": "A secret undertaking"}, headers=a_key())

    kept = await db.fetchrow("SELECT key_hash, request_hash, answer FROM idempotency_keys")

    assert kept is not None
    assert all(b"undertaking" not in bytes(value) for value in kept.values())


async def test_a_key_belongs_to_the_person_and_not_to_a_token(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    dana, key = await cast.dana(), a_key()
    await dana.post(PROJECTS, {"name": "Harbour"}, headers=key)
    body = {"refreshToken": dana.refresh_token}
    dana.access_token = (await client.post("/api/v1/auth/refresh", json=body)).json()["accessToken"]

    again = await dana.post(PROJECTS, {"name": "Harbour"}, headers=key)

    assert is_repeated(again)
    assert await names_of(dana) == ["Harbour"]


async def test_who_has_signed_out_hears_no_answer_of_before(cast: Cast) -> None:
    dana, key = await cast.dana(), a_key()
    await dana.post(PROJECTS, {"name": "Harbour"}, headers=key)
    await dana.post("/api/v1/auth/logout")

    again = await dana.post(PROJECTS, {"name": "Harbour"}, headers=key)

    assert again.status_code == 401
    assert not is_repeated(again)
