"""Who asks: remembered for a minute, and forgotten at once when a session ends anywhere."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from pydantic import SecretStr
from tests.cast import PASSWORD, Cast, Person
from tests.clock import MovedClock
from tests.valkey import ValkeyServer, valkey  # noqa: F401  a fixture
from tests.waiting import until

from firstmile.identity.authenticate import Authenticator
from firstmile.kernel.asgi import App
from firstmile.main import create_app
from firstmile.service import Service
from firstmile.settings import Settings

ME = "/api/v1/auth/me"


@asynccontextmanager
async def another_replica(
    settings: Settings, clock: MovedClock
) -> AsyncIterator[Callable[..., Awaitable[int]]]:
    """A second service on the same database; how it answers to `/me`."""
    service = Service(settings, clock=clock)
    await service.open()
    try:
        await until(lambda: service.hints.is_connected)
        yield _looking(create_app(settings, service))
    finally:
        await service.close()


def _looking(app: App) -> Callable[..., Awaitable[int]]:
    async def look(headers: dict[str, str]) -> int:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://b") as client:
            return (await client.get(ME, headers=headers)).status_code

    return look


async def refused_in_time(look: Callable[[], Awaitable[int]]) -> None:
    async def is_refused() -> bool:
        return await look() == 401

    await until(is_refused)


@pytest.fixture(params=["notify", "valkey"])
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """The same settings with either wire for the hints."""
    if request.param == "notify":
        return settings
    server: ValkeyServer = request.getfixturevalue("valkey")
    return settings.model_copy(update={"redis_url": SecretStr(server.url)})


async def both_ways_in(cast: Cast, client: httpx.AsyncClient) -> tuple[Person, dict[str, str]]:
    """Dana with her bearer token, and the header of her cookie."""
    await cast.a_user("Dana").registered()
    body = {"email": "dana@example.org", "password": PASSWORD}
    answer = await client.post("/api/v1/auth/login", json=body)
    client.cookies.clear()
    told, user = answer.json(), await cast.user("Dana")
    person = Person("Dana", user.id, told["accessToken"], told["refreshToken"], client)
    return person, {"cookie": f"session={answer.cookies['session']}"}


@pytest.mark.asvs("7.2.1", "7.4.1")
async def test_a_session_that_was_signed_out_opens_nothing_any_more(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    dana, cookie = await both_ways_in(cast, client)
    assert {(await client.get(ME, headers=h)).status_code for h in (dana.headers, cookie)} == {200}

    assert (await dana.post("/api/v1/auth/logout")).status_code == 204

    assert {(await client.get(ME, headers=h)).status_code for h in (dana.headers, cookie)} == {401}
    body = {"refreshToken": dana.refresh_token}
    assert (await client.post("/api/v1/auth/refresh", json=body)).status_code == 401


@pytest.mark.asvs("7.4.1")
async def test_signing_out_is_heard_on_another_replica(
    settings: Settings, clock: MovedClock, cast: Cast, client: httpx.AsyncClient
) -> None:
    dana, cookie = await both_ways_in(cast, client)
    async with another_replica(settings, clock) as look:
        assert [await look(h) for h in (dana.headers, cookie)] == [200, 200]

        await dana.post("/api/v1/auth/logout")

        await refused_in_time(lambda: look(dana.headers))
        await refused_in_time(lambda: look(cookie))


@pytest.mark.asvs("7.4.3")
async def test_a_new_password_ends_every_session_on_every_replica(
    settings: Settings, clock: MovedClock, cast: Cast, client: httpx.AsyncClient
) -> None:
    dana, cookie = await both_ways_in(cast, client)
    phone = await cast.sign_in("Dana")
    ways = [dana.headers, cookie, phone.headers]
    await client.post("/api/v1/auth/forgot-password", json={"email": dana.email})
    body = {"token": await cast.token_for(dana.email), "password": "another good secret"}
    async with another_replica(settings, clock) as look:
        assert [await look(way) for way in ways] == [200, 200, 200]

        await client.post("/api/v1/auth/reset-password", json=body)

        for way in ways:
            assert (await client.get(ME, headers=way)).status_code == 401
            await refused_in_time(lambda way=way: look(way))  # type: ignore[misc]


async def test_who_asks_is_remembered_for_a_minute(
    cast: Cast, service: Service, clock: MovedClock, db: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    dana = await cast.dana()
    await until(lambda: service.hints.is_current)
    await dana.get("/api/v1/gate?route=/")
    # Ended behind our back: no hint tells of it.
    await db.execute("UPDATE sessions SET ended_at = now()")

    clock.pass_by(seconds=59)
    remembered = await dana.get(ME)
    clock.pass_by(seconds=2)
    asked_again = await dana.get(ME)

    assert remembered.status_code == 200
    assert asked_again.status_code == 401


async def test_while_hints_cannot_be_heard_nobody_is_remembered(
    cast: Cast, service: Service, db: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    dana = await cast.dana()
    await until(lambda: service.hints.is_connected)
    await dana.get(ME)
    await service.hints.stop()
    await until(lambda: not service.hints.is_current)

    await db.execute("UPDATE sessions SET ended_at = now()")

    assert (await dana.get(ME)).status_code == 401


async def test_a_hint_that_comes_while_we_look_keeps_us_from_remembering(
    cast: Cast,
    service: Service,
    db: "asyncpg.Connection[asyncpg.Record]",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dana = await cast.dana()
    await until(lambda: service.hints.is_connected)
    authenticator = service.parts.get(Authenticator)
    look = authenticator._holder

    async def look_while_a_hint_comes(*given: Any, **found_by: Any) -> object:
        found = await look(*given, **found_by)
        service.hints._heard(f"person {dana.id}")
        return found

    monkeypatch.setattr(authenticator, "_holder", look_while_a_hint_comes)
    assert (await dana.get(ME)).status_code == 200
    await db.execute("UPDATE sessions SET ended_at = now()")

    assert (await dana.get(ME)).status_code == 401


@pytest.mark.parametrize("value", ["Bearer ", "Bearer garbage", "Basic ZGFuYTp4", "garbage", ""])
async def test_an_authorization_header_never_falls_back_to_the_cookie(
    cast: Cast, client: httpx.AsyncClient, value: str
) -> None:
    _, cookie = await both_ways_in(cast, client)
    assert (await client.get(ME, headers=cookie)).status_code == 200

    assert (await client.get(ME, headers={**cookie, "authorization": value})).status_code == 401


@pytest.mark.parametrize("settings", ["valkey"], indirect=True)
async def test_signing_out_works_while_valkey_is_down_and_after_it_came_back(
    settings: Settings,
    clock: MovedClock,
    cast: Cast,
    service: Service,
    valkey: ValkeyServer,  # noqa: F811
) -> None:
    dana, bob = await cast.dana(), await cast.a_user("Bob").signed_in()
    async with another_replica(settings, clock) as look:
        await look(dana.headers)
        valkey.stop()
        await until(lambda: not service.hints.is_connected)

        assert (await dana.post("/api/v1/auth/logout")).status_code == 204
        await refused_in_time(lambda: look(dana.headers))

        valkey.start()
        await until(lambda: service.hints.is_connected)
        assert await look(bob.headers) == 200
        assert (await bob.post("/api/v1/auth/logout")).status_code == 204
        await refused_in_time(lambda: look(bob.headers))


async def _status(person: Person) -> int:
    return (await person.get(ME)).status_code
