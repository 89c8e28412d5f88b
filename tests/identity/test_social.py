"""Signing in by another service, against a certified provider that really runs."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from tests.cast import PASSWORD, Cast
from tests.clock import MovedClock
from tests.conftest import settings_for
from tests.identity.apps import add_app
from tests.identity.racing import AT_ONCE, race
from tests.identity.real_provider import CLIENT, SECRET, a_guest, real_provider
from tests.identity.travelling import Traveller, notice_of, path_of

from firstmile.identity.sessions import Sessions
from firstmile.identity.social_settings import OidcProvider
from firstmile.kernel.asgi import App
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.protect.switches import Area, Off
from firstmile.service import Service
from firstmile.settings import Settings

BACK = "http://localhost:8000/sign-in/with/acme/callback"


@pytest.fixture(scope="session")
def issuer() -> Iterator[str]:
    with real_provider([BACK]) as issuer:
        yield issuer


@pytest.fixture
def settings(database_url: str, tmp_path: Path, issuer: str) -> Settings:
    acme = OidcProvider(
        key="acme",
        name="Acme",
        issuer=issuer,
        client_id=CLIENT,
        client_secret=SecretStr(SECRET),
        trusts_email=True,
    )
    return settings_for(database_url, tmp_path, oidc_providers=(acme,))


@pytest.fixture
def dana(client: httpx.AsyncClient) -> Traveller:
    return Traveller(client)


@pytest.fixture
async def elsewhere(app: App) -> AsyncIterator[Traveller]:
    """Another browser."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield Traveller(client)


async def connections(db: Connection) -> list[tuple[str, str]]:
    rows = await db.fetch(
        "SELECT email, subject FROM connected_accounts JOIN users ON users.id = user_id"
    )
    return [tuple(row) for row in rows]


async def subjects(cast: Cast, to: str = "dana@example.org") -> list[str]:
    """What was written to an address, the oldest first."""
    return [str(mail["Subject"]) for mail in reversed(await cast.mails(to))]


async def sign_in(traveller: Traveller, password: str = PASSWORD) -> httpx.Response:
    fields = {"email": "dana@example.org", "password": password, "next": "/profile"}
    return await traveller.post("/sign-in", **fields)


WELCOME = "Welcome to Firstmile"


async def test_a_new_person_has_an_account_as_soon_as_they_come_back(
    dana: Traveller, cast: Cast, db: Connection
) -> None:
    answer = await dana.travel_as("dana")

    assert path_of(answer) == "/home"
    user = await dana.session()
    assert user is not None
    assert (user["email"], user["emailVerified"]) == ("dana@example.org", True)
    assert (user["firstName"], user["lastName"]) == ("Dana", "Example")
    assert await connections(db) == [("dana@example.org", "dana")]
    assert await subjects(cast) == [WELCOME]


@pytest.mark.asvs("6.8.1")
async def test_the_same_person_comes_back_to_the_same_account(dana: Traveller) -> None:
    await dana.travel_as("dana")
    first = await dana.session()
    await dana.post("/sign-out")

    answer = await dana.travel_as("dana", next="/profile")

    assert path_of(answer) == "/profile"
    assert first is not None
    assert await dana.session() == first


async def test_whoever_leaves_is_sent_with_pkce_state_and_nonce(dana: Traveller) -> None:
    first, second = [httpx.URL(await dana.leave()).params for _ in range(2)]

    assert (first["response_type"], first["code_challenge_method"]) == ("code", "S256")
    for fresh in ("state", "nonce", "code_challenge"):
        assert len(first[fresh]) >= 43
        assert first[fresh] != second[fresh]


async def test_a_known_address_is_not_connected_before_its_own_credential_is_shown(
    dana: Traveller, cast: Cast, db: Connection
) -> None:
    await cast.a_user("Dana").registered()

    answer = await dana.travel_as("dana")

    assert (path_of(answer), notice_of(answer)) == ("/sign-in", "connect-first")
    assert await dana.session() is None
    assert await connections(db) == []


