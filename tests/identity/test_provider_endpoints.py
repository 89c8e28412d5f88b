"""The endpoints for programs tell where they are, and refuse whoever does not prove itself."""

import httpx
import pytest
from authlib.oidc.discovery import OpenIDProviderMetadata
from authlib.oidc.rpinitiated import OpenIDProviderMetadata as LogoutMetadata
from tests.applications import HERE, Application, Browser
from tests.identity.apps import told
from tests.identity.at_endpoints import dana, page, reports

from firstmile.identity.client_registry import Clients
from firstmile.service import Service

__all__ = ["dana", "page", "reports"]


FORMS = ["/oauth/token", "/oauth/revoke", "/oauth/introspect"]

THERE = "https://app.example.com"


async def test_discovery_tells_what_the_standard_asks_for(client: httpx.AsyncClient) -> None:
    answer = await client.get("/.well-known/openid-configuration")

    found = answer.json()
    required = {
        "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "subject_types_supported",
        "response_types_supported", "id_token_signing_alg_values_supported",
    }  # fmt: skip
    assert required <= set(found)
    assert found["issuer"] == HERE
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["authorization_response_iss_parameter_supported"] is True
    assert found["request_uri_parameter_supported"] is False
    assert answer.headers["content-type"] == "application/json"


async def test_another_library_finds_the_discovery_in_order(client: httpx.AsyncClient) -> None:
    """But for RS256, which we do not sign with: `docs/how-to/openid-provider.md` says why."""
    found = (await client.get("/.well-known/openid-configuration")).json()
    found = {
        name: value.replace("http://localhost:8000", "https://here.example")
        if isinstance(value, str)
        else value
        for name, value in found.items()
    }
    signed = [*found["id_token_signing_alg_values_supported"], "RS256"]
    metadata = OpenIDProviderMetadata(found | {"id_token_signing_alg_values_supported": signed})

    metadata.validate(metadata_classes=[LogoutMetadata])


async def test_every_endpoint_of_the_discovery_is_there(client: httpx.AsyncClient) -> None:
    found = (await client.get("/.well-known/openid-configuration")).json()
    endpoints = {name: url for name, url in found.items() if name.endswith(("_endpoint", "_uri"))}

    statuses = {name: (await client.get(url)).status_code for name, url in endpoints.items()}

    assert len(endpoints) == 7
    assert 404 not in statuses.values()


@pytest.mark.asvs("10.4.10")
@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("named", ["nobody", "wrong secret", "no secret", "empty", "secret twice"])
async def test_an_application_that_does_not_prove_itself_is_refused(
    reports: Application, client: httpx.AsyncClient, path: str, named: str
) -> None:
    form: dict[str, str] = {"grant_type": "refresh_token", "refresh_token": "x", "token": "x"}
    auth: tuple[str, str] | None = None
    if named == "nobody":
        auth = ("0192f0c1-7a5e-7000-8000-000000000001", str(reports.secret))
    elif named == "wrong secret":
        auth = (reports.id, "wrong")
    elif named == "no secret":
        form["client_id"] = reports.id
    elif named == "secret twice":
        auth, form["client_secret"] = (reports.id, str(reports.secret)), str(reports.secret)

    answer = await client.post(path, data=form, auth=auth or httpx.USE_CLIENT_DEFAULT)

    if named == "secret twice":
        assert told(answer) == (400, "invalid_request")
    else:
        assert told(answer) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    "header", ["Basic", "Basic ", "Basic !!!", "Basic //79/Q==", "Bearer x", "Basic eA==", "x"]
)
async def test_a_header_that_names_nobody_is_refused(
    client: httpx.AsyncClient, header: str
) -> None:
    answer = await client.post(
        "/oauth/token", data={"grant_type": "x"}, headers={"authorization": header}
    )

    assert told(answer) == (401, "invalid_client")


async def test_a_secret_may_stand_in_the_form(dana: Browser, reports: Application) -> None:
    fields = {"client_id": reports.id, "client_secret": str(reports.secret)}
    code = await dana.code(reports)
    reports.secret = None

    answer = await reports.redeem(code, **fields)

    assert answer.status_code == 200


