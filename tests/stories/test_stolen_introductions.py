"""Who steals the database learns nothing of anybody's way to another service and back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from tests.cast import Cast
from tests.conftest import settings_for
from tests.identity.hostile_provider import (
    CLIENT,
    SECRET,
    Handler,
    HostileProvider,
    hostile_provider,
)
from tests.stories.loot import Loot

from firstmile.identity.social_settings import OidcProvider
from firstmile.outside.postgres import EmbeddedPostgres
from firstmile.settings import Settings

BACK = "https://app.example.org/signed-in"
AUTH = "/api/v1/auth/social"


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
    )
    return settings_for(
        database_url, tmp_path, oidc_providers=(acme,), social_redirect_uris=(BACK,)
    )


async def test_a_stolen_database_holds_nothing_of_the_way(
    cluster: EmbeddedPostgres,
    database_url: str,
    client: httpx.AsyncClient,
    cast: Cast,
    provider: HostileProvider,
) -> None:
    loot = Loot(cluster, database_url)
    loot.note("secret of the client", SECRET)

    def redeem(handler: Handler) -> None:
        loot.note("verifier", handler.form["code_verifier"])
        loot.note("code", handler.form["code"])
        tokens = {**provider.redeem(handler.form), "access_token": "token-of-the-provider"}
        loot.note("ID token", tokens["id_token"])
        loot.note("access token of the provider", tokens["access_token"])
        handler.say(tokens)

    provider.answering["/token"] = redeem
    started = await _post(client, "/acme/start", {"redirectUri": BACK})
    returned = dict(httpx.URL(provider.visit(started["authorizationUrl"])).params)
    loot.note("state token", started["stateToken"])
    for name in ("state", "nonce", "code_challenge"):
        loot.note(name, dict(httpx.URL(started["authorizationUrl"]).params)[name])
    wanted = await _post(client, "/acme/finish", {"stateToken": started["stateToken"], **returned})
    loot.note("link token", wanted["linkToken"])
    loot.dump("while the introduction waits")
    token = await cast.token_for("dana@example.org")
    loot.note("token of the mail", token)
    body = {"linkToken": wanted["linkToken"], "token": token}
    tokens = await _post(client, "/verify", body)
    loot.note("access token", tokens["accessToken"])
    loot.note("refresh token", tokens["refreshToken"])
    loot.dump("at the end")

    assert "dana@example.org" not in loot.dumps["while the introduction waits"]
    assert "connected_accounts" in loot.dumps["at the end"]
    assert len(loot.values) == 13
    assert loot.found() == []


async def _post(client: httpx.AsyncClient, path: str, body: Any) -> dict[str, Any]:
    answer = await client.post(f"{AUTH}{path}", json=body)
    client.cookies.clear()
    assert answer.status_code < 300, answer.text
    told: dict[str, Any] = answer.json()
    return told
