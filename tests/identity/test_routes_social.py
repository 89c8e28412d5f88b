"""Signing in by other services, and connected accounts, by the API."""

import html
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from pydantic import SecretStr
from tests.cast import Cast, Person
from tests.clock import MovedClock
from tests.conftest import settings_for
from tests.identity.apps import add_app, told
from tests.identity.hostile_provider import (
    CLIENT,
    KEY,
    SECRET,
    Claims,
    HostileProvider,
    hostile_provider,
)
from tests.identity.racing import AT_ONCE, race, winners
from tests.identity.travelling import ON

from firstmile.identity.social_settings import OidcProvider
from firstmile.kernel.asgi import App
from firstmile.kernel.database import Connection
from firstmile.settings import Settings

BACK = "https://app.example.org/signed-in"
AUTH, CONNECTIONS = "/api/v1/auth", "/api/v1/account/connections"
SOCIAL = f"{AUTH}/social/acme"


@pytest.fixture
def provider() -> Iterator[HostileProvider]:
    with hostile_provider() as provider:
        yield provider


@pytest.fixture
def settings(database_url: str, tmp_path: Path, provider: HostileProvider) -> Settings:
    acme = OidcProvider(
        key="acme",
        name="Acme",
        issuer=provider.issuer,
        client_id=CLIENT,
        client_secret=SecretStr(SECRET),
        trusts_email=True,
    )
    return settings_for(
        database_url, tmp_path, oidc_providers=(acme,), social_redirect_uris=(BACK,)
    )


class Application:
    """A program that signs people in for itself, and keeps no cookies of ours."""

    def __init__(self, client: httpx.AsyncClient, provider: HostileProvider) -> None:
        self.client = client
        self.provider = provider
        self.headers: dict[str, str] = {}

    def signed_in_as(self, tokens: dict[str, Any] | Person) -> None:
        token = tokens.access_token if isinstance(tokens, Person) else tokens["accessToken"]
        self.headers = {"authorization": f"Bearer {token}"}

    async def post(self, path: str, body: Any) -> httpx.Response:
        answer = await self.client.post(path, json=body, headers=self.headers)
        self.client.cookies.clear()
        return answer

    async def start(self, base: str = SOCIAL, **more: Any) -> dict[str, Any]:
        answer = await self.post(f"{base}/start", {"redirectUri": BACK, **more})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def returned(self, started: dict[str, Any], **said: str | None) -> dict[str, Any]:
        address = self.provider.visit(started["authorizationUrl"], **said)
        return {"stateToken": started["stateToken"], **dict(httpx.URL(address).params)}

    async def finish(self, base: str = SOCIAL, **said: str | None) -> httpx.Response:
        """There and back."""
        return await self.post(f"{base}/finish", self.returned(await self.start(base), **said))


@pytest.fixture
def application(client: httpx.AsyncClient, provider: HostileProvider) -> Application:
    return Application(client, provider)


@pytest.fixture
async def dana(application: Application, cast: Cast) -> Person:
    """Has an account with a password, and is signed in to it."""
    person = await cast.dana()
    application.signed_in_as(person)
    return person


async def connections(db: Connection) -> int:
    return int(await db.fetchval("SELECT count(*) FROM connected_accounts"))


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


