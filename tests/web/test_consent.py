"""The way from an application to its answer, and all the ways it must not go."""

from collections.abc import AsyncIterator
from urllib.parse import quote, urlencode

import httpx
import pytest
from tests.applications import (
    CALLBACK,
    HERE,
    Application,
    Browser,
    action_of,
    gone_to,
    params_of,
    registered,
)
from tests.cast import PASSWORD, Cast

from firstmile.identity.clients import USUAL_SCOPES
from firstmile.kernel.asgi import App
from firstmile.kernel.database import Connection
from firstmile.service import Service


@pytest.fixture
async def browser(app: App) -> AsyncIterator[Browser]:
    """A browser with nobody's cookies."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as http:
        yield Browser(http)


@pytest.fixture
async def dana(cast: Cast, browser: Browser) -> Browser:
    """Dana's browser, signed in; she has a project."""
    await cast.a_user("Dana").owning("Acme").signed_in()
    await browser.sign_in("Dana")
    return browser


@pytest.fixture
async def reports(service: Service, client: httpx.AsyncClient) -> Application:
    """An application of somebody else's."""
    return await registered(service, client)


@pytest.fixture
async def portal(service: Service, client: httpx.AsyncClient) -> Application:
    """An application of our own."""
    return await registered(service, client, name="Portal", is_first_party=True)


def error_in(answer: httpx.Response) -> str:
    """The error an application is sent; it comes with the state and who says it."""
    given = params_of(gone_to(answer))
    assert gone_to(answer).startswith(f"{CALLBACK}?")
    assert (given["state"], given["iss"]) == ("the-state", HERE)
    assert "code" not in given
    return given["error"]


async def test_who_is_not_signed_in_signs_in_and_comes_back(
    cast: Cast, browser: Browser, portal: Application
) -> None:
    await cast.a_user("Dana").registered()

    first = await browser.open(portal.asks(login_hint="dana@example.org", ui_locales="fr-CA en"))
    form = await browser.open(first.headers["location"])
    wanted = params_of(first.headers["location"])["next"]
    signed_in = await browser.send(
        "/sign-in", email="dana@example.org", password=PASSWORD, next=wanted
    )
    last = await browser.open(signed_in.headers["location"])

    assert first.headers["location"].startswith("/sign-in?")
    assert 'value="dana@example.org"' in form.text
    assert '<html lang="fr">' in form.text
    given = params_of(gone_to(last))
    assert (given["state"], given["iss"]) == ("the-state", HERE)
    assert (await portal.redeem(given["code"])).status_code == 200


async def test_behind_a_form_the_way_on_is_a_page_that_goes_by_itself(
    dana: Browser, portal: Application
) -> None:
    """A redirect would be held against the `form-action` of the page with the form."""
    asked = portal.asks().partition("?")[2]

    answer = await dana.open(f"/oauth/resume?asked=1&{asked}")

    assert answer.status_code == 200
    assert answer.headers["refresh"].startswith(f"0; url={CALLBACK}?code=")
    assert f'href="{CALLBACK}?code=' in answer.text


@pytest.mark.asvs("10.7.2")
async def test_the_page_shows_what_the_application_will_know(
    dana: Browser, reports: Application
) -> None:
    page = await dana.open(reports.asks())

    assert page.status_code == 200
    for shown in ("Reports", "reports.example.com", "Dana Example", "dana@example.org", "Acme",
                  "90 days", "Use another account"):  # fmt: skip
        assert shown in page.text
    assert page.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"


async def test_the_page_shows_nothing_that_was_not_asked_for(
    dana: Browser, reports: Application
) -> None:
    page = await dana.open(reports.asks(scope="openid"))

    assert "nothing else about you" in page.text
    assert "Acme" not in page.text


@pytest.mark.asvs("10.7.1")
async def test_nothing_is_told_before_it_is_allowed_and_then_it_is_remembered(
    dana: Browser, reports: Application, db: Connection
) -> None:
    page = await dana.open(reports.asks())
    assert await db.fetchval("SELECT count(*) FROM client_grants") == 0

    allowed = await dana.allow(page)
    again = await dana.open(reports.asks())

    assert "code" in params_of(gone_to(allowed))
    assert "code" in params_of(gone_to(again))
    assert again.status_code == 303