async def test_whoever_shows_it_is_asked_and_then_connected(
    dana: Traveller, cast: Cast, db: Connection
) -> None:
    await cast.a_user("Dana").registered()
    await dana.travel_as("dana")

    offered = await sign_in(dana)
    assert path_of(offered) == "/account/connections/offer"
    assert "dana@example.org" in (await dana.client.get(offered.headers["location"])).text
    assert await connections(db) == []
    connected = await dana.post("/account/connections/offer", next="/profile")

    assert (path_of(connected), notice_of(connected)) == ("/profile", "connected")
    assert await connections(db) == [("dana@example.org", "dana")]
    assert "Acme now opens your account at Firstmile" in await subjects(cast)
    await dana.post("/sign-out")
    await dana.travel_as("dana")
    assert await dana.session() is not None


async def test_whoever_says_not_now_is_not_asked_again(
    dana: Traveller, cast: Cast, db: Connection
) -> None:
    await cast.a_user("Dana").registered()
    await dana.travel_as("dana")
    await sign_in(dana)

    answer = await dana.post("/account/connections/offer/decline", next="/profile")

    assert path_of(answer) == "/profile"
    assert await connections(db) == []
    assert path_of(await sign_in(dana)) == "/profile"


async def test_nobody_is_offered_what_was_meant_for_somebody_else(
    dana: Traveller, cast: Cast, db: Connection
) -> None:
    """Two people may share a browser."""
    await cast.a_user("Dana").registered()
    await cast.a_user("Bob").registered()
    await dana.travel_as("dana")

    await dana.post("/sign-in", email="bob@example.org", password=PASSWORD)
    kept = dana.client.cookies["introduced"]
    offered = await dana.client.get("/account/connections/offer?next=/profile")
    assert path_of(offered) == "/profile"
    dana.client.cookies.set("introduced", kept)
    answer = await dana.post("/account/connections/offer")

    assert notice_of(answer) == "sign-in-expired"
    assert await connections(db) == []


async def test_an_offer_is_taken_once(dana: Traveller, cast: Cast, db: Connection) -> None:
    await cast.a_user("Dana").registered()
    await dana.travel_as("dana")
    kept = dana.client.cookies["introduced"]
    await sign_in(dana)
    await dana.post("/account/connections/offer")
    await db.execute("DELETE FROM connected_accounts")
    dana.client.cookies.set("introduced", kept)

    again = await dana.post("/account/connections/offer")

    assert notice_of(again) == "sign-in-expired"
    assert await connections(db) == []


class TestAnAddressTheProviderDoesNotConfirm:
    async def test_is_confirmed_by_mail_and_then_the_person_is_in(
        self, dana: Traveller, cast: Cast, db: Connection
    ) -> None:
        answer = await dana.travel_as("unverified-dana")
        assert path_of(answer) == "/check-mail"
        assert await dana.session() is None
        assert await connections(db) == []

        token = await cast.token_for("dana@example.org")
        confirmed = await dana.post("/verify-email", token=token)

        assert (path_of(confirmed), notice_of(confirmed)) == ("/home", "confirmed")
        assert await dana.session() is not None
        assert await connections(db) == [("dana@example.org", "unverified-dana")]
        assert (await subjects(cast))[-1] == WELCOME

    async def test_connects_nothing_when_the_mail_is_opened_elsewhere(
        self, dana: Traveller, elsewhere: Traveller, cast: Cast, db: Connection
    ) -> None:
        """Who confirms an address for somebody else must not let them in."""
        await dana.travel_as("unverified-dana")

        token = await cast.token_for("dana@example.org")
        confirmed = await elsewhere.post("/verify-email", token=token)

        assert path_of(confirmed) == "/reset-password"
        assert await connections(db) == []
        again = await dana.travel_as("unverified-dana")
        assert path_of(again) == "/check-mail"
        assert await dana.session() is None

    @pytest.mark.asvs("6.3.8")
    async def test_gets_one_answer_whether_it_has_an_account_or_not(
        self, dana: Traveller, elsewhere: Traveller, cast: Cast, db: Connection
    ) -> None:
        await cast.a_user("Dana").registered()

        known = await dana.travel_as("unverified-dana")
        unknown = await elsewhere.travel_as("unverified-zoe")

        assert known.status_code == unknown.status_code == 303
        assert known.headers["location"] == unknown.headers["location"] == "/check-mail"
        assert set(known.cookies) == set(unknown.cookies)
        assert list(known.headers) == list(unknown.headers)
        assert await connections(db) == []
        assert "You already have an account at Firstmile" in await subjects(cast)
        assert (await subjects(cast, "zoe@example.org")) == ["Confirm your address for Firstmile"]

    async def test_can_be_connected_by_whoever_has_the_account(
        self, dana: Traveller, cast: Cast, db: Connection
    ) -> None:
        await cast.a_user("Dana").registered()
        await dana.travel_as("unverified-dana")

        assert path_of(await sign_in(dana)) == "/account/connections/offer"
        await dana.post("/account/connections/offer")

        assert await connections(db) == [("dana@example.org", "unverified-dana")]


