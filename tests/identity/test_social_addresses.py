"""An address that somebody else may own opens no account before its owner confirms it."""

import pytest
from tests.cast import Cast
from tests.identity.at_a_provider import (
    WELCOME,
    connections,
    dana,
    elsewhere,
    settings,
    sign_in,
    subjects,
)
from tests.identity.travelling import Traveller, notice_of, path_of

from firstmile.kernel.database import Connection

__all__ = ["dana", "elsewhere", "settings"]


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