async def test_more_than_was_allowed_is_asked_for_again(
    dana: Browser, reports: Application
) -> None:
    await dana.allow(await dana.open(reports.asks(scope="openid email")))

    assert (await dana.open(reports.asks(scope="openid"))).status_code == 303
    assert (await dana.open(reports.asks(scope="openid email profile"))).status_code == 200


async def test_what_one_person_allowed_is_not_what_another_does(
    cast: Cast, dana: Browser, reports: Application
) -> None:
    await dana.allow(await dana.open(reports.asks()))
    await cast.a_user("Charlie").registered()

    await dana.sign_in("Charlie")

    assert (await dana.open(reports.asks())).status_code == 200


@pytest.mark.parametrize("decision", ["deny", "", "ALLOW", "allow "])
async def test_whoever_does_not_allow_it_tells_nothing(
    dana: Browser, reports: Application, db: Connection, decision: str
) -> None:
    page = await dana.open(reports.asks())

    answer = await dana.allow(page, decision)

    assert error_in(answer) == "access_denied"
    assert await db.fetchval("SELECT count(*) FROM client_consents") == 0


async def test_an_application_of_our_own_is_not_asked_about(
    dana: Browser, portal: Application
) -> None:
    assert "code" in params_of(gone_to(await dana.open(portal.asks())))


@pytest.mark.asvs("10.7.1")
async def test_nobody_is_disturbed_when_the_application_wants_it_so(
    cast: Cast, browser: Browser, reports: Application
) -> None:
    await cast.a_user("Dana").registered()
    silent = reports.asks(prompt="none")

    assert error_in(await browser.open(silent)) == "login_required"
    await browser.sign_in("Dana")
    assert error_in(await browser.open(silent)) == "consent_required"
    await browser.allow(await browser.open(reports.asks()))
    assert "code" in params_of(gone_to(await browser.open(silent)))


async def test_silence_does_not_allow_anything(
    dana: Browser, reports: Application, db: Connection
) -> None:
    """Nor when it is posted to where one allows."""
    answer = await dana.send(
        f"/oauth/consent?{reports.asks(prompt='none').partition('?')[2]}", decision="allow"
    )

    assert error_in(answer) == "consent_required"
    assert await db.fetchval("SELECT count(*) FROM client_grants") == 0


@pytest.mark.parametrize("changed", [{"prompt": "login"}, {"max_age": "0"}])
async def test_a_new_proof_is_asked_for_and_then_enough(
    dana: Browser, portal: Application, changed: dict[str, str]
) -> None:
    first = await dana.open(portal.asks(**changed))
    wanted = params_of(first.headers["location"])["next"]
    page = await dana.open(first.headers["location"])
    confirmed = await dana.send("/confirm", next=wanted, password=PASSWORD)
    last = await dana.open(confirmed.headers["location"])

    assert first.headers["location"].startswith("/confirm?")
    assert page.status_code == 200, page.headers
    tokens = (await portal.redeem(params_of(gone_to(last))["code"])).json()
    claims = await portal.claims(tokens["id_token"])
    assert claims["iat"] - claims["auth_time"] < 60


async def test_a_hint_at_somebody_else_lets_them_sign_in(
    cast: Cast, dana: Browser, portal: Application
) -> None:
    hint = (await dana.tokens(portal))["id_token"]
    assert "code" in params_of(gone_to(await dana.open(portal.asks(id_token_hint=hint))))
    await cast.a_user("Charlie").registered()
    await dana.sign_in("Charlie")

    aloud = await dana.open(portal.asks(id_token_hint=hint))
    silent = await dana.open(portal.asks(id_token_hint=hint, prompt="none"))

    assert aloud.headers["location"].startswith("/sign-in?")
    assert error_in(silent) == "login_required"
    assert error_in(await dana.open(portal.asks(id_token_hint="x.y.z", prompt="none"))) == (
        "login_required"
    )