async def test_a_public_application_cannot_pretend_to_have_a_secret(page: Application) -> None:
    page.secret = "made up"

    assert told(await page.refresh("x")) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password", "username": "a", "password": "b"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
    ],
)
async def test_what_is_wrong_has_the_name_the_standard_gives_it(
    reports: Application, form: dict[str, str], error: str
) -> None:
    """RFC 6749, 5.2."""
    answer = await reports.post("/oauth/token", **form)

    assert told(answer) == (400, error)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"grant_type=a&grant_type=b", "application/x-www-form-urlencoded"),
        (b"grant_type=%ff", "application/x-www-form-urlencoded"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"&" * 3 + b"a=1&" * 60, "application/x-www-form-urlencoded"),
        (b'{"grant_type": "refresh_token"}', "application/json"),
        (b"grant_type=refresh_token", "text/plain"),
        (b"", ""),
    ],
)
@pytest.mark.parametrize("path", FORMS)
async def test_a_form_that_cannot_be_read_is_told_so(
    client: httpx.AsyncClient, path: str, body: bytes, kind: str
) -> None:
    answer = await client.post(path, content=body, headers={"content-type": kind} if kind else {})

    assert told(answer) == (400, "invalid_request")


async def test_a_cookie_opens_none_of_these_endpoints(dana: Browser) -> None:
    """They take forms from anywhere, so whoever lends a cookie lends nothing."""
    for path in FORMS:
        answer = await dana.http.post(path, data={"token": "x"})
        assert told(answer) == (401, "invalid_client")
    assert told(await dana.http.get("/oauth/userinfo")) == (401, "invalid_token")
    assert told(await dana.http.post("/oauth/userinfo", data={})) == (401, "invalid_token")


@pytest.mark.parametrize("path", ["/oauth/consent", "/oauth/logout/confirmed", "/sign-out"])
async def test_no_page_beside_them_is_open_to_others(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path, data={"decision": "allow"})

    assert told(answer) == (403, "csrf_failed")


async def test_the_pages_of_a_registered_application_may_read_the_answers(
    page: Application, client: httpx.AsyncClient
) -> None:
    asked = {"origin": THERE, "access-control-request-method": "POST"}
    before = await client.request("OPTIONS", "/oauth/token", headers=asked)
    after = await client.post(
        "/oauth/token",
        data={"grant_type": "refresh_token", "refresh_token": "x", "client_id": page.id},
        headers={"origin": THERE, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"},
    )

    assert before.status_code == 204
    assert before.headers["access-control-allow-origin"] == THERE
    assert "authorization" in before.headers["access-control-allow-headers"]
    assert told(after) == (400, "invalid_grant")
    assert after.headers["access-control-allow-origin"] == THERE
    assert "origin" in after.headers["vary"]
    assert "access-control-allow-credentials" not in after.headers
    for path in ("/.well-known/openid-configuration", "/.well-known/jwks.json"):
        known = await client.get(path, headers={"origin": THERE})
        assert known.headers["access-control-allow-origin"] == THERE


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://reports.example.com", "null", "*", "x" * 3000]
)
async def test_other_pages_may_not(
    page: Application, reports: Application, client: httpx.AsyncClient, origin: str
) -> None:
    """Those of an application with a secret have no reason to ask."""
    for path in ("/oauth/token", "/oauth/userinfo", "/oauth/revoke"):
        asked = {"origin": origin, "access-control-request-method": "POST"}
        answer = await client.request("OPTIONS", path, headers=asked)
        assert "access-control-allow-origin" not in answer.headers


async def test_a_closed_application_is_answered_no_more_and_its_tokens_open_nothing(
    dana: Browser, reports: Application, service: Service
) -> None:
    tokens = await dana.tokens(reports)
    code = await dana.code(reports)

    async with service.works.begin() as work:
        await service.parts.get(Clients).close(work, reports.client.id, staff_id=None)

    assert told(await reports.redeem(code)) == (401, "invalid_client")
    assert told(await reports.refresh(tokens["refresh_token"])) == (401, "invalid_client")
    assert told(await reports.userinfo(tokens["access_token"])) == (401, "invalid_token")
    assert (await dana.open(reports.asks())).status_code == 400
    async with service.works.begin() as work:
        await service.parts.get(Clients).open(work, reports.client.id, staff_id=None)
    assert (await reports.refresh(tokens["refresh_token"])).status_code == 200
