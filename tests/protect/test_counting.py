"""What is counted once and as one, however it is spelled, sent or repeated."""

from typing import Any

import asyncpg
import httpx
import pytest
from tests.cast import Cast
from tests.protect.test_limiting import CODES, LOGIN, from_address, settings, sign_in

from firstmile.identity.authenticate import Authenticator
from firstmile.kernel.asgi import BODY, App
from firstmile.kernel.visit import PARTS
from firstmile.protect.limiting import VERDICT, count_holder
from firstmile.protect.named import named_in
from firstmile.service import Service

__all__ = ["settings"]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"email": 7}', b"\xff\xfe", b'{"email": "' + b"x" * 900 + b'"}']
)
async def test_what_cannot_be_read_is_counted_all_the_same(
    client: httpx.AsyncClient, body: bytes
) -> None:
    headers = {"content-type": "application/json"}
    statuses = [
        (await client.post(LOGIN, content=body, headers=headers)).status_code for _ in range(6)
    ]

    assert statuses[5] == 429
    assert 500 not in statuses


@pytest.mark.parametrize(
    "email",
    ["Zoé@Example.org", "zoe\u0301@example.org", "\uff3aoé@example.org"],
)
async def test_every_spelling_of_an_address_is_counted_as_one(
    client: httpx.AsyncClient, email: str
) -> None:
    for _ in range(5):
        await sign_in(client, "zoé@example.org")

    assert (await sign_in(client, email)).status_code == 429


async def test_codes_of_one_sign_in_are_counted_whatever_stands_beside_its_token(
    client: httpx.AsyncClient,
) -> None:
    beside: list[dict[str, object]] = [{"token": "a"}, {"token": 7}, {"email": "x"}]
    answers = [
        await client.post(CODES, json={"signInToken": "abcd" + end, "code": "123456", **more})
        for end, more in zip(("", "!", "=="), beside, strict=True)
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert answers[2].json()["limit"] == "codes"


async def test_a_cookie_more_is_not_another_sign_in(client: httpx.AsyncClient) -> None:
    statuses = []
    for n in range(3):
        cookies = {"cookie": f"junk{n}={n}; sign-in=abcd"}
        answer = await client.post(CODES, json={"code": "123456"}, headers=cookies)
        statuses.append(answer.status_code)

    assert statuses == [401, 401, 429]


async def test_a_request_that_runs_again_is_counted_once(
    app: App, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    dana = await cast.a_user("Dana").signed_in()
    left = [asyncpg.DeadlockDetectedError(), asyncpg.DeadlockDetectedError()]

    async def sometimes(*_: object) -> None:
        if left:
            raise left.pop()

    monkeypatch.setattr("firstmile.main.only_look", sometimes)
    answer = await dana.settle("complete-profile", "in_progress", 0)

    assert left == []
    assert answer.headers["ratelimit"].startswith('"steps";r=2;')


async def test_who_holds_a_key_is_counted_once_however_often_a_request_runs(
    service: Service,
) -> None:
    scope: dict[str, Any] = {"headers": [], "client": ("192.0.2.1", 1), PARTS: service.parts}
    await count_holder(scope, "flags", "a key")
    await count_holder(scope, "flags", "a key")

    assert [look.used for look in scope[VERDICT].looks] == [1]


async def test_a_form_in_odd_letters_is_read_as_one(client: httpx.AsyncClient) -> None:
    """Its brackets mean nothing, and they are not looked at as JSON."""
    answer = await client.post(
        "/sign-in",
        content=b"[" * 60_000,
        headers={"content-type": "Application/X-WWW-Form-Urlencoded; charset=utf-8"},
    )

    assert answer.status_code == 403  # no token of ours


async def test_the_api_is_told_of_depth_whatever_a_body_calls_itself(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post(
        "/api/v1/auth/login",
        content=b"[" * 60_000,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )

    assert (answer.status_code, answer.json()["error"]) == (400, "body_too_deep")


async def test_cookies_that_open_nothing_are_soon_no_longer_looked_up(
    app: App, cast: Cast, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    dana = await cast.a_user("Dana").signed_in()
    queries = []
    holder = service.parts.get(Authenticator)._holder

    async def counted(*args: Any, **found_by: Any) -> Any:
        queries.append(1)
        return await holder(*args, **found_by)

    monkeypatch.setattr(service.parts.get(Authenticator), "_holder", counted)
    async with from_address(app, "192.0.2.1") as client:
        me = [("/api/v1/auth/me", n) for n in range(6)]
        incident = [("/api/v1/admin/kill-switch", n) for n in range(6, 12)]
        statuses = [
            (await client.get(path, headers={"cookie": f"session=junk{n}"})).status_code
            for path, n in me + incident
        ]
        page = await client.get("/home", headers={"cookie": "session=junk", "accept": "text/html"})
        friend = await client.get("/api/v1/auth/me", headers=dana.headers)

    assert statuses == [401] * 8 + [429] * 4
    assert page.status_code == 429
    assert friend.status_code == 200
    assert len(queries) == 8 + 1


def test_json_without_end_names_nothing() -> None:
    """Where no limit of depth stood before: a decoder's stack is no reason to fail."""
    assert named_in({"headers": [], BODY: b'{"email":' * 100_000}, "email") == ""
