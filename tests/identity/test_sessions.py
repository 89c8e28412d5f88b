"""Refresh tokens: rotation, lost answers, second tabs and thieves."""

import asyncio
import base64

import asyncpg
import httpx
import jwt
import pytest
from tests.cast import PASSWORD, Cast, Person
from tests.clock import MovedClock


async def refreshed(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/api/v1/auth/refresh", json={"refreshToken": token})


async def next_of(client: httpx.AsyncClient, token: str) -> str:
    answer = await refreshed(client, token)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["refreshToken"])


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


REUSED = (401, "refresh_reused")
OVER = (401, "invalid_refresh_token")


async def is_in_by_bearer(person: Person) -> bool:
    return (await person.get("/api/v1/auth/me")).status_code == 200


async def test_each_refresh_gives_another_token_of_the_same_session(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    dana = await cast.dana()

    answer = await refreshed(client, dana.refresh_token)

    body = answer.json()
    assert body["refreshToken"] != dana.refresh_token
    assert _session_of(body["accessToken"]) == _session_of(dana.access_token)
    assert body["user"]["id"] == str(dana.id)
    assert "set-cookie" not in answer.headers


async def test_an_access_token_of_a_refresh_opens(cast: Cast, client: httpx.AsyncClient) -> None:
    dana = await cast.dana()

    dana.access_token = (await refreshed(client, dana.refresh_token)).json()["accessToken"]

    assert await is_in_by_bearer(dana)


async def test_a_lost_answer_is_asked_for_again_within_twenty_seconds(
    cast: Cast, client: httpx.AsyncClient, clock: MovedClock
) -> None:
    dana = await cast.dana()
    lost = await next_of(client, dana.refresh_token)

    clock.pass_by(seconds=18)

    assert await next_of(client, dana.refresh_token) == lost
    assert await next_of(client, lost) not in (lost, dana.refresh_token)


async def test_fifty_uses_at_once_give_one_token_and_sign_nobody_out(
    cast: Cast, client: httpx.AsyncClient, db: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    dana = await cast.dana()

    answers = await asyncio.gather(*(refreshed(client, dana.refresh_token) for _ in range(50)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refreshToken"] for answer in answers}) == 1
    assert await db.fetchval("SELECT generation FROM sessions") == 2
    assert await is_in_by_bearer(dana)


@pytest.mark.asvs("7.4.1")
async def test_a_token_used_again_after_the_grace_ends_the_session_everywhere(
    cast: Cast, client: httpx.AsyncClient, clock: MovedClock
) -> None:
    dana, cookie = await _signed_in_with_cookie(cast, client)
    newest = await next_of(client, dana.refresh_token)
    assert await _is_in_by_cookie(client, cookie)
    assert await is_in_by_bearer(dana)

    clock.pass_by(seconds=21)
    again = await refreshed(client, dana.refresh_token)

    assert told(again) == REUSED
    assert told(await refreshed(client, newest)) == OVER
    assert not await is_in_by_bearer(dana)
    assert not await _is_in_by_cookie(client, cookie)


async def test_a_token_two_generations_old_ends_the_session_at_once(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    dana = await cast.dana()
    second = await next_of(client, dana.refresh_token)
    third = await next_of(client, second)

    again = await refreshed(client, dana.refresh_token)

    assert told(again) == REUSED
    assert told(await refreshed(client, third)) == OVER
    assert not await is_in_by_bearer(dana)


async def test_the_end_of_one_session_leaves_the_others(
    cast: Cast, client: httpx.AsyncClient, clock: MovedClock
) -> None:
    dana = await cast.dana()
    phone = await cast.sign_in("Dana")
    await next_of(client, dana.refresh_token)
    clock.pass_by(seconds=21)

    await refreshed(client, dana.refresh_token)

    assert await is_in_by_bearer(phone)
    assert await next_of(client, phone.refresh_token)


@pytest.mark.asvs("7.1.1", "7.3.1")
async def test_a_session_that_rests_half_an_hour_is_over(
    cast: Cast, client: httpx.AsyncClient, clock: MovedClock
) -> None:
    dana = await cast.dana()

    clock.pass_by(minutes=30, seconds=1)

    assert told(await refreshed(client, dana.refresh_token)) == OVER
    assert not await is_in_by_bearer(dana)


@pytest.mark.asvs("7.1.1", "7.3.2")
async def test_a_session_in_use_ends_after_twelve_hours(
    cast: Cast, client: httpx.AsyncClient, clock: MovedClock
) -> None:
    dana = await cast.dana()
    token = dana.refresh_token
    for _ in range(25):
        clock.pass_by(minutes=28)
        token = await next_of(client, token)

    clock.pass_by(minutes=21)

    assert told(await refreshed(client, token)) == OVER


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "x",
        "é" * 20,
        "\x00",
        "A" * 70,
        "A" * 71,
        "A" * 900,
        "=" * 70,
        "../../etc/passwd",
        "eyJhbGciOiJub25lIn0.e30.",
    ],
)
async def test_garbage_is_no_refresh_token(client: httpx.AsyncClient, garbage: str) -> None:
    assert told(await refreshed(client, garbage)) == OVER


@pytest.mark.parametrize("place", [0, 15, 16, 19, 20, 51])
async def test_a_token_with_one_byte_changed_opens_nothing_and_ends_nothing(
    cast: Cast, client: httpx.AsyncClient, place: int
) -> None:
    dana = await cast.dana()
    raw = bytearray(_raw(dana.refresh_token))
    raw[place] ^= 1

    assert told(await refreshed(client, _text(bytes(raw)))) == OVER
    assert await next_of(client, dana.refresh_token)


async def test_a_signature_of_one_session_does_not_fit_another(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    dana, phone = await cast.dana(), await cast.sign_in("Dana")
    mixed = _raw(dana.refresh_token)[:20] + _raw(phone.refresh_token)[20:]

    assert told(await refreshed(client, _text(mixed))) == OVER
    assert await next_of(client, dana.refresh_token)
    assert await next_of(client, phone.refresh_token)


async def test_a_future_generation_cannot_be_made_up(cast: Cast, client: httpx.AsyncClient) -> None:
    dana = await cast.dana()
    raw = _raw(dana.refresh_token)
    ahead = raw[:16] + (2).to_bytes(4, "big") + raw[20:]

    assert told(await refreshed(client, _text(ahead))) == OVER
    assert await is_in_by_bearer(dana)


async def test_an_access_token_is_no_refresh_token_and_the_other_way_round(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    dana = await cast.dana()

    assert told(await refreshed(client, dana.access_token)) == OVER
    dana.access_token = dana.refresh_token
    assert not await is_in_by_bearer(dana)


async def _signed_in_with_cookie(cast: Cast, client: httpx.AsyncClient) -> tuple[Person, str]:
    await cast.a_user("Dana").registered()
    body = {"email": "dana@example.org", "password": PASSWORD}
    answer = await client.post("/api/v1/auth/login", json=body)
    cookie = answer.cookies["session"]
    client.cookies.clear()
    tokens = answer.json()
    user = await cast.user("Dana")
    return Person("Dana", user.id, tokens["accessToken"], tokens["refreshToken"], client), cookie


async def _is_in_by_cookie(client: httpx.AsyncClient, cookie: str) -> bool:
    headers = {"cookie": f"session={cookie}"}
    return (await client.get("/api/v1/auth/me", headers=headers)).status_code == 200


def _session_of(access_token: str) -> str:
    return str(jwt.decode(access_token, options={"verify_signature": False})["sid"])


def _raw(token: str) -> bytes:
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