class TestAKnownAddress:
    async def test_is_connected_once_its_own_credential_is_shown(
        self, application: Application, dana: Person, db: Connection
    ) -> None:
        application.headers = {}
        wanted = await application.finish()
        assert told(wanted) == (409, "link_required")
        link = {"linkToken": wanted.json()["linkToken"]}
        assert (await application.post(CONNECTIONS, link)).status_code == 401
        application.signed_in_as(dana)

        answer = await application.post(CONNECTIONS, link)

        assert answer.status_code == 201
        (item,) = answer.json()["items"]
        assert (item["provider"], item["name"], item["label"]) == (
            "acme",
            "Acme",
            "dana@example.org",
        )
        assert told(await application.post(CONNECTIONS, link)) == (400, "sign_in_expired")
        assert await connections(db) == 1

    async def test_is_connected_once_by_sixteen_at_once(
        self, application: Application, dana: Person, app: App, db: Connection
    ) -> None:
        link = {"linkToken": (await application.finish()).json()["linkToken"]}

        async def connect(_: int) -> int:
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as own:
                return (await own.post(CONNECTIONS, json=link, headers=dana.headers)).status_code

        assert await winners(connect) == 1
        assert await connections(db) == 1

    async def test_needs_that_credential_to_be_fresh(
        self, application: Application, dana: Person, clock: MovedClock, db: Connection
    ) -> None:
        link = (await application.finish()).json()["linkToken"]
        clock.pass_by(minutes=11)

        answer = await application.post(CONNECTIONS, {"linkToken": link})

        assert told(answer) == (403, "step_up_required")
        assert await connections(db) == 0

    async def test_waits_an_hour(
        self, application: Application, dana: Person, clock: MovedClock, cast: Cast
    ) -> None:
        link = (await application.finish()).json()["linkToken"]
        clock.pass_by(hours=1)
        application.headers = {}
        application.signed_in_as(await cast.sign_in("Dana"))

        answer = await application.post(CONNECTIONS, {"linkToken": link})

        assert told(answer) == (400, "sign_in_expired")


class TestAnUnconfirmedAddress:
    async def test_is_confirmed_by_mail_and_then_gives_tokens(
        self, application: Application, provider: HostileProvider, cast: Cast, db: Connection
    ) -> None:
        provider.claims = {"email_verified": False}
        wanted = await application.finish()
        assert wanted.status_code == 202
        assert wanted.json()["status"] == "verification_sent"
        body = {
            "linkToken": wanted.json()["linkToken"],
            "token": await cast.token_for("dana@example.org"),
        }

        answer = await application.post(f"{AUTH}/social/verify", body)

        assert answer.status_code == 200, answer.text
        assert answer.json()["user"]["emailVerified"] is True
        assert await connections(db) == 1

    async def test_of_somebody_else_is_not_confirmed_with_it(
        self, application: Application, provider: HostileProvider, cast: Cast, db: Connection
    ) -> None:
        """The token of one address, and the identity that claims another."""
        provider.claims = {"sub": "bob", "email": "bob@example.org", "email_verified": False}
        await application.finish()
        token = await cast.token_for("bob@example.org")
        provider.claims = {"email_verified": False}
        link = (await application.finish()).json()["linkToken"]

        answer = await application.post(
            f"{AUTH}/social/verify", {"linkToken": link, "token": token}
        )

        assert told(answer) == (400, "sign_in_expired")
        assert await connections(db) == 0
        assert (await cast.user("Bob")).is_verified is False

    async def test_that_is_missing_is_asked_for(
        self, application: Application, provider: HostileProvider, cast: Cast
    ) -> None:
        provider.left_out = {"email", "email_verified"}
        wanted = await application.finish()
        assert told(wanted) == (409, "address_required")
        body = {"linkToken": wanted.json()["linkToken"], "email": "dana@example.org"}

        given = await application.post(f"{AUTH}/social/address", body)
        again = await application.post(f"{AUTH}/social/address", body)

        assert given.status_code == 202
        assert told(again) == (400, "sign_in_expired")
        proof = {
            "linkToken": given.json()["linkToken"],
            "token": await cast.token_for("dana@example.org"),
        }
        assert (await application.post(f"{AUTH}/social/verify", proof)).status_code == 200


