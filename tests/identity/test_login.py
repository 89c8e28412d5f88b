"""Signing in, and the lock after too many tries."""

import asyncio

import asyncpg
import httpx
import pytest
from tests.cast import PASSWORD, Cast, text_of
from tests.clock import MovedClock

DANA = "dana@example.org"
WRONG = "not the password"


class Door:
    """Where people sign in."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def knock(self, email: str, password: str) -> httpx.Response:
        self._client.cookies.clear()
        body = {"email": email, "password": password}
        return await self._client.post("/api/v1/auth/login", json=body)

    async def knock_wrongly(self, email: str, times: int) -> list[httpx.Response]:
        return [await self.knock(email, WRONG) for _ in range(times)]


@pytest.fixture
def door(client: httpx.AsyncClient) -> Door:
    return Door(client)


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


REFUSED = (401, "invalid_credentials")


async def test_the_right_password_opens(cast: Cast, door: Door) -> None:
    await cast.a_user("Dana").registered()

    answer = await door.knock(DANA, PASSWORD)

    assert answer.status_code == 200
    body = answer.json()
    assert body["tokenType"] == "Bearer"
    assert body["expiresIn"] == 3600
    assert body["user"]["email"] == DANA
    assert set(answer.cookies) == {"session", "csrf-token", "device"}


async def test_the_address_may_be_spelled_in_another_case(cast: Cast, door: Door) -> None:
    await cast.a_user("Dana").registered()

    assert (await door.knock(" DANA@Example.ORG", PASSWORD)).status_code == 200


async def test_a_wrong_password_and_an_unknown_address_get_one_answer(
    cast: Cast, door: Door
) -> None:
    await cast.a_user("Dana").registered()

    wrong, unknown = await door.knock(DANA, WRONG), await door.knock("x@example.org", PASSWORD)

    assert told(wrong) == told(unknown) == REFUSED
    assert wrong.json()["message"] == unknown.json()["message"]
    assert "set-cookie" not in wrong.headers


async def test_an_address_not_yet_confirmed_is_told_only_to_who_knows_the_password(
    cast: Cast, door: Door
) -> None:
    await cast.a_user("Dana").unverified().registered()
    await cast.work_off()

    wrong, right = await door.knock(DANA, WRONG), await door.knock(DANA, PASSWORD)

    assert told(wrong) == REFUSED
    assert told(right) == (403, "email_not_verified")
    assert "set-cookie" not in right.headers


@pytest.mark.asvs("6.3.1")
async def test_after_five_failures_the_right_password_is_refused(cast: Cast, door: Door) -> None:
    await cast.a_user("Dana").registered()

    failures = await door.knock_wrongly(DANA, 5)
    sixth = await door.knock(DANA, PASSWORD)

    assert {told(answer) for answer in [*failures, sixth]} == {REFUSED}


async def test_four_failures_do_not_lock_and_a_success_forgets_them(cast: Cast, door: Door) -> None:
    await cast.a_user("Dana").registered()

    for _ in range(3):
        await door.knock_wrongly(DANA, 4)
        assert (await door.knock(DANA, PASSWORD)).status_code == 200


async def test_the_lock_opens_after_fifteen_minutes(
    cast: Cast, door: Door, clock: MovedClock
) -> None:
    await cast.a_user("Dana").registered()
    await door.knock_wrongly(DANA, 5)

    clock.pass_by(minutes=14, seconds=50)
    before = await door.knock(DANA, PASSWORD)
    clock.pass_by(seconds=11)
    after = await door.knock(DANA, PASSWORD)

    assert told(before) == REFUSED
    assert after.status_code == 200


async def test_knocking_on_a_locked_door_does_not_keep_it_locked(
    cast: Cast, door: Door, clock: MovedClock
) -> None:
    await cast.a_user("Dana").registered()
    await door.knock_wrongly(DANA, 5)
    for _ in range(3):
        clock.pass_by(minutes=4)
        await door.knock(DANA, WRONG)

    clock.pass_by(minutes=3, seconds=1)

    assert (await door.knock(DANA, PASSWORD)).status_code == 200


async def test_failures_long_ago_do_not_add_up(cast: Cast, door: Door, clock: MovedClock) -> None:
    await cast.a_user("Dana").registered()
    await door.knock_wrongly(DANA, 4)

    clock.pass_by(minutes=15, seconds=1)
    await door.knock_wrongly(DANA, 4)

    assert (await door.knock(DANA, PASSWORD)).status_code == 200


async def test_setting_a_new_password_by_mail_opens_the_lock(
    cast: Cast, door: Door, client: httpx.AsyncClient
) -> None:
    await cast.a_user("Dana").registered()
    await door.knock_wrongly(DANA, 6)
    await client.post("/api/v1/auth/forgot-password", json={"email": DANA})
    token = await cast.token_for(DANA, "/reset-password")

    body = {"token": token, "password": "another good secret"}
    await client.post("/api/v1/auth/reset-password", json=body)

    assert (await door.knock(DANA, "another good secret")).status_code == 200
    assert told(await door.knock(DANA, PASSWORD)) == REFUSED


@pytest.mark.asvs("6.3.5")
async def test_one_mail_tells_of_the_lock(cast: Cast, door: Door) -> None:
    await cast.a_user("Dana").registered()
    before = len(await cast.mails(DANA))

    await door.knock_wrongly(DANA, 9)

    mails = await cast.mails(DANA)
    assert len(mails) == before + 1
    assert "/forgot-password" in text_of(mails[0])


@pytest.mark.asvs("6.3.8")
async def test_an_unknown_address_locks_the_same_way_and_nobody_is_written_to(
    cast: Cast, door: Door, db: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await cast.a_user("Dana").registered()
    await door.knock_wrongly(DANA, 7)
    known = await db.fetchrow("SELECT failures, locked_until > last_at FROM sign_in_failures")
    await db.execute("DELETE FROM sign_in_failures")
    before = len(await cast.mails())

    await door.knock_wrongly("nobody@example.org", 7)

    unknown = await db.fetchrow("SELECT failures, locked_until > last_at FROM sign_in_failures")
    assert known is not None
    assert unknown is not None
    assert tuple(unknown) == tuple(known) == (7, True)
    assert len(await cast.mails()) == before


async def test_the_lock_is_not_walked_around_by_spelling(cast: Cast, door: Door) -> None:
    await cast.a_user("Dana").registered()

    for email in (DANA, "DANA@example.org", "Dana@Example.org", f" {DANA}", f"{DANA} "):
        await door.knock(email, WRONG)

    assert told(await door.knock(DANA, PASSWORD)) == REFUSED


async def test_the_lock_of_one_address_locks_nobody_else(cast: Cast, door: Door) -> None:
    await cast.a_user("Dana").registered()
    await cast.a_user("Charlie").registered()

    await door.knock_wrongly(DANA, 6)

    assert (await door.knock("charlie@example.org", PASSWORD)).status_code == 200


@pytest.mark.asvs("6.3.1")
async def test_fifty_failures_at_once_are_all_counted(
    cast: Cast, door: Door, db: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await cast.a_user("Dana").registered()

    answers = await asyncio.gather(*(door.knock(DANA, WRONG) for _ in range(50)))

    assert {answer.status_code for answer in answers} <= {401, 503}
    assert await db.fetchval("SELECT failures FROM sign_in_failures") == 50
    assert told(await door.knock(DANA, PASSWORD)) == REFUSED


@pytest.mark.parametrize("email", ["", "no address", "x" * 999, "da\x00na@example.org", "é@é.é"])
async def test_an_address_that_cannot_be_one_is_refused_like_any_other(
    door: Door, email: str
) -> None:
    assert told(await door.knock(email, PASSWORD)) == REFUSED
