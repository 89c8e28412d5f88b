"""The door: devices it knows, how long it lets in, and what it keeps of who came."""

import asyncio

import httpx
import pytest
from tests.cast import PASSWORD, Cast, text_of
from tests.clock import MovedClock

from firstmile.identity.browsers import name_of, network_of
from firstmile.kernel.database import Connection

LOGIN = "/api/v1/auth/login"
ME = "/api/v1/auth/me"
DANA = {"email": "dana@example.org", "password": PASSWORD}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


class Browser:
    """Keeps its cookies, as browsers do, and says what it is."""

    def __init__(self, client: httpx.AsyncClient, agent: str = FIREFOX) -> None:
        self._client = client
        self._agent = agent
        self.cookies: dict[str, str] = {}

    async def sign_in(self, password: str = PASSWORD, **more: object) -> httpx.Response:
        self._client.cookies.clear()
        headers = {"user-agent": self._agent}
        if device := self.cookies.get("device"):
            headers["cookie"] = f"device={device}"
        body = {**DANA, "password": password, **more}
        answer = await self._client.post(LOGIN, json=body, headers=headers)
        self.cookies |= dict(answer.cookies)
        self._client.cookies.clear()
        return answer


@pytest.fixture
async def browser(cast: Cast, client: httpx.AsyncClient) -> Browser:
    """A browser Dana has signed in from."""
    await cast.a_user("Dana").registered()
    browser = Browser(client)
    assert (await browser.sign_in()).status_code == 200
    return browser


async def lock_out(client: httpx.AsyncClient) -> None:
    stranger = Browser(client)
    for _ in range(6):
        await stranger.sign_in("guessing")


@pytest.mark.asvs("6.1.1")
async def test_a_stranger_who_guesses_does_not_lock_a_known_browser_out(
    browser: Browser, client: httpx.AsyncClient
) -> None:
    await lock_out(client)

    assert (await browser.sign_in()).status_code == 200
    assert (await Browser(client).sign_in()).status_code == 401


async def test_a_known_browser_is_locked_by_its_own_failures_alone(
    browser: Browser, client: httpx.AsyncClient
) -> None:
    for _ in range(6):
        await browser.sign_in("guessing")

    assert (await browser.sign_in()).status_code == 401
    assert (await Browser(client).sign_in()).status_code == 200


async def test_a_device_cookie_that_is_made_up_is_no_known_browser(
    browser: Browser, client: httpx.AsyncClient
) -> None:
    await lock_out(client)
    made_up = Browser(client)
    made_up.cookies = {"device": "A" * 43}

    assert (await made_up.sign_in()).status_code == 401


async def test_a_browser_known_to_one_account_is_not_known_to_another(
    browser: Browser, cast: Cast, client: httpx.AsyncClient
) -> None:
    await cast.a_user("Bob").registered()
    headers = {"cookie": f"device={browser.cookies['device']}"}
    bob = {"email": "bob@example.org", "password": "guessing"}
    for _ in range(6):
        await client.post(LOGIN, json=bob)

    answer = await client.post(LOGIN, json={**bob, "password": PASSWORD}, headers=headers)

    assert answer.status_code == 401


async def test_many_right_sign_ins_at_once_all_open(
    browser: Browser, client: httpx.AsyncClient
) -> None:
    """A try is counted before it is judged; those that are right count for nobody after."""
    for _ in range(3):
        client.cookies.clear()
        answers = await asyncio.gather(*(client.post(LOGIN, json=DANA) for _ in range(5)))

        assert {answer.status_code for answer in answers} == {200}


@pytest.mark.asvs("6.3.5")
async def test_a_new_browser_is_told_by_mail_and_the_first_is_not(
    browser: Browser, cast: Cast, client: httpx.AsyncClient
) -> None:
    subjects = [str(mail["Subject"]) for mail in await cast.mails(DANA["email"])]
    assert not any("New sign-in" in subject for subject in subjects)

    await browser.sign_in()
    await Browser(client, "curl/8.0").sign_in()

    mails = [
        mail for mail in await cast.mails(DANA["email"]) if "New sign-in" in str(mail["Subject"])
    ]
    assert len(mails) == 1
    assert "curl" in text_of(mails[0])


