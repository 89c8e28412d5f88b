"""A person's connections on the page of their account, also without a password."""

import httpx
import pytest
from tests.cast import PASSWORD, Cast
from tests.clock import MovedClock
from tests.identity.at_a_provider import connections, dana, elsewhere, settings, sign_in, subjects
from tests.identity.real_provider import a_guest
from tests.identity.travelling import Traveller, notice_of, path_of

from firstmile.identity.sessions import Sessions
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.service import Service

__all__ = ["dana", "elsewhere", "settings"]


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
