"""Sixteen at once use one thing that is good for one use: exactly one wins, in every round."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from tests.cast import PASSWORD, Cast, Person
from tests.clock import MovedClock
from tests.identity.apps import AUTH, App, add_app, knock, take, waiting
from tests.identity.racing import AT_ONCE, ROUNDS, race, winners

from firstmile.identity.admission import Admission, Admitted
from firstmile.identity.browsers import Browser
from firstmile.identity.policy import Method, Proof
from firstmile.kernel.database import Connection
from firstmile.kernel.refusals import Unauthenticated

CURL = Browser("curl", "127.0.0.0/24", None)
Trying = Callable[[int], Awaitable[int]]


@pytest.fixture
async def dana(cast: Cast) -> Person:
    return await cast.dana()


@pytest.fixture
async def phone(dana: Person, clock: MovedClock) -> App:
    return await add_app(dana, clock)


def posting(client: httpx.AsyncClient, path: str, body: Any, **headers: str) -> Trying:
    """The same request, each from a client of its own."""

    async def post(_: int) -> int:
        transport, address = client._transport, "http://localhost:8000"
        async with httpx.AsyncClient(transport=transport, base_url=address) as own:
            answer = await own.post(f"{AUTH}{path}", json=body, headers=headers)
        return answer.status_code

    return post


def signing_in(client: httpx.AsyncClient, code: str) -> Trying:
    body = {"email": "dana@example.org", "password": PASSWORD, "code": code}
    return posting(client, "/login", body)


async def sessions(db: Connection) -> int:
    return int(await db.fetchval("SELECT count(*) FROM sessions WHERE ended_at IS NULL"))


@pytest.mark.asvs("6.5.1")
async def test_one_code_of_an_app(
    phone: App, client: httpx.AsyncClient, clock: MovedClock, db: Connection
) -> None:
    for _ in ROUNDS:
        clock.pass_by(days=1, minutes=1)  # those who lost were counted
        before = await sessions(db)

        assert await winners(signing_in(client, phone.next_code())) == 1
        assert await sessions(db) == before + 1


@pytest.mark.asvs("6.5.1")
async def test_one_recovery_code(
    phone: App, dana: Person, client: httpx.AsyncClient, clock: MovedClock, db: Connection
) -> None:
    codes = phone.recovery_codes
    for _ in ROUNDS:
        clock.pass_by(days=1, minutes=1)
        if not codes:
            codes = await new_codes(phone, dana, client)
        before = await sessions(db)

        assert await winners(signing_in(client, codes.pop())) == 1
        assert await sessions(db) == before + 1


async def new_codes(phone: App, dana: Person, client: httpx.AsyncClient) -> list[str]:
    take(dana, (await knock(client, code=phone.next_code())).json())
    answer = await dana.post(f"{AUTH}/factors/recovery-codes")
    return list(answer.json()["recoveryCodes"])


async def test_one_sign_in_that_waits_whatever_is_shown(
    phone: App, cast: Cast, client: httpx.AsyncClient, db: Connection
) -> None:
    """Sixteen proofs that are all good; the sign-in they finish is there once."""
    admission, works = cast.service.parts.get(Admission), cast.service.works
    for _ in ROUNDS:
        pending = admission.read(await waiting(client), works.clock())
        before = await sessions(db)

        async def finish(_: int) -> bool:
            proof = Proof(Method.TOTP, works.clock())
            try:
                async with works.begin() as work:
                    outcome = await admission.proceed(work, pending, proof, browser=CURL)  # noqa: B023
            except Unauthenticated:
                return False
            return isinstance(outcome, Admitted)

        assert sum(await race(AT_ONCE, finish)) == 1
        assert await sessions(db) == before + 1


async def test_one_secret_that_waits_for_its_code(
    dana: Person, client: httpx.AsyncClient, clock: MovedClock, db: Connection
) -> None:
    for _ in ROUNDS:
        begun = await dana.post(f"{AUTH}/factors/totp")
        phone = App(begun.json()["secret"], clock)
        path, body = "/factors/totp/confirm", {"code": phone.code}

        assert await winners(posting(client, path, body, **dana.headers)) == 1
        assert await db.fetchval("SELECT count(*) FROM recovery_codes") == 10
        assert await sessions(db) == 1
        take(dana, (await knock(client, code=phone.next_code())).json())
        assert (await dana.client.delete(f"{AUTH}/factors/totp", headers=dana.headers)).is_success
        take(dana, (await knock(client)).json())


async def test_one_verification_link(cast: Cast, client: httpx.AsyncClient) -> None:
    for number in ROUNDS:
        name = f"Dana{number}"
        await cast.a_user(name).unverified().registered()
        token = await cast.token_for(f"{name.lower()}@example.org")

        assert await winners(posting(client, "/verify-email", {"token": token})) == 1


async def test_one_reset_link(dana: Person, cast: Cast, client: httpx.AsyncClient) -> None:
    for number in ROUNDS:
        await client.post(f"{AUTH}/forgot-password", json={"email": dana.email})
        token = await cast.token_for(dana.email)
        body = {"token": token, "password": f"three calm otters {number}"}

        assert await winners(posting(client, "/reset-password", body)) == 1


@pytest.mark.asvs("10.4.5")
async def test_one_refresh_token_gives_one_next_generation(
    dana: Person, client: httpx.AsyncClient, db: Connection
) -> None:
    """Here all are answered, and all alike: two tabs are no thief."""
    for number in ROUNDS:

        async def refresh(_: int) -> str:
            body = {"refreshToken": dana.refresh_token}
            answer = await client.post(f"{AUTH}/refresh", json=body)
            return str(answer.json()["refreshToken"])

        (token,) = set(await race(AT_ONCE, refresh))

        assert token != dana.refresh_token
        assert await db.fetchval("SELECT generation FROM sessions") == number + 2
        dana.refresh_token = token
