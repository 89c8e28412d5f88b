"""Pages of other origins: the named ones may ask the API with a token, and nobody else may."""

from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import ValidationError
from tests.cast import PASSWORD, Cast
from tests.protect.test_headers import complaints_about

from firstmile.main import create_app
from firstmile.protect.settings import ProtectSettings
from firstmile.service import Service
from firstmile.settings import Settings

FRIEND, STRANGER = "https://app.example.com", "https://evil.example"
ALLOWED = "access-control-allow-origin"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"cors_origins": (FRIEND,)})


@pytest.fixture
async def elsewhere(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that shows a page of the friend."""
    transport = httpx.ASGITransport(app=create_app(service.settings, service))
    headers = {"origin": FRIEND, "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost:8000", headers=headers
    ) as client:
        yield client


def asking(method: str, *headers: str, origin: str = FRIEND) -> dict[str, str]:
    return {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": ", ".join(headers),
    }


@pytest.mark.parametrize("path", ["/api/v1/profile", "/ofrep/v1/evaluate/flags", "/api/v1/nowhere"])
async def test_a_preflight_is_answered_before_anybody_says_who_they_are(
    elsewhere: httpx.AsyncClient, path: str
) -> None:
    headers = asking("PATCH", "authorization", "content-type", "if-none-match", "x-api-key")

    answer = await elsewhere.options(path, headers=headers)

    said = answer.headers
    assert (answer.status_code, said[ALLOWED]) == (204, FRIEND)
    assert "PATCH" in said["access-control-allow-methods"]
    allowed = said["access-control-allow-headers"].split(", ")
    assert {"authorization", "content-type", "if-none-match", "x-api-key"} <= set(allowed)
    assert int(said["access-control-max-age"]) > 0
    assert "origin" in said["vary"]
    assert "access-control-allow-credentials" not in said
    assert complaints_about(answer) == []


@pytest.mark.parametrize("origin", [STRANGER, "null", "https://app.example.com.evil.example", ""])
async def test_a_stranger_is_allowed_nothing(client: httpx.AsyncClient, origin: str) -> None:
    answers = [
        await client.options("/api/v1/profile", headers=asking("PATCH", origin=origin)),
        await client.get("/api/v1/auth/me", headers={"origin": origin}),
        await client.post("/api/v1/auth/login", headers={"origin": origin}, json={}),
    ]

    for answer in answers:
        assert not any(name.startswith("access-control-") for name in answer.headers)
        assert "origin" in answer.headers["vary"]
    assert answers[-1].json()["error"] == "csrf_failed"


async def test_a_friend_reads_answers_and_refusals(
    elsewhere: httpx.AsyncClient, cast: Cast
) -> None:
    dana = await cast.dana()

    read = await elsewhere.get("/api/v1/onboarding", headers=dana.headers)
    tag = {"if-none-match": read.headers["etag"]}
    unchanged = await elsewhere.get("/api/v1/onboarding", headers={**dana.headers, **tag})
    refused = await elsewhere.get("/api/v1/auth/me")
    missing = await elsewhere.get("/api/v1/nowhere")
    too_large = await elsewhere.post("/api/v1/auth/login", content=b"x" * 70_000)

    answers = (read, unchanged, refused, missing, too_large)
    assert [answer.status_code for answer in answers] == [200, 304, 401, 404, 413]
    assert {answer.headers[ALLOWED] for answer in answers} == {FRIEND}
    readable = read.headers["access-control-expose-headers"]
    assert {"etag", "retry-after", "ratelimit", "x-correlation-id"} <= set(readable.split(", "))


async def test_a_friend_changes_with_a_token_and_never_with_a_cookie(
    elsewhere: httpx.AsyncClient, client: httpx.AsyncClient, cast: Cast
) -> None:
    dana = await cast.dana()
    await client.post(
        "/api/v1/auth/login", json={"email": "dana@example.org", "password": PASSWORD}
    )
    token = client.cookies["csrf-token"]
    elsewhere.cookies = client.cookies

    by_token = await elsewhere.patch("/api/v1/profile", json={}, headers=dana.headers)
    by_cookie = await elsewhere.patch("/api/v1/profile", json={}, headers={"x-csrf-token": token})
    at_home = await client.patch("/api/v1/profile", json={}, headers={"x-csrf-token": token})

    assert (by_token.status_code, at_home.status_code) == (200, 200)
    assert by_cookie.json()["error"] == "unauthenticated"


@pytest.mark.parametrize("path", ["/sign-in", "/home", "/", "/static/nowhere.css"])
async def test_pages_are_shared_with_nobody(elsewhere: httpx.AsyncClient, path: str) -> None:
    answers = [
        await elsewhere.get(path),
        await elsewhere.options(path, headers=asking("POST")),
        await elsewhere.post(path, data={"email": "x"}),
    ]

    assert not any(ALLOWED in answer.headers for answer in answers)
    assert answers[-1].status_code in (403, 405)


async def test_where_nobody_is_named_nothing_is_said_of_it(service: Service) -> None:
    settings = service.settings.model_copy(update={"cors_origins": ()})
    transport = httpx.ASGITransport(app=create_app(settings, Service(settings)))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        answer = await client.options("/api/v1/profile", headers=asking("PATCH"))

    assert not any(name.startswith("access-control-") for name in answer.headers)


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "https://*.example.com",
        "https://app.example.com/",
        "https://app.example.com/path",
        "https://App.example.com",
        "https://app.example.com:443",
        "http://app.example.com",
        "app.example.com",
        "null",
        "",
        "https://a@b.example",
        "https://app.example.com\n",
    ],
)
def test_what_is_no_single_origin_is_refused_at_the_start(origin: str) -> None:
    with pytest.raises(ValidationError):
        ProtectSettings(cors_origins=(origin,))


@pytest.mark.parametrize(
    "origin",
    ["https://app.example.com", "https://app.example.com:8443", "http://localhost:5173"],
)
def test_an_origin_is_taken_as_browsers_send_it(origin: str) -> None:
    assert ProtectSettings(cors_origins=(origin,)).cors_origins == (origin,)
