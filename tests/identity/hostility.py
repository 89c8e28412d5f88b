"""A good provider, an evil one, and the application that knows both."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from tests.conftest import settings_for
from tests.identity.hostile_provider import (
    CLIENT,
    SECRET,
    HostileProvider,
    hostile_provider,
)
from tests.identity.travelling import Traveller

from firstmile.identity.social_settings import OidcProvider
from firstmile.kernel.database import Connection
from firstmile.settings import Settings


@pytest.fixture
def good() -> Iterator[HostileProvider]:
    with hostile_provider() as provider:
        yield provider


@pytest.fixture
def evil() -> Iterator[HostileProvider]:
    with hostile_provider() as provider:
        yield provider


@pytest.fixture
def settings(
    database_url: str, tmp_path: Path, good: HostileProvider, evil: HostileProvider
) -> Settings:
    """A good one, an evil one, and one that returns people by a form as Apple does."""

    def provider(key: str, issuer: str, **more: Any) -> OidcProvider:
        return OidcProvider(
            key=key,
            name=key.title(),
            issuer=issuer,
            client_id=CLIENT,
            client_secret=SecretStr(SECRET),
            **more,
        )

    three = (
        provider("good", good.issuer, trusts_email=True),
        provider("evil", evil.issuer),
        provider("posting", good.issuer, trusts_email=True, returns_by_form=True),
    )
    return settings_for(database_url, tmp_path, oidc_providers=three)


@pytest.fixture
def victim(client: httpx.AsyncClient) -> Traveller:
    return Traveller(client, "good")


async def people(db: Connection) -> list[tuple[str, bool]]:
    rows = await db.fetch("SELECT email, email_verified_at IS NOT NULL FROM users ORDER BY email")
    return [tuple(row) for row in rows]


async def connected(db: Connection) -> int:
    return int(await db.fetchval("SELECT count(*) FROM connected_accounts"))
