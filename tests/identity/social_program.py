"""A program that signs people in by another service, through the API."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from tests.cast import Cast, Person
from tests.conftest import settings_for
from tests.identity.hostile_provider import CLIENT, SECRET, HostileProvider, hostile_provider

from firstmile.identity.social_settings import OidcProvider
from firstmile.kernel.database import Connection
from firstmile.settings import Settings

BACK = "https://app.example.org/signed-in"
AUTH, CONNECTIONS = "/api/v1/auth", "/api/v1/account/connections"
SOCIAL = f"{AUTH}/social/acme"


@pytest.fixture
def provider() -> Iterator[HostileProvider]:
    """The other service, which signs whatever a test wants."""
    with hostile_provider() as provider:
        yield provider


@pytest.fixture
def settings(database_url: str, tmp_path: Path, provider: HostileProvider) -> Settings:
    """Acme is on offer, and the program has its address on the list."""
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
    """The program, as nobody yet."""
    return Application(client, provider)


@pytest.fixture
async def dana(application: Application, cast: Cast) -> Person:
    """Has an account with a password, and is signed in to it."""
    person = await cast.dana()
    application.signed_in_as(person)
    return person


async def connections(db: Connection) -> int:
    """How many accounts are connected, of anybody."""
    return int(await db.fetchval("SELECT count(*) FROM connected_accounts"))
