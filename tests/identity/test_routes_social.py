"""Signing in by another service, through the API."""

import html
from collections import Counter
from typing import Any

import httpx
import pytest
from joserfc import jwt
from tests.cast import Person
from tests.clock import MovedClock
from tests.identity.apps import add_app, told
from tests.identity.hostile_provider import KEY, Claims, HostileProvider
from tests.identity.racing import AT_ONCE, race, winners
from tests.identity.social_program import (
    AUTH,
    BACK,
    CONNECTIONS,
    SOCIAL,
    Application,
    application,
    connections,
    dana,
    provider,
    settings,
)
from tests.identity.travelling import ON

from firstmile.kernel.asgi import App
from firstmile.kernel.database import Connection

__all__ = ["application", "dana", "provider", "settings"]


def _somebody_each_time(provider: HostileProvider, claims: Claims) -> str:
    somebody = {**claims, "sub": f"somebody-{len(provider.signed)}"}
    return jwt.encode({"alg": "RS256", "kid": "one"}, somebody, KEY)


def _another_address_each_time(provider: HostileProvider, claims: Claims) -> str:
    moved = {**claims, "email": f"dana-{len(provider.signed)}@example.org"}
    return jwt.encode({"alg": "RS256", "kid": "one"}, moved, KEY)


async def _finish_at_once(app: App, bodies: list[dict[str, Any]]) -> Counter[int]:
    """Finish each of these in the same moment, as a program of its own; what they were told."""

    async def finish(number: int) -> int:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as own:
            return (await own.post(f"{SOCIAL}/finish", json=bodies[number])).status_code

    return Counter(await race(len(bodies), finish))


async def test_the_services_on_offer_are_told_to_everybody(application: Application) -> None:
    answer = await application.client.get(f"{AUTH}/social")

    assert answer.json() == {"items": [{"key": "acme", "name": "Acme"}]}


