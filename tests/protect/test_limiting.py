"""Limits as callers meet them: refusals, headers, and who is counted."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from tests.cast import PASSWORD, Cast
from tests.protect.sending import form, part

from firstmile.kernel.asgi import App
from firstmile.main import create_app
from firstmile.protect.limiting import Callers
from firstmile.service import Service
from firstmile.settings import Settings

LOGIN = "/api/v1/auth/login"
CODES = "/api/v1/auth/login/second-factor"
FORGOT = "/api/v1/auth/forgot-password"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A few, so that a test is short."""
    settings.limit_default = "8 per minute"
    settings.limit_sign_in = settings.limit_mail = settings.limit_sign_up = "5 per 15 minutes"
    settings.limit_doors = "7 per 15 minutes"
    settings.limit_codes = "2 per 15 minutes"
    settings.limit_steps = "3 per minute"
    settings.limit_uploads = "2 per hour"
    return settings


@asynccontextmanager
async def from_address(app: App, address: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(address, 4321))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield client


async def sign_in(client: httpx.AsyncClient, email: str) -> httpx.Response:
    return await client.post(LOGIN, json={"email": email, "password": "wrong horse 1 staple"})


def limited(service: Service, name: str) -> float:
    value = service.metrics.registry.get_sample_value("rate_limit_limited_total", {"limit": name})
    return value or 0


async def test_the_sixth_sign_in_of_a_quarter_of_an_hour_is_refused(
    client: httpx.AsyncClient, service: Service
) -> None:
    answers = [await sign_in(client, "dana@example.org") for _ in range(6)]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    refused = answers[5].json()
    assert (refused["error"], refused["limit"]) == ("rate_limited", "sign_in")
    assert refused["allowed"] == "5 per 15 minutes"
    assert 890 <= refused["retryAfter"] <= 900
    assert answers[5].headers["retry-after"] == str(refused["retryAfter"])
    assert limited(service, "sign_in") == 1


async def test_every_answer_tells_what_is_left(client: httpx.AsyncClient) -> None:
    first, second = await client.get("/"), await client.get("/api/v1/auth/me")

    assert first.headers["ratelimit-policy"] == '"default";q=8;w=60'
    assert re.fullmatch(r'"default";r=7;t=\d+', first.headers["ratelimit"])
    assert second.status_code == 401
    assert second.headers["ratelimit"].startswith('"default";r=6;')


async def test_of_several_limits_each_is_told(client: httpx.AsyncClient) -> None:
    answer = await sign_in(client, "dana@example.org")

    policies, left = (
        answer.headers[name].split(", ") for name in ("ratelimit-policy", "ratelimit")
    )
    assert policies == ['"sign_in";q=5;w=900', '"doors";q=7;w=900', '"default";q=8;w=60']
    assert [one.partition(";t")[0] for one in left] == [
        '"sign_in";r=4',
        '"doors";r=6',
        '"default";r=7',
    ]


async def test_retry_after_is_never_earlier_than_the_limit_says(client: httpx.AsyncClient) -> None:
    for _ in range(6):
        answer = await sign_in(client, "dana@example.org")

    waits = [int(one) for one in re.findall(r";t=(\d+)", answer.headers["ratelimit"])]
    assert int(answer.headers["retry-after"]) == waits[0]


async def test_a_form_and_the_api_are_one_door(client: httpx.AsyncClient) -> None:
    page = await client.get("/sign-in", headers={"accept": "text/html"})
    (csrf,) = set(re.findall(r'name="csrf" value="([^"]+)"', page.text))
    for _ in range(5):
        await sign_in(client, " Dana@Example.org")

    answer = await client.post(
        "/sign-in",
        data={"email": "dana@example.org", "password": PASSWORD, "csrf": csrf},
        headers={"accept": "text/html"},
    )

    assert answer.status_code == 429
    assert "That was a little fast" in answer.text
    assert "You can go on in 15 minutes." in answer.text
    assert int(answer.headers["retry-after"]) > 800
    assert '"sign_in";r=0' in answer.headers["ratelimit"]


async def test_another_address_has_its_own_limit_and_the_network_has_one_for_all(
    client: httpx.AsyncClient,
) -> None:
    for _ in range(5):
        await sign_in(client, "dana@example.org")

    statuses = [(await sign_in(client, f"{n}@example.org")).status_code for n in range(3)]

    assert statuses == [401, 401, 429]  # seven in all at the doors


async def test_another_network_is_another_caller(app: App) -> None:
    async with from_address(app, "2001:db8::1") as one, from_address(app, "2001:db8::2") as beside:
        for _ in range(5):
            await sign_in(one, "dana@example.org")
        assert (await sign_in(beside, "dana@example.org")).status_code == 429
    async with from_address(app, "2001:db8:0:1::1") as other:
        assert (await sign_in(other, "dana@example.org")).status_code == 401


async def test_a_known_and_an_unknown_address_are_limited_alike(
    client: httpx.AsyncClient, app: App, cast: Cast
) -> None:
    await cast.a_user("Dana").registered()
    told = []
    for n, email in enumerate(("dana@example.org", "nobody@example.org")):
        async with from_address(app, f"192.0.2.{n}") as browser:
            answers = [await browser.post(FORGOT, json={"email": email}) for _ in range(6)]
        told.append([(answer.status_code, answer.json().get("error")) for answer in answers])

    assert told[0] == told[1] == [(202, None)] * 5 + [(429, "rate_limited")]


