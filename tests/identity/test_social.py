"""Signing in by another service, against a certified provider that really runs."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from tests.cast import PASSWORD, Cast
from tests.conftest import settings_for
from tests.identity.real_provider import CLIENT, SECRET
from tests.identity.travelling import Traveller, notice_of, path_of

from firstmile.identity.social_settings import OidcProvider
from firstmile.kernel.asgi import App
from firstmile.kernel.database import Connection
from firstmile.protect.switches import Area, Off
from firstmile.service import Service
from firstmile.settings import Settings


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
