"""The list of one's sessions: seen, ended one by one, or all others at once."""

from datetime import datetime
from typing import Any

import httpx
import pytest
from tests.cast import PASSWORD, Cast, Person
from tests.clock import MovedClock
from tests.identity.apps import AUTH, add_app, told

from firstmile.kernel.database import Connection

SESSIONS = f"{AUTH}/sessions"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def listed(person: Person) -> list[dict[str, Any]]:
    answer = await person.get(SESSIONS)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def end(person: Person, session_id: str) -> httpx.Response:
    answer = await person.client.delete(f"{SESSIONS}/{session_id}", headers=person.headers)
    person.client.cookies.clear()
    return answer


async def is_in(person: Person) -> bool:
    return (await person.get(f"{AUTH}/me")).status_code == 200


@pytest.mark.asvs("7.5.2")
async def test_a_session_says_where_it_is_and_how_it_began(
    cast: Cast, client: httpx.AsyncClient, clock: MovedClock
) -> None:
    dana = await cast.dana()
    clock.pass_by(minutes=5)
    body = {"email": dana.email, "password": PASSWORD, "rememberMe": True}
    await client.post(f"{AUTH}/login", json=body, headers={"user-agent": FIREFOX})
    client.cookies.clear()

    newest, own = await listed(dana)

    assert newest["deviceName"] == "Firefox on Windows"
    assert newest["network"] == "127.0.0.0/24"
    assert newest["methods"] == ["password"]
    assert (newest["isRemembered"], newest["isCurrent"]) == (True, False)
    assert (own["isRemembered"], own["isCurrent"]) == (False, True)
    assert datetime.fromisoformat(newest["createdAt"]) == clock()
    assert datetime.fromisoformat(own["createdAt"]) < datetime.fromisoformat(own["lastUsedAt"])
    assert (datetime.fromisoformat(newest["expiresAt"]) - clock()).days == 30
    assert datetime.fromisoformat(own["expiresAt"]) > clock()


async def test_both_factors_are_named(cast: Cast, clock: MovedClock) -> None:
    dana = await cast.dana()
    await add_app(dana, clock)

    (own,) = await listed(dana)

    assert own["methods"] == ["password", "totp"]


async def test_what_is_over_is_not_listed(
    cast: Cast, client: httpx.AsyncClient, clock: MovedClock
) -> None:
    dana = await cast.dana()
    gone = await cast.sign_in("Dana")
    await gone.post(f"{AUTH}/logout")
    await cast.sign_in("Dana")  # rests too long
    clock.pass_by(minutes=20)
    await dana.get(f"{AUTH}/me")
    clock.pass_by(minutes=20)

    assert [one["isCurrent"] for one in await listed(dana)] == [True]


async def test_the_sessions_of_others_are_not_listed(cast: Cast) -> None:
    dana = await cast.dana()
    await cast.a_user("Charlie").signed_in()

    assert len(await listed(dana)) == 1


async def test_a_long_list_comes_in_pages(cast: Cast, db: Connection) -> None:
    dana = await cast.dana()
    await db.execute(
        "INSERT INTO sessions (id, user_id, cookie_hash, refresh_salt, generation, rotated_at,"
        " created_at, last_used_at, expires_at)"
        " SELECT gen_random_uuid(), user_id, uuid_send(gen_random_uuid()), refresh_salt, 1,"
        " rotated_at, created_at, last_used_at, expires_at"
        " FROM sessions, generate_series(1, 69)"
    )

    first = (await dana.get(SESSIONS)).json()
    second = (await dana.get(f"{SESSIONS}?cursor={first['next']}")).json()

    ids = [one["id"] for one in first["items"] + second["items"]]
    assert (len(first["items"]), len(second["items"])) == (50, 20)
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 70
    assert second["next"] is None


@pytest.mark.parametrize("cursor", ["", "garbage", "1"])
async def test_a_cursor_that_is_none_is_refused(cast: Cast, cursor: str) -> None:
    dana = await cast.dana()

    assert told(await dana.get(f"{SESSIONS}?cursor={cursor}")) == (422, "invalid")


