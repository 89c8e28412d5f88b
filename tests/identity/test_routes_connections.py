"""Connected accounts, made and taken away through the API."""

from tests.cast import Cast, Person
from tests.identity.apps import told
from tests.identity.hostile_provider import HostileProvider
from tests.identity.social_program import (
    CONNECTIONS,
    Application,
    application,
    connections,
    dana,
    provider,
    settings,
)

from firstmile.kernel.database import Connection

__all__ = ["application", "dana", "provider", "settings"]


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
