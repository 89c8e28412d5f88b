"""The security headers: on every answer of every route, whatever it says."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar.routes import HTTPRoute
from tests.cast import PASSWORD, Cast
from tests.running import Running

from firstmile.main import _routes, create_app
from firstmile.observe.health import Health
from firstmile.protect.csrf import FIELD
from firstmile.service import Service
from firstmile.settings import Settings
from firstmile.web.assets import STATIC

FIXED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
HTML = {"accept": "text/html"}
# Streams that visitors may open: their answers have no end, and are looked at as they begin.
ENDLESS = "/api/v1/embed/stream"
# What each part of a route's path is filled with; the steps named are those of the demo.
PLACES = {
    "{key:str}": "verify-email",
    "{path:str}": "openapi.json",
    "{path:path}": "billing",
    "{file_path:path}": "nothing.css",
    "{variant:str}": "small",
    "{passkey_id:str}": "bm9uZQ",
    "{provider:str}": "google",
}


def all_routes(service: Service) -> list[tuple[str, str]]:
    """Every method of every address of the application."""
    found = []
    for route in _routes(service).routes:
        path = route.path
        for place, value in PLACES.items():
            path = path.replace(f"/{place}", f"/{value}")
        path = re.sub(r"\{\w+:uuid\}", str(uuid4()), path)
        path = re.sub(r"\{\w+:\w+\}", "anything", path)
        methods = route.methods if isinstance(route, HTTPRoute) else {"GET"}
        found += [(method, path) for method in sorted(methods)]
    return found


def complaints_about(answer: httpx.Response) -> list[str]:
    """What is missing or wrong among the headers of an answer."""
    headers = answer.headers
    wrong = [f"{name} is {headers.get(name)}" for name in FIXED if headers.get(name) != FIXED[name]]
    policy = headers.get("content-security-policy", "")
    if "default-src 'none'" not in policy or "frame-ancestors 'none'" not in policy:
        wrong.append(f"policy is {policy!r}")
    if "unsafe-inline" in policy or "unsafe-eval" in policy or "*" in policy:
        wrong.append("the policy lets in what it must not")
    if "geolocation=()" not in headers.get("permissions-policy", ""):
        wrong.append("devices are not refused")
    if not headers.get("x-correlation-id") or not headers.get("cache-control"):
        wrong.append("no correlation id or no cache-control")
    once = {"content-security-policy", "cache-control", *FIXED}
    wrong += [f"{name} twice" for name in once if len(headers.get_list(name)) > 1]
    if headers.get("server") != "firstmile" or "x-powered-by" in headers:
        wrong.append("tells what it is made of")
    return wrong


def complaints_about_shape(answer: httpx.Response, path: str) -> list[str]:
    """What a refusal lacks of a problem document; OAuth and health have shapes of their own.

    So has OFREP: its protocol says `errorCode` and `errorDetails`, as JSON.
    """
    is_page = answer.headers.get("content-type", "").startswith("text/html")
    is_other = path.startswith(("/oauth/", "/readyz"))
    if answer.status_code < 400 or is_page or is_other or not answer.content:
        return []
    if path.startswith("/ofrep/"):
        is_told = {"errorCode", "errorDetails"} <= set(answer.json())
        return [] if is_told else [f"says {answer.json()}"]
    if answer.headers["content-type"] != "application/problem+json":
        return ["is no problem document"]
    said = answer.json()
    told = {"type", "status", "error", "message", "correlationId"}
    is_told = told <= set(said) and all(said[name] for name in told)
    return [] if is_told and said["status"] == answer.status_code else [f"says {said}"]


async def test_every_route_answers_with_every_header(
    service: Service, client: httpx.AsyncClient, cast: Cast
) -> None:
    routes = [route for route in all_routes(service) if route != ("GET", ENDLESS)]
    assert len(routes) > 40
    alice = await cast.alice()
    found = {}
    for method, path in routes:
        for who, headers in {"visitor": {}, "browser": HTML, "alice": alice.headers}.items():
            answer = await client.request(method, path, headers=headers)
            if wrong := complaints_about(answer) + complaints_about_shape(answer, path):
                found[f"{who}: {method} {path} {answer.status_code}"] = wrong

    assert found == {}


async def test_an_answer_without_an_end_begins_with_every_header(place: Running) -> None:
    async with (
        httpx.AsyncClient(base_url=place.base_url) as client,
        client.stream("GET", ENDLESS) as answer,
    ):
        assert answer.status_code == 200
        assert complaints_about(answer) == []


def _a_built_file() -> str:
    file = next(file for file in (STATIC / "assets").iterdir() if file.suffix == ".css")
    return f"/static/assets/{file.name}"


REFUSALS: list[tuple[int, str, str, dict[str, Any]]] = [
    (404, "GET", "/nowhere", {}),
    (404, "GET", "/api/v1/nowhere", {}),
    (404, "GET", "/static/nowhere.css", {}),
    (404, "GET", "/static/%2e%2e/%2e%2e/settings.py", {}),
    (405, "DELETE", "/api/v1/auth/login", {}),
    (400, "POST", "/api/v1/auth/login", {"content": b"{"}),
    (401, "GET", "/api/v1/auth/me", {}),
    (403, "POST", "/sign-in", {"data": {"email": "x"}}),
    (413, "POST", "/api/v1/auth/login", {"content": b"x" * 70_000}),
    (422, "POST", "/api/v1/auth/register", {"json": {}}),
    (400, "GET", "/api/v1/auth/me", {"headers": {"host": "a@b"}}),
    (400, "POST", "/api/v1/auth/login", {"content": b"[" * 40}),
    (400, "POST", "/api/v1/reports/csp", {"content": b"{}"}),
    (415, "POST", "/api/v1/auth/login", {"data": {"email": "x"}}),
    (503, "GET", "/readyz", {}),
    (200, "GET", "/.well-known/jwks.json", {}),
    (200, "GET", "/api/openapi.json", {}),
    (204, "OPTIONS", "/api/v1/auth/login", {}),
    (200, "GET", _a_built_file(), {}),
    (200, "HEAD", _a_built_file(), {}),
]


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
async def test_every_kind_of_answer_has_every_header(
    service: Service, client: httpx.AsyncClient, accept: str
) -> None:
    service.readiness.off()
    found = {}
    for status, method, path, given in REFUSALS:
        headers = {"accept": accept} | given.get("headers", {})
        answer = await client.request(method, path, **(given | {"headers": headers}))
        wrong = complaints_about(answer) + complaints_about_shape(answer, path)
        if answer.status_code != status or wrong:
            found[f"{method} {path}"] = (answer.status_code, wrong)

    assert found == {}


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
async def test_a_failure_has_every_header_and_shows_nothing_of_its_inside(
    service: Service, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    async def fail() -> None:
        raise RuntimeError("SELECT password_hash FROM users")

    service.readiness.on()
    monkeypatch.setattr(service.parts.get(Health), "report", fail)

    answer = await client.get("/readyz", headers={"accept": accept})

    assert answer.status_code == 500
    assert complaints_about(answer) == []
    for inside in ("SELECT", "password_hash", "RuntimeError", "Traceback", ".py"):
        assert inside not in answer.text


async def test_an_answer_without_a_body_has_every_header(cast: Cast) -> None:
    dana = await cast.dana()
    tag = (await dana.get("/api/v1/onboarding")).headers["etag"]

    answer = await dana.get("/api/v1/onboarding", headers={"if-none-match": tag})

    assert answer.status_code == 304
    assert complaints_about(answer) == []


async def test_each_page_has_a_nonce_of_its_own_on_every_script(client: httpx.AsyncClient) -> None:
    nonces = set()
    for _ in range(20):
        page = await client.get("/sign-in")
        nonce = page.headers["content-security-policy"].split("'nonce-")[1].split("'")[0]
        assert page.text.count("<script") == page.text.count(f'nonce="{nonce}"') > 0
        assert "style=" not in page.text
        nonces.add(nonce)

    assert len(nonces) == 20
    assert all(len(nonce) >= 22 for nonce in nonces)


async def test_what_is_private_is_not_kept_by_anybody(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    dana = await cast.dana()

    kept = {
        path: (await dana.get(path)).headers["cache-control"]
        for path in ("/api/v1/auth/me", "/api/v1/onboarding", "/home", "/profile", "/sign-in")
    }

    assert all("no-store" in said or "private" in said for said in kept.values()), kept


async def test_without_tls_nobody_is_told_to_insist_on_it(client: httpx.AsyncClient) -> None:
    assert "strict-transport-security" not in (await client.get("/")).headers


@pytest.fixture
async def over_tls(settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, Cast]]:
    """The service as people reach it in production: by https."""
    settings = settings.model_copy(update={"base_url": "https://app.example.org"})
    service = Service(settings)
    await service.open()
    transport = httpx.ASGITransport(app=create_app(settings, service))
    async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as client:
        yield client, Cast(service, client)
    await service.close()


async def test_over_tls_every_answer_insists_on_it(
    over_tls: tuple[httpx.AsyncClient, Cast],
) -> None:
    client, _ = over_tls
    for path in ("/", "/nowhere", "/api/v1/auth/me", "/api/health", "/.well-known/jwks.json"):
        said = (await client.get(path)).headers["strict-transport-security"]
        assert int(said.split("max-age=")[1].split(";")[0]) >= 31_536_000
        assert "includeSubDomains" in said


async def test_over_tls_the_cookies_belong_to_this_host_alone(
    over_tls: tuple[httpx.AsyncClient, Cast],
) -> None:
    client, cast = over_tls
    await cast.a_user("Dana").registered()
    token = (await client.get("/sign-in")).cookies["csrf-token"]
    form = {"email": "dana@example.org", "password": PASSWORD, FIELD: token}

    answer = await client.post("/sign-in", data=form)

    cookies = {c.split("=", 1)[0]: c.lower() for c in answer.headers.get_list("set-cookie")}
    assert answer.status_code == 303
    assert "__Host-session" in cookies
    for cookie in cookies.values():
        assert "; secure" in cookie
        assert "samesite=lax" in cookie
        assert "path=/" in cookie
        assert "domain=" not in cookie
    assert "httponly" in cookies["__Host-session"]
    assert "httponly" not in cookies["csrf-token"]
    assert (await client.get("/home")).status_code in (200, 303)
