"""What an application is granted when somebody signs in to it."""

import base64
import hashlib

import httpx
import jwt
import pytest
from tests.applications import Application, Browser, registered
from tests.cast import Cast
from tests.identity.apps import told
from tests.identity.granting import SPENT, browser, dana, reports

from firstmile.identity.redirects import Kind
from firstmile.kernel.database import Connection
from firstmile.service import Service

__all__ = ["browser", "dana", "reports"]


async def test_a_code_becomes_tokens(dana: Browser, reports: Application, cast: Cast) -> None:
    answer = await reports.redeem(await dana.code(reports))

    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    assert body["scope"] == "openid profile email roles offline_access"
    assert set(body) >= {"access_token", "id_token", "refresh_token"}
    assert "set-cookie" not in answer.headers


async def test_an_id_token_says_who_and_how_and_to_whom(
    dana: Browser, reports: Application, cast: Cast
) -> None:
    user = await cast.user("Dana")
    tokens = await dana.tokens(reports)

    claims = await reports.claims(tokens["id_token"])

    assert jwt.get_unverified_header(tokens["id_token"])["typ"] == "JWT"
    assert (claims["sub"], claims["aud"]) == (str(user.id), reports.id)
    assert claims["nonce"] == "the-nonce"
    assert (claims["acr"], claims["amr"]) == ("aal1", ["pwd"])
    assert claims["auth_time"] <= claims["iat"] < claims["exp"]
    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).decode().rstrip("=")
    assert not {"email", "name", "roles"} & set(claims)


async def test_without_a_nonce_there_is_none(dana: Browser, reports: Application) -> None:
    tokens = await dana.tokens(reports, nonce=None)

    assert "nonce" not in await reports.claims(tokens["id_token"])


async def test_a_refresh_token_is_given_for_the_scope_alone(
    dana: Browser, reports: Application
) -> None:
    tokens = await dana.tokens(reports, scope="openid email")

    assert "refresh_token" not in tokens
    assert tokens["scope"] == "openid email"


async def test_nothing_in_the_tables_is_a_credential(
    dana: Browser, reports: Application, db: Connection
) -> None:
    code = await dana.code(reports)
    tokens = (await reports.redeem(code)).json()
    rows = [
        *await db.fetch("SELECT * FROM clients"),
        *await db.fetch("SELECT * FROM client_grants"),
    ]
    kept = " ".join(str(value) for row in rows for value in row.values())

    for secret in (code, reports.secret, tokens["refresh_token"], tokens["access_token"]):
        assert str(secret) not in kept
        mac = base64.urlsafe_b64decode(f"{secret}==")[20:].hex() if len(str(secret)) < 100 else ""
        assert not mac or mac not in kept


@pytest.mark.parametrize("kind", [Kind.BROWSER, Kind.NATIVE])
async def test_an_application_without_a_secret_is_known_by_name_and_verifier(
    dana: Browser, service: Service, client: httpx.AsyncClient, kind: Kind
) -> None:
    application = await registered(service, client, kind)

    tokens = await dana.tokens(application)

    assert (await application.refresh(tokens["refresh_token"])).status_code == 200


async def test_a_program_on_a_device_is_answered_at_the_port_it_has(
    dana: Browser, service: Service, client: httpx.AsyncClient
) -> None:
    program = await registered(service, client, Kind.NATIVE)
    there = "http://127.0.0.1:51004/callback"

    code = await dana.code(program, redirect_uri=there)

    assert told(await program.redeem(code)) == SPENT
    assert (await program.redeem(code, redirect_uri=there)).status_code == 200
