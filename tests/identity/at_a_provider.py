"""Dana's browser, on a site that takes people from a certified provider which really runs."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from tests.cast import PASSWORD, Cast
from tests.conftest import settings_for
from tests.identity.real_provider import CLIENT, SECRET
from tests.identity.travelling import Traveller

from firstmile.identity.social_settings import OidcProvider
from firstmile.kernel.asgi import App
from firstmile.kernel.database import Connection
from firstmile.settings import Settings

WELCOME = "Welcome to Firstmile"


@pytest.fixture
def settings(database_url: str, tmp_path: Path, issuer: str) -> Settings:
    """The provider is on offer, and its word for an address counts."""
    acme = OidcProvider(
        key="acme",
        name="Acme",
        issuer=issuer,
        client_id=CLIENT,
        client_secret=SecretStr(SECRET),
        trusts_email=True,
    )
    return settings_for(database_url, tmp_path, oidc_providers=(acme,))


@pytest.fixture
def dana(client: httpx.AsyncClient) -> Traveller:
    """Dana's browser, signed in nowhere yet."""
    return Traveller(client)


@pytest.fixture
async def elsewhere(app: App) -> AsyncIterator[Traveller]:
    """Another browser."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield Traveller(client)


async def connections(db: Connection) -> list[tuple[str, str]]:
    """The address of each connected account, and who that is at the provider."""
    rows = await db.fetch(
        "SELECT email, subject FROM connected_accounts JOIN users ON users.id = user_id"
    )
    return [tuple(row) for row in rows]


async def subjects(cast: Cast, to: str = "dana@example.org") -> list[str]:
    """What was written to an address, the oldest first."""
    return [str(mail["Subject"]) for mail in reversed(await cast.mails(to))]


async def sign_in(traveller: Traveller, password: str = PASSWORD) -> httpx.Response:
    """Sign in with a password, on the way to the profile."""
    fields = {"email": "dana@example.org", "password": password, "next": "/profile"}
    return await traveller.post("/sign-in", **fields)