async def test_nobody_signs_in_in_the_place_of_another(
    cast: Cast, client: httpx.AsyncClient, portal: Application, db: Connection
) -> None:
    sam, dana = await cast.sam(), await cast.dana()
    body = {"reason": "Ticket 4711: it does not load"}
    seat = (await sam.post(f"/api/v1/admin/users/{dana.id}/impersonate", body)).json()
    client.cookies.clear()

    headers = {"authorization": f"Bearer {seat['accessToken']}"}
    answer = await client.get(portal.asks(), headers=headers)

    assert error_in(answer) == "login_required"
    assert await db.fetchval("SELECT count(*) FROM client_grants") == 0


async def test_a_request_may_come_by_a_form_from_elsewhere(
    dana: Browser, portal: Application
) -> None:
    fields = params_of(portal.asks())
    headers = {"origin": "https://reports.example.com", "sec-fetch-site": "cross-site"}

    answer = await dana.http.post("/oauth/authorize", data=fields, headers=headers)
    last = await dana.open(answer.headers["location"])

    assert answer.status_code == 303
    assert "code" in params_of(gone_to(last))


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


async def test_an_answer_says_who_gives_it(dana: Browser, portal: Application) -> None:
    """So that an application with several providers cannot be led to mix them up (RFC 9207)."""
    for changed in ({}, {"scope": "email"}):
        assert params_of(gone_to(await dana.open(portal.asks(**changed))))["iss"] == HERE


async def test_a_code_given_in_one_session_shows_nothing_of_it(
    dana: Browser, portal: Application, db: Connection
) -> None:
    tokens = await dana.tokens(portal)
    session_ids = [str(row["id"]) for row in await db.fetch("SELECT id FROM sessions")]

    claims = await portal.claims(tokens["id_token"])

    assert claims["sid"] not in session_ids


@pytest.mark.asvs("10.4.9", "10.7.3")
async def test_a_person_sees_the_applications_and_takes_back_what_they_allowed(
    dana: Browser, reports: Application, portal: Application
) -> None:
    tokens, own = await dana.tokens(reports), await dana.tokens(portal)
    csrf = {"x-csrf-token": dana.http.cookies["csrf-token"]}

    before = (await dana.http.get("/api/v1/account/applications")).json()["items"]
    gone = await dana.http.delete(f"/api/v1/account/applications/{reports.id}", headers=csrf)
    after = (await dana.http.get("/api/v1/account/applications")).json()["items"]

    assert [one["name"] for one in before] == ["Portal", "Reports"]
    assert set(before[1]["scopes"]) == set(USUAL_SCOPES)
    assert gone.status_code == 204
    assert [one["name"] for one in after] == ["Portal"]
    assert (await reports.userinfo(tokens["access_token"])).status_code == 401
    assert (await reports.refresh(tokens["refresh_token"])).status_code == 400
    assert (await portal.userinfo(own["access_token"])).status_code == 200
    assert (await dana.open(reports.asks())).status_code == 200
    again = await dana.http.delete(f"/api/v1/account/applications/{reports.id}", headers=csrf)
    assert again.status_code == 404


@pytest.mark.asvs("10.7.3")
async def test_the_page_of_connections_lists_them_with_a_way_out(
    dana: Browser, reports: Application
) -> None:
    await dana.tokens(reports)

    before = await dana.open("/account/connections")
    removed = await dana.send(f"/account/applications/{reports.id}/remove")
    after = await dana.open(removed.headers["location"])

    for shown in ("Reports", "reports.example.com", "your e-mail address", "while you are away"):
        assert shown in before.text
    assert "The application is removed" in after.text
    assert "reports.example.com" not in after.text


async def test_a_moment_written_into_the_request_counts_for_nothing(
    dana: Browser, portal: Application
) -> None:
    """Only on the way back from the page that asks for a proof does it say since when."""
    answer = await dana.open(f"{portal.asks(prompt='login')}&asked=1")

    assert answer.headers["location"].startswith("/confirm?")


