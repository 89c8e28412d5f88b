"""The lock opens by mail, and after a hundred wrong passwords by mail alone."""

import asyncio

import httpx
import pytest
from tests.cast import PASSWORD, Cast, text_of
from tests.clock import MovedClock

from firstmile.identity import store, store_activity
from firstmile.identity.login import Gatekeeper
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.service import Service

DANA = "dana@example.org"
WRONG = "not the password"


class Door:
    """Where people sign in, from a browser that forgets or from one that is known."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def knock(self, email: str, password: str, *, device: str | None = None) -> int:
        self.client.cookies.clear()
        if device:
            self.client.cookies.set("device", device)
        body = {"email": email, "password": password}
        return (await self.client.post("/api/v1/auth/login", json=body)).status_code

    async def knock_wrongly(self, email: str, times: int, *, device: str | None = None) -> None:
        for _ in range(times):
            assert await self.knock(email, WRONG, device=device) == 401

    async def unlock(self, token: str) -> httpx.Response:
        self.client.cookies.clear()
        return await self.client.post("/api/v1/auth/unlock", json={"token": token})


@pytest.fixture
def door(client: httpx.AsyncClient) -> Door:
    return Door(client)


@pytest.fixture
async def closed(cast: Cast, door: Door, clock: MovedClock) -> Cast:
    """Dana's address after a hundred wrong passwords, five in each quarter of an hour."""
    await cast.a_user("Dana").registered()
    for _ in range(20):
        await door.knock_wrongly(DANA, 5)
        clock.pass_by(minutes=15, seconds=1)
    await cast.work_off()
    return cast


async def test_the_mail_of_the_lock_has_a_link_that_opens_it(cast: Cast, door: Door) -> None:
    await cast.a_user("Dana").registered()
    await door.knock_wrongly(DANA, 5)
    token = await cast.token_for(DANA)

    answer = await door.unlock(token)

    assert answer.status_code == 204
    assert await door.knock(DANA, PASSWORD) == 200


async def test_the_link_is_good_once_and_for_an_hour(
    cast: Cast, door: Door, clock: MovedClock
) -> None:
    await cast.a_user("Dana").registered()
    await door.knock_wrongly(DANA, 5)
    first = await cast.token_for(DANA)
    assert (await door.unlock(first)).status_code == 204
    await door.knock_wrongly(DANA, 5)
    late = await cast.token_for(DANA)
    clock.pass_by(minutes=60, seconds=1)

    again, too_late, nonsense = [await door.unlock(token) for token in (first, late, "x" * 43)]

    told = {(answer.status_code, answer.json()["error"]) for answer in (again, too_late, nonsense)}
    assert told == {(400, "token_invalid")}


async def test_of_sixteen_uses_at_once_one_opens(cast: Cast, door: Door) -> None:
    await cast.a_user("Dana").registered()
    await door.knock_wrongly(DANA, 5)
    token = await cast.token_for(DANA)

    answers = await asyncio.gather(*(door.unlock(token) for _ in range(16)))

    assert sorted(answer.status_code for answer in answers) == [204, *([400] * 15)]


async def test_to_look_at_the_link_opens_nothing(cast: Cast, door: Door) -> None:
    """Mail programs follow links by themselves."""
    await cast.a_user("Dana").registered()
    await door.knock_wrongly(DANA, 5)
    token = await cast.token_for(DANA)

    page = await door.client.get("/unlock", params={"token": token})

    assert page.status_code == 200
    assert await door.knock(DANA, PASSWORD) == 401
    assert (await door.unlock(token)).status_code == 204


async def test_the_button_of_the_page_opens(cast: Cast, door: Door) -> None:
    await cast.a_user("Dana").registered()
    await door.knock_wrongly(DANA, 5)
    token = await cast.token_for(DANA)
    door.client.cookies.clear()
    csrf = (await door.client.get(f"/unlock?token={token}")).cookies["csrf-token"]

    first, again = [
        await door.client.post("/unlock", data={"token": token, "csrf": csrf}) for _ in range(2)
    ]

    assert (first.status_code, first.headers["location"]) == (303, "/sign-in?notice=unlocked")
    assert again.status_code == 400
    assert await door.knock(DANA, PASSWORD) == 200


@pytest.mark.asvs("6.1.1")
async def test_a_stranger_who_guesses_on_purpose_keeps_nobody_out(cast: Cast, door: Door) -> None:
    """Neither of a browser that is known, nor of any other when the mail is read."""
    await cast.a_user("Dana").registered()
    assert await door.knock(DANA, PASSWORD) == 200
    known = door.client.cookies["device"]
    await door.knock_wrongly(DANA, 9)

    from_known = await door.knock(DANA, PASSWORD, device=known)
    from_new = await door.knock(DANA, PASSWORD)
    await door.unlock(await cast.token_for(DANA))

    assert (from_known, from_new) == (200, 401)
    assert await door.knock(DANA, PASSWORD) == 200


