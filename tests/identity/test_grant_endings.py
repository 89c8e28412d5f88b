"""What ends a sign-in to an application, what does not, and which applications are told."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qs

import httpx
import jwt
import pytest
from tests.applications import HERE, Application, Browser, params_of, registered
from tests.cast import PASSWORD, Cast
from tests.clock import MovedClock

from firstmile.identity.backchannel import EVENT, SignOutNotices
from firstmile.kernel.asgi import App
from firstmile.kernel.database import Connection
from firstmile.service import Service

NEW = "another good secret"


@pytest.fixture
async def browsers(app: App) -> AsyncIterator[Callable[[], Browser]]:
    """As many browsers as somebody has."""
    opened: list[httpx.AsyncClient] = []

    def browser() -> Browser:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        opened.append(httpx.AsyncClient(transport=transport, base_url=HERE))
        return Browser(opened[-1])

    yield browser
    for http in opened:
        await http.aclose()


@pytest.fixture
async def dana(cast: Cast, browsers: Callable[[], Browser]) -> Browser:
    """Dana's browser, signed in."""
    await cast.a_user("Dana").registered()
    browser = browsers()
    await browser.sign_in("Dana")
    return browser


@pytest.fixture
async def portal(service: Service, client: httpx.AsyncClient) -> Application:
    """An application of our own."""
    return await registered(service, client, name="Portal", is_first_party=True)


async def lives(application: Application, tokens: dict[str, str]) -> tuple[bool, bool]:
    """Whether the access token still opens userinfo, and the refresh token still refreshes."""
    info = await application.userinfo(tokens["access_token"])
    refreshed = await application.refresh(tokens["refresh_token"])
    return info.status_code == 200, refreshed.status_code == 200


DEAD = (False, False)
ALIVE = (True, True)


async def test_signing_out_ends_what_was_given_from_that_session_alone(
    dana: Browser, browsers: Callable[[], Browser], portal: Application
) -> None:
    phone = browsers()
    await phone.sign_in("Dana")
    here, there = await dana.tokens(portal), await phone.tokens(portal)

    await dana.send("/sign-out")

    assert await lives(portal, here) == DEAD
    assert await lives(portal, there) == ALIVE


async def test_signing_out_everywhere_else_leaves_what_came_from_here(
    dana: Browser, browsers: Callable[[], Browser], portal: Application
) -> None:
    phone = browsers()
    await phone.sign_in("Dana")
    here, there = await dana.tokens(portal), await phone.tokens(portal)

    await dana.send("/account/sessions/end-others")

    assert await lives(portal, here) == ALIVE
    assert await lives(portal, there) == DEAD


async def test_a_code_under_way_ends_with_its_session(dana: Browser, portal: Application) -> None:
    code = await dana.code(portal)

    await dana.send("/sign-out")

    assert (await portal.redeem(code)).status_code == 400


async def test_another_password_ends_all(
    dana: Browser, client: httpx.AsyncClient, cast: Cast, portal: Application
) -> None:
    tokens = await dana.tokens(portal)
    await client.post("/api/v1/auth/forgot-password", json={"email": "dana@example.org"})
    token = await cast.token_for("dana@example.org")

    await client.post("/api/v1/auth/reset-password", json={"token": token, "password": NEW})

    assert await lives(portal, tokens) == DEAD


@pytest.mark.parametrize("column", ["locked_at"])
async def test_a_locked_account_is_told_to_nobody(
    dana: Browser, portal: Application, db: Connection, column: str
) -> None:
    tokens, code = await dana.tokens(portal), await dana.code(portal)

    await db.execute(f"UPDATE users SET {column} = now()")

    assert await lives(portal, tokens) == DEAD
    assert (await portal.redeem(code)).status_code == 400


async def test_a_person_who_is_gone_is_told_to_nobody(
    dana: Browser, portal: Application, db: Connection
) -> None:
    tokens = await dana.tokens(portal)

    await db.execute("DELETE FROM users")

    assert await lives(portal, tokens) == DEAD


async def test_a_step_up_takes_the_applications_along(dana: Browser, portal: Application) -> None:
    """The session has another id after it, and signing out must still find what it gave."""
    tokens = await dana.tokens(portal)

    first = await dana.open(portal.asks(prompt="login"))
    wanted = params_of(first.headers["location"])["next"]
    await dana.send("/confirm", next=wanted, password=PASSWORD)

    assert (await portal.userinfo(tokens["access_token"])).status_code == 200
    await dana.send("/sign-out")
    assert await lives(portal, tokens) == DEAD