class TestSigningIn:
    async def test_gives_tokens(self, application: Application) -> None:
        answer = await application.finish()

        assert answer.status_code == 200, answer.text
        assert answer.json()["user"]["email"] == "dana@example.org"
        application.signed_in_as(answer.json())
        me = await application.client.get(f"{AUTH}/me", headers=application.headers)
        assert me.status_code == 200

    async def test_is_remembered_when_asked_for(
        self, application: Application, db: Connection
    ) -> None:
        started = await application.start(rememberMe=True)

        await application.post(f"{SOCIAL}/finish", application.returned(started))

        assert await db.fetchval("SELECT is_remembered FROM sessions") is True

    async def test_is_as_fresh_as_the_credential_that_was_shown_there(
        self, application: Application, provider: HostileProvider, clock: MovedClock
    ) -> None:
        """A browser that was signed in there for an hour proves nothing new."""
        provider.claims = {"auth_time": int(clock().timestamp()) - 3600}
        application.signed_in_as((await application.finish()).json())

        body = {"redirectUri": BACK}
        answer = await application.post(f"{CONNECTIONS}/acme/start", body)

        assert told(answer) == (403, "step_up_required")

    async def test_begins_with_an_address_of_the_operators_list(
        self, application: Application
    ) -> None:
        for address in ("https://evil.example", f"{BACK}/more", BACK.upper(), "", "javascript:1"):
            answer = await application.post(f"{SOCIAL}/start", {"redirectUri": address})

            assert told(answer) == (422, "invalid")

    async def test_by_a_service_that_is_not_offered_is_not_found(
        self, application: Application
    ) -> None:
        answer = await application.post(f"{AUTH}/social/yahoo/start", {"redirectUri": BACK})

        assert told(answer) == (404, "unknown_provider")

    async def test_asks_for_the_second_factor(
        self, application: Application, dana: Person, clock: MovedClock
    ) -> None:
        link = (await application.finish()).json()["linkToken"]
        assert (await application.post(CONNECTIONS, {"linkToken": link})).status_code == 201
        await add_app(dana, clock)
        application.headers = {}

        answer = await application.finish()

        assert told(answer) == (401, "second_factor_required")
        assert answer.json()["methods"] == ["recovery_code", "totp"]
        assert answer.json()["signInToken"]

    async def test_of_sixteen_at_once_begins_one_session(
        self, application: Application, app: App, db: Connection
    ) -> None:
        body = application.returned(await application.start())

        async def finish(_: int) -> int:
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as own:
                return (await own.post(f"{SOCIAL}/finish", json=body)).status_code

        assert await winners(finish) == 1
        assert await db.fetchval("SELECT count(*) FROM sessions") == 1

    async def test_of_one_person_from_everywhere_at_once_opens_one_account(
        self, application: Application, app: App, db: Connection
    ) -> None:
        bodies = [application.returned(await application.start()) for _ in range(AT_ONCE)]

        assert await _finish_at_once(app, bodies) == {200: AT_ONCE}

        assert await db.fetchval("SELECT count(*) FROM users") == 1
        assert await connections(db) == 1

    async def test_of_one_person_with_many_new_addresses_at_once_opens_one_account(
        self, application: Application, provider: HostileProvider, app: App, db: Connection
    ) -> None:
        provider.signs = _another_address_each_time
        bodies = [application.returned(await application.start()) for _ in range(AT_ONCE)]

        assert await _finish_at_once(app, bodies) == {200: AT_ONCE}

        assert await db.fetchval("SELECT count(*) FROM users") == 1
        assert await connections(db) == 1

    async def test_of_many_with_one_new_address_at_once_opens_one_account(
        self, application: Application, provider: HostileProvider, app: App, db: Connection
    ) -> None:
        """The address is new to all of them, and is somebody's for all but one in the end."""
        provider.claims = {"sub": None}
        provider.signs = _somebody_each_time
        bodies = [application.returned(await application.start()) for _ in range(AT_ONCE)]

        assert await _finish_at_once(app, bodies) == {200: 1, 409: AT_ONCE - 1}

        assert await db.fetchval("SELECT count(*) FROM users") == 1
        assert await connections(db) == 1

    async def test_is_finished_with_the_token_of_its_start(self, application: Application) -> None:
        first, second = await application.start(), await application.start()
        mixed = {**application.returned(first), "stateToken": second["stateToken"]}

        assert told(await application.post(f"{SOCIAL}/finish", mixed)) == (400, "sign_in_expired")

    @pytest.mark.parametrize("token", ["", "x", "é", "AAAA", "A" * 4000])
    async def test_is_not_finished_with_a_token_somebody_made_up(
        self, token: str, application: Application
    ) -> None:
        body = {**application.returned(await application.start()), "stateToken": token}

        assert told(await application.post(f"{SOCIAL}/finish", body)) == (400, "sign_in_expired")

    async def test_of_a_page_is_not_finished_by_the_api(
        self, application: Application, client: httpx.AsyncClient
    ) -> None:
        await client.get("/sign-in")
        csrf = {"csrf": client.cookies["csrf-token"]}
        page = await client.post("/sign-in/with/acme", data=csrf)
        (address,) = ON.findall(page.text)
        started = {
            "authorizationUrl": html.unescape(address),
            "stateToken": client.cookies["away"],
        }
        body = application.returned(started)

        assert told(await application.post(f"{SOCIAL}/finish", body)) == (400, "sign_in_expired")

    async def test_says_why_it_did_not_work(
        self, application: Application, provider: HostileProvider
    ) -> None:
        cancelled = await application.finish(code=None, error="access_denied")
        assert told(cancelled) == (400, "provider_cancelled")
        provider.claims = {"aud": "other"}
        assert told(await application.finish()) == (400, "provider_refused")
        provider.answering["/token"] = lambda handler: handler.say({}, status=500)
        away = await application.finish()
        assert told(away) == (503, "provider_unavailable")
        assert away.headers["retry-after"] == "10"