async def test_a_session_is_kept_with_its_device_and_never_its_address(
    browser: Browser, db: Connection
) -> None:
    row = await db.fetchrow("SELECT device_name, network FROM sessions")

    assert row is not None
    assert (row["device_name"], row["network"]) == ("Firefox on Linux", "127.0.0.0/24")


@pytest.mark.asvs("7.1.1", "7.3.1", "7.3.2")
async def test_a_remembered_session_rests_for_days_and_ends_after_thirty(
    browser: Browser, client: httpx.AsyncClient, clock: MovedClock
) -> None:
    tokens = (await browser.sign_in(rememberMe=True)).json()
    cookie = {"cookie": f"session={browser.cookies['session']}"}
    assert tokens["refreshToken"]

    clock.pass_by(days=29)
    alive = await client.get(ME, headers=cookie)
    clock.pass_by(days=1, minutes=1)
    over = await client.get(ME, headers=cookie)

    assert (alive.status_code, over.status_code) == (200, 401)


async def test_a_session_that_was_not_to_be_remembered_goes_with_half_an_hours_rest(
    browser: Browser, client: httpx.AsyncClient, clock: MovedClock
) -> None:
    clock.pass_by(minutes=31)

    cookie = {"cookie": f"session={browser.cookies['session']}"}
    assert (await client.get(ME, headers=cookie)).status_code == 401


@pytest.mark.asvs("7.2.3", "7.2.4")
async def test_a_cookie_that_was_planted_never_becomes_a_session(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    """Session fixation: what a browser brings is never what it is given."""
    await cast.a_user("Dana").registered()
    planted = {"session": "planted-" + "A" * 35, "sign-in": "planted", "device": "B" * 43}
    headers = {"cookie": "; ".join(f"{name}={value}" for name, value in planted.items())}
    page = await client.get("/sign-in", headers=headers)
    token = page.cookies["csrf-token"]
    headers["cookie"] += f"; csrf-token={token}"

    answer = await client.post(LOGIN, json=DANA, headers={**headers, "x-csrf-token": token})

    assert answer.status_code == 200
    assert answer.cookies["session"] != planted["session"]
    client.cookies.clear()
    look = await client.get(ME, headers={"cookie": f"session={planted['session']}"})
    assert look.status_code == 401


@pytest.mark.asvs("7.2.3")
async def test_every_sign_in_has_another_cookie_of_256_bits(browser: Browser) -> None:
    cookies = {(await browser.sign_in()).cookies["session"] for _ in range(5)}

    assert len(cookies) == 5
    assert {len(cookie) for cookie in cookies} == {43}


async def test_a_token_from_before_the_account_changed_opens_nothing(
    cast: Cast, db: Connection
) -> None:
    dana = await cast.dana()
    assert (await dana.get(ME)).status_code == 200

    await db.execute("UPDATE users SET epoch = epoch + 1")
    cast.service.hints._heard(f"person {dana.id}")

    assert (await dana.get(ME)).status_code == 401


async def test_a_session_from_before_a_second_factor_is_not_refreshed(
    cast: Cast, client: httpx.AsyncClient, db: Connection
) -> None:
    """However the factor came about: the policy is asked at every refresh."""
    dana = await cast.dana()
    await db.execute(
        "INSERT INTO totp_factors (user_id, secret_sealed, created_at, confirmed_at)"
        " VALUES ($1, 'x', now(), now())",
        dana.id,
    )

    answer = await client.post("/api/v1/auth/refresh", json={"refreshToken": dana.refresh_token})

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_refresh_token")


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("curl/8.0", "curl"),
        ("python-httpx/0.28.1", "python-httpx"),
        ("", ""),
        ("\x00\x07" * 300, ""),
    ],
)
def test_a_browser_is_called_what_people_call_it(agent: str, name: str) -> None:
    assert name_of(agent) == name


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_of_an_address_the_network_is_kept(address: str, network: str) -> None:
    assert network_of(address) == network