class TestSomebodyWithoutAnAddress:
    async def test_is_asked_for_one_which_is_confirmed_by_mail(
        self, dana: Traveller, cast: Cast, db: Connection
    ) -> None:
        assert path_of(await dana.travel_as("nobody-7")) == "/sign-in/address"
        page = await dana.client.get("/sign-in/address")
        assert "Acme did not tell us your mail address" in page.text

        assert path_of(await dana.post("/sign-in/address", email="dana@example.org")) == (
            "/check-mail"
        )
        token = await cast.token_for("dana@example.org")
        assert path_of(await dana.post("/verify-email", token=token)) == "/home"

        assert await connections(db) == [("dana@example.org", "nobody-7")]

    async def test_is_told_when_it_is_none(self, dana: Traveller) -> None:
        await dana.travel_as("nobody-7")

        answer = await dana.post("/sign-in/address", email="not an address")

        assert answer.status_code == 422
        assert "Enter a mail address" in answer.text

    async def test_does_not_get_the_account_of_the_address_they_name(
        self, dana: Traveller, cast: Cast, db: Connection
    ) -> None:
        await cast.a_user("Dana").registered()
        await dana.travel_as("nobody-7")

        answer = await dana.post("/sign-in/address", email="dana@example.org")

        assert path_of(answer) == "/check-mail"
        assert "You already have an account at Firstmile" in await subjects(cast)
        assert await connections(db) == []


class TestAnAccountThatNobodyConfirmed:
    """Somebody may have opened it with an address that is not theirs, and wait."""

    async def test_goes_to_whom_the_provider_confirms(
        self, dana: Traveller, elsewhere: Traveller, cast: Cast, db: Connection
    ) -> None:
        await cast.a_user("Dana").unverified().registered()
        waiting = await cast.token_for("dana@example.org")

        assert path_of(await dana.travel_as("dana")) == "/home"

        assert await connections(db) == [("dana@example.org", "dana")]
        assert (await sign_in(elsewhere)).status_code == 401
        assert (await elsewhere.post("/verify-email", token=waiting)).status_code == 400
        assert await elsewhere.session() is None

    async def test_keeps_no_password_when_a_provider_merely_names_its_address(
        self, dana: Traveller, elsewhere: Traveller, cast: Cast
    ) -> None:
        await cast.a_user("Dana").unverified().registered()

        await dana.travel_as("unverified-dana")
        token = await cast.token_for("dana@example.org")
        await dana.post("/verify-email", token=token)

        assert await dana.session() is not None
        assert (await sign_in(elsewhere)).status_code == 401

    async def test_lets_nobody_in_by_a_provider_once_its_owner_registers(
        self, dana: Traveller, elsewhere: Traveller, cast: Cast, db: Connection
    ) -> None:
        """The stranger comes first with the owner's address, the owner registers and confirms."""
        await elsewhere.travel_as("unverified-dana")
        await cast.work_off()
        await cast.a_user("Dana").registered()

        assert path_of(await elsewhere.travel_as("unverified-dana")) == "/check-mail"

        assert await elsewhere.session() is None
        assert await connections(db) == []