async def test_an_application_may_sign_its_person_out_here(
    dana: Browser, portal: Application
) -> None:
    tokens = await dana.tokens(portal)
    asked = {
        "id_token_hint": tokens["id_token"],
        "post_logout_redirect_uri": portal.client.logout_uris[0],
        "state": "bye&x",
    }

    answer = await dana.open(f"/oauth/logout?{urlencode(asked)}")

    assert gone_to(answer) == f"{portal.client.logout_uris[0]}?state=bye%26x"
    assert (await dana.http.get("/api/v1/auth/me")).status_code == 401
    assert (await portal.userinfo(tokens["access_token"])).status_code == 401
    assert (await portal.refresh(tokens["refresh_token"])).status_code == 400


@pytest.mark.asvs("10.6.2")
async def test_without_a_hint_the_person_is_asked(dana: Browser, portal: Application) -> None:
    goal = portal.client.logout_uris[0]
    asked = {"client_id": portal.id, "post_logout_redirect_uri": goal, "state": "s"}

    page = await dana.open(f"/oauth/logout?{urlencode(asked)}")
    still = await dana.http.get("/api/v1/auth/me")
    answer = await dana.send(action_of(page))

    assert "Portal" in page.text
    assert still.status_code == 200
    assert gone_to(answer) == f"{goal}?state=s"
    assert (await dana.http.get("/api/v1/auth/me")).status_code == 401


async def test_a_hint_at_another_session_asks_first(
    cast: Cast, dana: Browser, portal: Application
) -> None:
    tokens = await dana.tokens(portal)
    await cast.a_user("Charlie").registered()
    await dana.sign_in("Charlie")

    page = await dana.open(f"/oauth/logout?id_token_hint={tokens['id_token']}")

    assert "charlie@example.org" in page.text
    assert (await dana.http.get("/api/v1/auth/me")).status_code == 200


async def test_a_hint_may_be_old(dana: Browser, portal: Application, service: Service) -> None:
    """OpenID Connect RP-Initiated Logout 1.0, section 4."""
    tokens = await dana.tokens(portal)
    claims = await portal.claims(tokens["id_token"])
    old = service.keys.sign(
        {"sub": claims["sub"], "sid": claims["sid"], "exp": 1}, service.works.clock(),
        audience=portal.id, kind="JWT",
    )  # fmt: skip

    answer = await dana.open(f"/oauth/logout?id_token_hint={old}")

    assert answer.headers["location"] == "/sign-in?notice=signed-out"


@pytest.mark.parametrize(
    "goal",
    [
        "https://evil.example/",
        "https://reports.example.com/bye/",
        "https://reports.example.com/bye?x=1",
        "//evil.example",
        "javascript:alert(1)",
        CALLBACK,
    ],
)
async def test_after_signing_out_nobody_is_sent_to_an_address_not_registered(
    dana: Browser, portal: Application, goal: str
) -> None:
    tokens = await dana.tokens(portal)
    hints = [{"id_token_hint": tokens["id_token"]}, {"client_id": portal.id}, {}]

    for hint in hints:
        asked = urlencode(hint | {"post_logout_redirect_uri": goal})
        answer = await dana.open(f"/oauth/logout?{asked}")
        assert answer.status_code == 400
        assert not {"location", "refresh"} & set(answer.headers)
    assert (await dana.http.get("/api/v1/auth/me")).status_code == 200


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_no_other_token_is_a_hint(dana: Browser, portal: Application, kind: str) -> None:
    tokens = await dana.tokens(portal)

    page = await dana.open(f"/oauth/logout?id_token_hint={tokens[kind]}")

    assert page.status_code == 200
    assert (await dana.http.get("/api/v1/auth/me")).status_code == 200


async def test_signing_out_by_a_form_from_elsewhere_is_the_same_by_get(
    dana: Browser, portal: Application
) -> None:
    tokens = await dana.tokens(portal)
    headers = {"sec-fetch-site": "cross-site", "origin": "https://reports.example.com"}

    answer = await dana.http.post(
        "/oauth/logout", data={"id_token_hint": tokens["id_token"]}, headers=headers
    )

    assert answer.headers["location"] == f"/oauth/logout?id_token_hint={tokens['id_token']}"
