"""The address another service tells counts once its owner has shown it is theirs."""

import httpx
from tests.cast import Cast, Person
from tests.clock import MovedClock
from tests.identity.apps import told
from tests.identity.hostile_provider import HostileProvider
from tests.identity.racing import winners
from tests.identity.social_program import (
    AUTH,
    CONNECTIONS,
    Application,
    application,
    connections,
    dana,
    provider,
    settings,
)

from firstmile.kernel.asgi import App
from firstmile.kernel.database import Connection

__all__ = ["application", "dana", "provider", "settings"]


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