class TestAReturn:
    @pytest.mark.asvs("10.1.2")
    async def test_is_good_once(self, dana: Traveller) -> None:
        with a_guest("dana") as guest:
            address = guest.visit(await dana.leave())
        away = dana.client.cookies["away"]
        await dana.come_back(address)
        await dana.post("/sign-out")
        dana.client.cookies.set("away", away)

        again = await dana.come_back(address)

        assert notice_of(again) == "sign-in-expired"
        assert await dana.session() is None

    async def test_of_sixteen_at_once_begins_one_session(
        self, dana: Traveller, app: App, db: Connection
    ) -> None:
        with a_guest("dana") as guest:
            address = guest.visit(await dana.leave())
        away = dana.client.cookies["away"]

        async def come_back(_: int) -> str:
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://localhost:8000", cookies={"away": away}
            ) as client:
                return (await Traveller(client).come_back(address)).headers["location"]

        answers = await race(AT_ONCE, come_back)

        assert sum(answer == "/home" for answer in answers) == 1
        assert await db.fetchval("SELECT count(*) FROM sessions") == 1
        assert await db.fetchval("SELECT count(*) FROM users") == 1

    @pytest.mark.asvs("10.2.1")
    async def test_in_another_browser_signs_nobody_in(
        self, dana: Traveller, elsewhere: Traveller
    ) -> None:
        """Else a stranger could have somebody work in the stranger's account."""
        with a_guest("charlie") as guest:
            address = guest.visit(await elsewhere.leave())

        assert notice_of(await dana.come_back(address)) == "sign-in-expired"
        assert await dana.session() is None

    async def test_with_the_state_of_another_departure_leaves_that_one_open(
        self, dana: Traveller, elsewhere: Traveller
    ) -> None:
        with a_guest("charlie") as guest:
            foreign = guest.visit(await elsewhere.leave())
        with a_guest("dana") as guest:
            own = guest.visit(await dana.leave())

        assert notice_of(await dana.come_back(foreign)) == "sign-in-expired"

        assert path_of(await dana.come_back(own)) == "/home"

    async def test_comes_too_late_after_ten_minutes(
        self, dana: Traveller, clock: MovedClock
    ) -> None:
        with a_guest("dana") as guest:
            address = guest.visit(await dana.leave())
        clock.pass_by(minutes=10)

        assert notice_of(await dana.come_back(address)) == "sign-in-expired"

    async def test_of_somebody_who_gave_up_is_told_plainly(self, dana: Traveller) -> None:
        with a_guest("dana") as guest:
            address = guest.refuse(await dana.leave())

        answer = await dana.come_back(address)

        assert (path_of(answer), notice_of(answer)) == ("/sign-in", "provider-cancelled")

    async def test_asks_for_the_second_factor_of_the_account(
        self, dana: Traveller, cast: Cast, clock: MovedClock
    ) -> None:
        person = await cast.dana()
        await dana.travel_as("dana")
        await sign_in(dana)
        await dana.post("/account/connections/offer")
        await dana.post("/sign-out")
        dana.client.cookies.clear()
        await add_app(await cast.sign_in("Dana"), clock)

        answer = await dana.travel_as("dana")

        assert path_of(answer) == "/sign-in/second-factor"
        assert await dana.session() is None
        assert person.email == "dana@example.org"


