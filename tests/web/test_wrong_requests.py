"""Requests of applications that are wrong, forged or strange: told, and never followed."""

from urllib.parse import quote

import httpx
import pytest
from tests.applications import (
    Application,
    Browser,
    action_of,
    gone_to,
    params_of,
    registered,
)
from tests.cast import Cast
from tests.web.test_consent import browser, dana, error_in, portal, reports

from firstmile.kernel.database import Connection
from firstmile.service import Service

__all__ = ["browser", "dana", "portal", "reports"]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"scope": "email"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"request": "x"}, "request_not_supported"),
        ({"request_uri": "https://x.example/"}, "request_uri_not_supported"),
        ({"response_mode": "fragment"}, "invalid_request"),
    ],
)
async def test_a_request_that_is_wrong_is_told_to_its_application(
    dana: Browser, portal: Application, changed: dict[str, str | None], error: str
) -> None:
    assert error_in(await dana.open(portal.asks(**changed))) == error


@pytest.mark.asvs("10.4.1")
@pytest.mark.parametrize(
    "uri",
    [
        None,
        "https://evil.example/",
        "https://reports.example.com/callback/",
        "https://reports.example.com/callback?x",
        "https://reports.example.com/callback#x",
        "https://reports.example.com@evil.example/callback",
        "https://reports.example.com.evil.example/callback",
        "//evil.example/callback",
        "javascript:alert(1)",
        "/home",
    ],
)
@pytest.mark.parametrize("error", [{}, {"response_type": "token"}, {"prompt": "none"}])
async def test_an_address_that_is_not_registered_is_never_gone_to(
    dana: Browser, portal: Application, uri: str | None, error: dict[str, str]
) -> None:
    answer = await dana.open(portal.asks(redirect_uri=uri, **error))

    assert answer.status_code == 400
    assert not {"location", "refresh"} & set(answer.headers)
    assert "evil.example" not in answer.text.split("<main")[1].split("</main>")[0]


@pytest.mark.parametrize(
    "client_id",
    ["", "x", "0192f0c1-7a5e-7000-8000-000000000001", "../../etc/passwd", "<script>", None],
)
async def test_an_application_nobody_knows_is_never_gone_to(
    dana: Browser, portal: Application, client_id: str | None
) -> None:
    answer = await dana.open(portal.asks(client_id=client_id))

    assert answer.status_code == 400
    assert "text/html" in answer.headers["content-type"]
    assert "location" not in answer.headers


async def test_an_application_has_one_spelling(dana: Browser, portal: Application) -> None:
    for spelled in (portal.id.upper(), f"{{{portal.id}}}", portal.id.replace("-", "")):
        assert (await dana.open(portal.asks(client_id=spelled))).status_code == 400


@pytest.mark.parametrize("name", ["redirect_uri", "client_id"])
async def test_a_second_address_is_never_gone_to(
    dana: Browser, portal: Application, name: str
) -> None:
    answer = await dana.open(f"{portal.asks()}&{name}={quote('https://evil.example/')}")

    assert answer.status_code == 400


@pytest.mark.parametrize("extra", ["&state=%ff", "&state=%00", "&x=" + "x" * 3000])
async def test_what_cannot_be_read_is_a_page_that_says_so(
    dana: Browser, portal: Application, extra: str
) -> None:
    answer = await dana.open(f"{portal.asks(state=None)}{extra}")

    assert answer.status_code == 400
    assert "cannot be read" in answer.text


EVIL = [
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    "</title><script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "\r\nset-cookie: x=1",
    "\u202e",
]


@pytest.mark.parametrize("state", EVIL)
async def test_a_state_comes_back_as_it_was_and_is_never_part_of_a_page(
    dana: Browser, reports: Application, state: str
) -> None:
    page = await dana.open(reports.asks(state=state))
    answer = await dana.allow(page)

    assert "<script>alert" not in page.text + answer.text
    assert "\r" not in answer.headers["refresh"]
    assert params_of(gone_to(answer))["state"] == state
    assert "set-cookie: x" not in str(answer.headers)


async def test_the_name_of_an_application_is_text(
    dana: Browser, service: Service, client: httpx.AsyncClient
) -> None:
    application = await registered(service, client, name='"><script>alert(1)</script>{{7*7}}')

    page = await dana.open(application.asks())
    last = await dana.allow(page)
    await application.redeem(params_of(gone_to(last))["code"])

    for text in (page.text, last.text):
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text
        assert "{{7*7}}" in text


@pytest.mark.asvs("10.7.1")
async def test_allowing_cannot_be_forged(
    dana: Browser, reports: Application, db: Connection
) -> None:
    page = await dana.open(reports.asks())
    target, token = action_of(page), dana.http.cookies["csrf-token"]
    form = {"decision": "allow"}

    forged = [
        await dana.http.post(target, data=form),
        await dana.http.post(target, data=form | {"csrf": "x"}),
        await dana.http.post(
            target, data=form | {"csrf": token}, headers={"sec-fetch-site": "cross-site"}
        ),
        await dana.http.post(
            target, data=form | {"csrf": token}, headers={"origin": "https://evil.example"}
        ),
        await dana.http.post(target, json=form, headers={"x-csrf-token": token}),
        await dana.http.get(f"{target}&decision=allow&csrf={quote(token)}"),
    ]

    assert {answer.status_code for answer in forged} <= {403, 405, 415}
    assert await db.fetchval("SELECT count(*) FROM client_consents") == 0


async def test_a_page_left_open_does_not_allow_for_who_signed_in_since(
    cast: Cast, dana: Browser, reports: Application, db: Connection
) -> None:
    page = await dana.open(reports.asks())
    token = dana.http.cookies["csrf-token"]
    await cast.a_user("Charlie").registered()
    await dana.sign_in("Charlie")

    answer = await dana.http.post(action_of(page), data={"decision": "allow", "csrf": token})

    assert answer.status_code == 403
    assert await db.fetchval("SELECT count(*) FROM client_consents") == 0