@pytest.mark.asvs("7.5.2", "7.4.1")
async def test_one_is_ended_and_the_others_stay(cast: Cast, client: httpx.AsyncClient) -> None:
    dana, phone, tablet = await cast.dana(), await cast.sign_in("Dana"), await cast.sign_in("Dana")
    _, of_phone, _ = await listed(dana)

    answer = await end(dana, of_phone["id"])

    assert answer.status_code == 204
    assert [await is_in(one) for one in (dana, phone, tablet)] == [True, False, True]
    body = {"refreshToken": phone.refresh_token}
    assert (await client.post(f"{AUTH}/refresh", json=body)).status_code == 401


async def test_a_strangers_session_is_not_there(cast: Cast) -> None:
    dana, charlie = await cast.dana(), await cast.a_user("Charlie").signed_in()
    (of_charlie,) = await listed(charlie)

    answer = await end(dana, of_charlie["id"])

    assert told(answer) == (404, "not_found")
    assert await is_in(charlie)


async def test_a_session_is_ended_once(cast: Cast) -> None:
    dana, _ = await cast.dana(), await cast.sign_in("Dana")
    of_phone, _ = await listed(dana)

    answers = [(await end(dana, of_phone["id"])).status_code for _ in range(2)]

    assert answers == [204, 404]


@pytest.mark.asvs("7.5.2")
async def test_another_session_is_ended_by_whoever_showed_a_credential_lately(
    cast: Cast, clock: MovedClock
) -> None:
    """Who finds a browser open cannot shut its owner out of the others."""
    dana, phone = await cast.dana(), await cast.sign_in("Dana")
    of_phone, own = await listed(dana)
    clock.pass_by(minutes=11)

    one = await end(dana, of_phone["id"])
    others = await dana.post(f"{SESSIONS}/end-others")
    itself = await end(dana, own["id"])

    assert told(one) == told(others) == (403, "step_up_required")
    assert itself.status_code == 204
    assert not await is_in(dana)
    assert await is_in(phone)


async def test_the_present_session_is_signed_out_of_its_browser(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    dana = await cast.dana()
    (own,) = await listed(dana)

    answer = await client.delete(f"{SESSIONS}/{own['id']}", headers=dana.headers)

    taken = [line for line in answer.headers.get_list("set-cookie") if "session=" in line]
    assert 'session=""' in taken[0] or "session=;" in taken[0]


@pytest.mark.asvs("7.4.3", "7.5.2")
async def test_all_others_end_at_once(cast: Cast, clock: MovedClock) -> None:
    dana = await cast.dana()
    await cast.sign_in("Dana")
    clock.pass_by(minutes=25)
    await dana.get(f"{AUTH}/me")
    clock.pass_by(minutes=6)  # the one before is over by now, and not counted
    stepped = await dana.post(f"{AUTH}/step-up", {"password": PASSWORD})
    dana.access_token = stepped.json()["accessToken"]
    dana.client.cookies.clear()
    phone, tablet = await cast.sign_in("Dana"), await cast.sign_in("Dana")

    answer = await dana.post(f"{SESSIONS}/end-others")

    assert answer.json() == {"ended": 2}
    assert [await is_in(one) for one in (dana, phone, tablet)] == [True, False, False]


async def test_staff_in_the_place_of_somebody_end_nothing(cast: Cast) -> None:
    sam, dana = await cast.sam(), await cast.dana()
    reason = {"reason": "Ticket 4711: looking"}
    seat = await sam.post(f"/api/v1/admin/users/{dana.id}/impersonate", reason)
    headers = {"authorization": f"Bearer {seat.json()['accessToken']}"}
    shown = (await sam.client.get(SESSIONS, headers=headers)).json()["items"]

    of_dana = next(one for one in shown if not one["isSupport"])
    answer = await sam.client.delete(f"{SESSIONS}/{of_dana['id']}", headers=headers)

    assert told(answer) == (403, "not_while_impersonating")
    assert sum(one["isSupport"] for one in shown) == 1
    assert await is_in(dana)