class TestTheAccountPage:
    @pytest.fixture
    async def signed_in(self, dana: Traveller, cast: Cast) -> Traveller:
        await cast.a_user("Dana").registered()
        await sign_in(dana)
        return dana

    async def test_connects_a_service(
        self, signed_in: Traveller, cast: Cast, db: Connection
    ) -> None:
        answer = await signed_in.travel_as("somebody-else", "connect")

        assert (path_of(answer), notice_of(answer)) == ("/account/connections", "connected")
        assert await connections(db) == [("dana@example.org", "somebody-else")]
        page = await signed_in.client.get("/account/connections")
        assert "somebody-else@example.org" in page.text
        assert "Acme now opens your account at Firstmile" in await subjects(cast)

    async def test_disconnects_it_and_ends_the_other_sessions(
        self, signed_in: Traveller, elsewhere: Traveller, cast: Cast, db: Connection
    ) -> None:
        await signed_in.travel_as("dana", "connect")
        await elsewhere.travel_as("dana")
        assert await elsewhere.session() is not None
        connection = await db.fetchval("SELECT id FROM connected_accounts")

        answer = await signed_in.post(f"/account/connections/{connection}/disconnect")

        assert notice_of(answer) == "disconnected"
        assert await connections(db) == []
        assert await signed_in.session() is not None
        assert await elsewhere.session() is None
        assert "Acme no longer opens your account at Firstmile" in await subjects(cast)

    @pytest.mark.asvs("7.5.1")
    async def test_asks_for_a_credential_before_either(
        self, signed_in: Traveller, db: Connection, clock: MovedClock
    ) -> None:
        await signed_in.travel_as("dana", "connect")
        connection = await db.fetchval("SELECT id FROM connected_accounts")
        clock.pass_by(minutes=11)

        for path in (f"/account/connections/{connection}/disconnect", "/sign-in/with/acme"):
            answer = await signed_in.post(path, errand="connect")
            assert path_of(answer) == "/confirm"

        assert await connections(db) == [("dana@example.org", "dana")]

    async def test_does_not_take_the_last_way_to_sign_in_away(
        self, dana: Traveller, db: Connection
    ) -> None:
        await dana.travel_as("dana")
        connection = await db.fetchval("SELECT id FROM connected_accounts")

        answer = await dana.post(f"/account/connections/{connection}/disconnect")

        assert notice_of(answer) == "last-credential"
        assert await connections(db) == [("dana@example.org", "dana")]
        assert "Your only way to sign in" in (await dana.client.get("/account/connections")).text

    async def test_does_not_connect_what_opens_another_account(
        self, signed_in: Traveller, elsewhere: Traveller, db: Connection
    ) -> None:
        await elsewhere.travel_as("charlie")

        answer = await signed_in.travel_as("charlie", "connect")

        assert notice_of(answer) == "connected-elsewhere"
        assert await connections(db) == [("charlie@example.org", "charlie")]

    async def test_does_not_connect_to_whoever_signed_in_meanwhile(
        self, signed_in: Traveller, elsewhere: Traveller, cast: Cast, db: Connection
    ) -> None:
        with a_guest("dana") as guest:
            address = guest.visit(await signed_in.leave("connect"))
        cast.client = elsewhere.client
        await cast.a_user("Bob").registered()
        await signed_in.post("/sign-in", email="bob@example.org", password=PASSWORD)

        assert notice_of(await signed_in.come_back(address)) == "sign-in-expired"
        assert await connections(db) == []

    async def test_does_not_disconnect_what_is_of_somebody_else(
        self, signed_in: Traveller, elsewhere: Traveller, db: Connection
    ) -> None:
        await elsewhere.travel_as("charlie")
        connection = await db.fetchval("SELECT id FROM connected_accounts")

        await signed_in.post(f"/account/connections/{connection}/disconnect")

        assert await connections(db) == [("charlie@example.org", "charlie")]


class TestSomebodyWithoutAPassword:
    @pytest.fixture
    async def stale(self, dana: Traveller, db: Connection, service: Service) -> Traveller:
        """Signed in by the service, a while ago."""
        await dana.travel_as("dana")
        await db.execute("UPDATE sessions SET proved_at = proved_at - interval '20 minutes'")
        async with service.works.begin() as work:
            user_id = UserId(await db.fetchval("SELECT id FROM users"))
            await service.parts.get(Sessions).changed(work, user_id)
        return dana

    async def is_fresh(self, traveller: Traveller) -> bool:
        return path_of(await traveller.post("/sign-in/with/acme", errand="connect")) != "/confirm"

    @pytest.mark.asvs("7.5.1", "7.2.4")
    async def test_confirms_by_showing_a_credential_there(self, stale: Traveller) -> None:
        before = stale.client.cookies["session"]
        address = await stale.leave("step_up", next="/account/connections")
        assert httpx.URL(address).params["prompt"] == "login"
        assert httpx.URL(address).params["max_age"] == "0"

        with a_guest("dana") as guest:
            answer = await stale.come_back(guest.visit(address))

        assert path_of(answer) == "/account/connections"
        assert stale.client.cookies["session"] != before
        assert httpx.URL(await stale.leave("connect")).path == "/auth"

    async def test_is_not_confirmed_by_somebody_elses_account(self, stale: Traveller) -> None:
        answer = await stale.travel_as("charlie", "step_up", next="/account/connections")

        assert (path_of(answer), notice_of(answer)) == ("/confirm", "provider-refused")


async def test_nobody_new_comes_in_while_sign_up_is_off(
    service: Service, cast: Cast, dana: Traveller
) -> None:
    service.switches.replace([Off(Area.SIGN_UP, service.works.clock(), "A flood")], 0)

    answer = await dana.travel_as("dana")

    assert (path_of(answer), notice_of(answer)) == ("/sign-in", "sign-up-off")
    assert await cast.user("Dana") is None
    assert await dana.session() is None


async def test_whoever_came_before_comes_in_while_sign_up_is_off(
    service: Service, dana: Traveller
) -> None:
    await dana.travel_as("dana")
    dana.client.cookies.clear()
    service.switches.replace([Off(Area.SIGN_UP, service.works.clock(), "A flood")], 0)

    await dana.travel_as("dana")

    assert await dana.session() is not None