class TestConnections:
    async def test_are_made_listed_and_taken_away(
        self, application: Application, dana: Person, provider: HostileProvider, db: Connection
    ) -> None:
        provider.claims = {"sub": "somebody", "email": "somebody@example.org"}
        made = await application.finish(f"{CONNECTIONS}/acme")
        assert made.status_code == 201, made.text
        (item,) = (await dana.get(CONNECTIONS)).json()["items"]
        assert item["label"] == "somebody@example.org"

        answer = await dana.client.delete(f"{CONNECTIONS}/{item['id']}", headers=dana.headers)

        assert answer.status_code == 204
        assert await connections(db) == 0
        assert (await dana.get(CONNECTIONS)).status_code == 401  # a token from before the change

    async def test_of_others_are_not_there(
        self, application: Application, provider: HostileProvider, cast: Cast, db: Connection
    ) -> None:
        await application.finish()
        bob = await cast.a_user("Bob").signed_in()
        connection = await db.fetchval("SELECT id FROM connected_accounts")

        answer = await bob.client.delete(f"{CONNECTIONS}/{connection}", headers=bob.headers)

        assert told(answer) == (404, "not_found")
        assert (await bob.get(CONNECTIONS)).json() == {"items": []}

    async def test_that_are_the_last_way_in_stay(
        self, application: Application, db: Connection
    ) -> None:
        application.signed_in_as((await application.finish()).json())
        connection = await db.fetchval("SELECT id FROM connected_accounts")

        answer = await application.client.delete(
            f"{CONNECTIONS}/{connection}", headers=application.headers
        )

        assert told(answer) == (409, "last_credential")

    async def test_of_another_account_are_not_made_here(
        self, application: Application, cast: Cast, db: Connection
    ) -> None:
        await application.finish()
        application.signed_in_as(await cast.a_user("Bob").signed_in())

        answer = await application.finish(f"{CONNECTIONS}/acme")

        assert told(answer) == (409, "connected_elsewhere")

    async def test_are_not_made_from_a_departure_to_sign_in(
        self, application: Application, dana: Person, db: Connection
    ) -> None:
        body = application.returned(await application.start())

        answer = await application.post(f"{CONNECTIONS}/acme/finish", body)

        assert told(answer) == (400, "sign_in_expired")
        assert await connections(db) == 0


class TestSteppingUp:
    STEP_UP = f"{AUTH}/step-up/acme"

    @pytest.fixture
    async def tokens(self, application: Application, provider: HostileProvider) -> dict[str, Any]:
        """Of somebody who signed in by the service."""
        answer: dict[str, Any] = (await application.finish()).json()
        application.signed_in_as(answer)
        return answer

    @pytest.mark.asvs("7.5.1")
    @pytest.mark.parametrize(
        ("auth_time", "status"), [("now", 200), ("an hour ago", 400), ("unsaid", 400)]
    )
    async def test_takes_a_credential_that_was_shown_just_now(
        self,
        auth_time: str,
        status: int,
        application: Application,
        provider: HostileProvider,
        tokens: dict[str, Any],
        clock: MovedClock,
    ) -> None:
        now = int(clock().timestamp())
        moments = {"now": {"auth_time": now}, "an hour ago": {"auth_time": now - 3600}}
        provider.claims = moments.get(auth_time, {})

        answer = await application.finish(self.STEP_UP)

        assert answer.status_code == status, answer.text
        if status == 200:
            assert answer.json()["refreshToken"] != tokens["refreshToken"]

    async def test_is_not_done_by_somebody_else(
        self,
        application: Application,
        provider: HostileProvider,
        tokens: dict[str, Any],
        clock: MovedClock,
    ) -> None:
        provider.claims = {"sub": "charlie", "auth_time": int(clock().timestamp())}

        assert told(await application.finish(self.STEP_UP)) == (400, "provider_refused")

    async def test_is_not_enough_where_there_is_a_second_factor(
        self,
        application: Application,
        provider: HostileProvider,
        dana: Person,
        clock: MovedClock,
    ) -> None:
        link = (await application.finish()).json()["linkToken"]
        await application.post(CONNECTIONS, {"linkToken": link})
        await add_app(dana, clock)
        application.signed_in_as(dana)
        provider.claims = {"auth_time": int(clock().timestamp())}

        answer = await application.finish(self.STEP_UP)

        assert told(answer) == (401, "second_factor_required")
