"""An application asks about its own tokens, and ends them."""

from typing import Any

import httpx
import pytest
from tests.applications import Application, Browser, registered
from tests.cast import Cast
from tests.identity.apps import told
from tests.identity.at_endpoints import dana, page, reports

from firstmile.service import Service

__all__ = ["dana", "page", "reports"]


async def test_introspection_tells_an_application_of_its_own_tokens(
    dana: Browser, reports: Application, cast: Cast
) -> None:
    user = await cast.user("Dana")
    tokens = await dana.tokens(reports)

    access = (await reports.post("/oauth/introspect", token=tokens["access_token"])).json()
    refresh = (await reports.post("/oauth/introspect", token=tokens["refresh_token"])).json()

    assert access["active"] is refresh["active"] is True
    assert access["sub"] == refresh["sub"] == str(user.id)
    assert access["client_id"] == reports.id
    assert access["scope"] == tokens["scope"]


async def test_introspection_tells_nothing_of_any_other(
    dana: Browser,
    reports: Application,
    page: Application,
    service: Service,
    client: httpx.AsyncClient,
) -> None:
    other = await registered(service, client, name="Other")
    tokens = await dana.tokens(reports)
    await reports.refresh(tokens["refresh_token"])
    nothing: dict[str, Any] = {"active": False}

    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert (await other.post("/oauth/introspect", token=token)).json() == nothing
    for token in ("x", tokens["id_token"], tokens["refresh_token"]):
        assert (await reports.post("/oauth/introspect", token=token)).json() == nothing
    answer = await page.post("/oauth/introspect", token=tokens["access_token"])
    assert told(answer) == (401, "invalid_client")


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
async def test_an_application_can_end_its_sign_in(
    dana: Browser, reports: Application, which: str
) -> None:
    tokens = await dana.tokens(reports)

    answer = await reports.post("/oauth/revoke", token=tokens[which], token_type_hint=which)

    assert answer.status_code == 200
    assert told(await reports.userinfo(tokens["access_token"])) == (401, "invalid_token")
    assert told(await reports.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    again = await reports.post("/oauth/revoke", token=tokens[which])
    assert (await reports.post("/oauth/revoke", token="x")).status_code == again.status_code == 200