async def test_signing_in_anew_in_the_same_browser_ends_nothing(
    dana: Browser, portal: Application
) -> None:
    tokens = await dana.tokens(portal)

    await dana.sign_in("Dana")

    assert await lives(portal, tokens) == ALIVE


async def test_a_stolen_session_token_ends_what_came_of_that_session(
    cast: Cast, dana: Browser, portal: Application, clock: MovedClock, client: httpx.AsyncClient
) -> None:
    person = await cast.sign_in("Dana")
    answer = await client.get(portal.asks(), headers=person.headers)
    given = await portal.redeem(params_of(answer.headers["location"])["code"])
    body = {"refreshToken": person.refresh_token}
    await client.post("/api/v1/auth/refresh", json=body)
    clock.pass_by(seconds=21)

    await client.post("/api/v1/auth/refresh", json=body)

    assert await lives(portal, given.json()) == DEAD


async def test_what_is_long_over_is_deleted(
    dana: Browser, portal: Application, clock: MovedClock, service: Service, db: Connection
) -> None:
    await dana.code(portal)
    await dana.tokens(portal)
    await dana.tokens(portal, scope="openid")
    clock.pass_by(days=2)

    async with service.works.begin() as work:
        removed = await service.clean_up(work)

    assert removed["application_grants"] == 2
    assert await db.fetchval("SELECT count(*) FROM client_grants") == 1


class Hearing:
    """An application that listens for sign-outs."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.answers = [200]
        self.uri = ""


@contextmanager
def listening() -> Iterator[Hearing]:
    """A real server of an application, on this machine."""
    hearing = Hearing()

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            status = hearing.answers.pop(0) if len(hearing.answers) > 1 else hearing.answers[0]
            if status == 200:
                hearing.heard += parse_qs(body)["logout_token"]
            self.send_response(status)
            if status == 302:
                self.send_header("location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Listener)
    hearing.uri = f"http://127.0.0.1:{server.server_port}/backchannel"
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hearing
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def hearing() -> Iterator[Hearing]:
    """An application that listens."""
    with listening() as heard:
        yield heard


async def test_an_application_that_asked_for_it_hears_of_the_sign_out(
    dana: Browser, service: Service, client: httpx.AsyncClient, cast: Cast, hearing: Hearing
) -> None:
    portal = await registered(service, client, is_first_party=True, backchannel_uri=hearing.uri)
    user = await cast.user("Dana")
    tokens = await dana.tokens(portal)
    sid = (await portal.claims(tokens["id_token"]))["sid"]

    await dana.send("/sign-out")
    await cast.work_off()

    (token,) = hearing.heard
    claims = await portal.claims(token)
    assert jwt.get_unverified_header(token)["typ"] == "logout+jwt"
    assert (claims["sub"], claims["sid"], claims["events"]) == (str(user.id), sid, {EVENT: {}})
    assert claims["exp"] - claims["iat"] == 120
    assert claims["jti"]
    assert "nonce" not in claims
    assert (await portal.userinfo(token)).status_code == 401


@pytest.mark.parametrize("status", [400, 302])
async def test_an_application_that_refuses_is_not_asked_again(
    dana: Browser,
    service: Service,
    client: httpx.AsyncClient,
    cast: Cast,
    hearing: Hearing,
    status: int,
) -> None:
    portal = await registered(service, client, is_first_party=True, backchannel_uri=hearing.uri)
    hearing.answers = [status, 200]
    await dana.tokens(portal)

    await dana.send("/sign-out")
    await cast.work_off()

    assert hearing.answers == [200]
    assert hearing.heard == []


async def test_a_failure_of_an_application_is_one_of_the_job_which_is_tried_again(
    service: Service, client: httpx.AsyncClient, hearing: Hearing
) -> None:
    portal = await registered(service, client, backchannel_uri=hearing.uri)
    payload = {"client_id": portal.id, "sub": "somebody", "sid": "a-sign-in"}
    hearing.answers = [503, 200]

    with pytest.raises(ConnectionError):
        await service.parts.get(SignOutNotices).tell(service.works, payload)
    await service.parts.get(SignOutNotices).tell(service.works, payload)

    assert len(hearing.heard) == 1


async def test_an_application_that_ends_its_own_sign_in_is_not_told_of_it(
    dana: Browser, service: Service, client: httpx.AsyncClient, cast: Cast, hearing: Hearing
) -> None:
    portal = await registered(service, client, is_first_party=True, backchannel_uri=hearing.uri)
    tokens = await dana.tokens(portal)

    await portal.post("/oauth/revoke", token=tokens["refresh_token"])
    await cast.work_off()

    assert hearing.heard == []
