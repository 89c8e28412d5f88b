"""The way from an application to its answer, and all the ways it must not go."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.applications import (
    CALLBACK,
    HERE,
    Application,
    Browser,
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