async def test_what_was_refused_is_not_counted_elsewhere(client: httpx.AsyncClient) -> None:
    for _ in range(9):
        await client.get("/")

    answer = await client.get("/")
    assert answer.status_code == 429
    assert (await client.get("/livez")).status_code == 200


async def test_a_person_is_counted_wherever_they_are(app: App, cast: Cast) -> None:
    dana = await cast.a_user("Dana").signed_in()
    statuses = []
    for n in range(10):
        async with from_address(app, f"192.0.2.{n}") as elsewhere:
            answer = await elsewhere.get("/api/v1/auth/me", headers=dana.headers)
            statuses.append(answer.status_code)

    assert statuses == [200] * 8 + [429] * 2


async def test_two_people_behind_one_address_do_not_share(app: App, cast: Cast) -> None:
    dana, charlie = await cast.a_user("Dana").signed_in(), await cast.a_user("Charlie").signed_in()
    async with from_address(app, "198.51.100.1") as office:
        for _ in range(8):
            await office.get("/api/v1/auth/me", headers=dana.headers)
        refused = await office.get("/api/v1/auth/me", headers=dana.headers)
        other = await office.get("/api/v1/auth/me", headers=charlie.headers)

    assert (refused.status_code, other.status_code) == (429, 200)


async def test_steps_have_a_limit_of_their_own(app: App, cast: Cast) -> None:
    dana = await cast.a_user("Dana").signed_in()

    answers = [await dana.settle("complete-profile", "in_progress", n) for n in range(4)]

    assert answers[3].status_code == 429
    assert answers[3].json()["limit"] == "steps"
    assert (await dana.get("/api/v1/onboarding")).status_code == 200


async def test_the_third_file_of_an_hour_is_refused_before_it_is_read(cast: Cast) -> None:
    dana = await cast.a_user("Dana").signed_in()
    content = form(part("file", b"no picture", "dana.png"))
    kind = re.search(rb"--(----\w+)", content)
    assert kind is not None
    headers = dana.headers | {"content-type": f"multipart/form-data; boundary={kind[1].decode()}"}

    answers = [
        await dana.client.put("/api/v1/profile/avatar", content=content, headers=headers)
        for _ in range(3)
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 429]


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/api/health", "/metrics"])
async def test_what_must_work_in_an_incident_has_no_limit(
    client: httpx.AsyncClient, path: str
) -> None:
    answers = [await client.get(path) for _ in range(10)]

    assert {answer.status_code for answer in answers} == {200}
    assert "ratelimit" not in answers[0].headers


async def test_an_address_that_cannot_be_believed_is_not(service: Service, app: App) -> None:
    """With no proxy of ours, X-Forwarded-For is what anybody may write."""
    statuses = []
    async with from_address(app, "192.0.2.1") as client:
        for n in range(9):
            answer = await client.get("/", headers={"x-forwarded-for": f"203.0.113.{n}"})
            statuses.append(answer.status_code)

    assert statuses[-1] == 429


async def test_behind_a_proxy_the_client_it_saw_is_counted(settings: Settings) -> None:
    settings.trusted_proxies = 1
    service = Service(settings)
    await service.open()
    try:
        async with from_address(create_app(settings, service), "10.0.0.1") as proxy:
            for _ in range(8):
                await proxy.get("/", headers={"x-forwarded-for": "6.6.6.6, 203.0.113.1"})
            same = await proxy.get("/", headers={"x-forwarded-for": "7.7.7.7, 203.0.113.1"})
            other = await proxy.get("/", headers={"x-forwarded-for": "203.0.113.1, 203.0.113.2"})
    finally:
        await service.close()

    assert (same.status_code, other.status_code) == (429, 200)


async def test_a_limit_that_is_only_watched_refuses_nobody_and_is_counted(
    settings: Settings,
) -> None:
    settings.limits_watched = ("default",)
    service = Service(settings)
    await service.open()
    try:
        async with from_address(create_app(settings, service), "192.0.2.1") as client:
            answers = [await client.get("/") for _ in range(10)]
    finally:
        await service.close()

    assert {answer.status_code for answer in answers} == {200}
    assert "ratelimit" not in answers[-1].headers
    count = service.metrics.registry.get_sample_value
    assert count("rate_limit_watched_total", {"limit": "default"}) == 2
    assert count("rate_limit_limited_total", {"limit": "default"}) == 0


async def test_what_a_route_declares_is_worked_out_once(
    client: httpx.AsyncClient, service: Service
) -> None:
    await client.get("/")
    known = len(service.parts.get(Callers)._plans)

    for _ in range(5):
        await client.get("/")

    assert len(service.parts.get(Callers)._plans) == known


async def test_nearly_used_up_is_told_to_operators(
    client: httpx.AsyncClient, service: Service
) -> None:
    for _ in range(8):
        await client.get("/")

    near = service.metrics.registry.get_sample_value("rate_limit_near_total", {"limit": "default"})
    assert near == 2  # the seventh and the eighth of eight


async def test_no_address_of_a_person_is_kept(client: httpx.AsyncClient, service: Service) -> None:
    await sign_in(client, "dana@example.org")

    kept = str(service.limiter._local._kept)
    assert "sign_in" in kept
    assert "dana" not in kept