async def test_the_link_opens_a_known_browser_that_locked_itself(cast: Cast, door: Door) -> None:
    await cast.a_user("Dana").registered()
    await door.knock(DANA, PASSWORD)
    known = door.client.cookies["device"]
    await door.knock_wrongly(DANA, 5, device=known)
    assert await door.knock(DANA, PASSWORD, device=known) == 401

    await door.unlock(await cast.token_for(DANA))

    assert await door.knock(DANA, PASSWORD, device=known) == 200


@pytest.mark.asvs("6.3.1", "NIST 63B-4 3.2.2")
async def test_after_a_hundred_failures_no_time_opens_the_address(
    closed: Cast, door: Door, clock: MovedClock
) -> None:
    clock.pass_by(days=400)
    async with closed.service.works.begin() as work:
        await store.clean_up(work.db, work.now)

    assert await door.knock(DANA, PASSWORD) == 401


async def test_ninety_nine_failures_close_it_for_a_while_only(
    cast: Cast, door: Door, clock: MovedClock
) -> None:
    await cast.a_user("Dana").registered()
    for _ in range(24):
        await door.knock_wrongly(DANA, 4)
        clock.pass_by(minutes=16)
    await door.knock_wrongly(DANA, 3)

    clock.pass_by(minutes=16)

    assert await door.knock(DANA, PASSWORD) == 200


async def test_a_right_password_between_begins_the_hundred_anew(
    cast: Cast, door: Door, clock: MovedClock, db: Connection
) -> None:
    await cast.a_user("Dana").registered()
    for _ in range(30):
        await door.knock_wrongly(DANA, 4)
        assert await door.knock(DANA, PASSWORD) == 200


async def test_the_last_mail_says_that_it_lasts_and_its_link_opens(
    closed: Cast, door: Door, clock: MovedClock
) -> None:
    newest = (await closed.mails(DANA))[0]
    clock.pass_by(minutes=-10)
    token = text_of(newest).split("token=")[1].split()[0]

    assert "stays closed" in text_of(newest)
    assert (await door.unlock(token)).status_code == 204
    assert await door.knock(DANA, PASSWORD) == 200


async def test_nobody_is_written_to_again_while_it_stays_closed(closed: Cast, door: Door) -> None:
    before = len(await closed.mails(DANA))

    await door.knock_wrongly(DANA, 10)

    assert len(await closed.mails(DANA)) == before


async def test_a_new_password_by_mail_opens_it_too(closed: Cast, door: Door) -> None:
    await door.client.post("/api/v1/auth/forgot-password", json={"email": DANA})
    token = await closed.token_for(DANA)
    body = {"token": token, "password": "another good secret"}

    await door.client.post("/api/v1/auth/reset-password", json=body)

    assert await door.knock(DANA, "another good secret") == 200


async def test_an_unknown_address_closes_the_same_way(
    cast: Cast, door: Door, clock: MovedClock, db: Connection
) -> None:
    rows = []
    await cast.a_user("Dana").registered()
    for email in (DANA, "nobody@example.org"):
        for _ in range(20):
            await door.knock_wrongly(email, 6)
            clock.pass_by(minutes=15, seconds=1)
        kept = "SELECT failures, total, locked_until = 'infinity' FROM sign_in_failures"
        rows += [tuple(row) for row in await db.fetch(kept)]
        await db.execute("DELETE FROM sign_in_failures")

    assert rows[0] == rows[1]
    assert rows[0][1:] == (100, True)


async def test_whoever_confirms_an_address_is_not_kept_out_of_it(
    cast: Cast, door: Door, clock: MovedClock
) -> None:
    """Somebody guessed at the address before it had an account."""
    for _ in range(20):
        await door.knock_wrongly(DANA, 5)
        clock.pass_by(minutes=15, seconds=1)
    await cast.work_off()

    await cast.a_user("Dana").registered()

    assert await door.knock(DANA, PASSWORD) == 200


async def test_an_account_that_staff_locked_is_not_opened_by_mail(
    cast: Cast, door: Door, db: Connection
) -> None:
    await cast.a_user("Dana").registered()
    await door.knock_wrongly(DANA, 5)
    token = await cast.token_for(DANA)
    await db.execute("UPDATE users SET locked_at = now()")

    await door.unlock(token)

    assert await door.knock(DANA, PASSWORD) == 403


async def test_the_account_remembers_the_lock_and_its_end(
    cast: Cast, door: Door, service: Service
) -> None:
    await cast.a_user("Dana").registered()
    await door.knock_wrongly(DANA, 5)
    await door.unlock(await cast.token_for(DANA))
    user = await cast.user("Dana")

    async with service.database.lease() as db:
        newest = await store_activity.recent(db, UserId(user.id), 2)

    assert [one.kind for one in newest] == ["sign_in_reopened", "sign_in_paused"]


async def test_staff_who_open_it_forget_every_count(
    cast: Cast, door: Door, service: Service
) -> None:
    await cast.a_user("Dana").registered()
    await door.knock(DANA, PASSWORD)
    await door.knock_wrongly(DANA, 3, device=door.client.cookies["device"])
    await door.knock_wrongly(DANA, 3)

    async with service.works.begin() as work:
        await service.parts.get(Gatekeeper).unlock(work, DANA)
        left = await work.db.fetchval("SELECT count(*) FROM sign_in_failures")

    assert left == 0
