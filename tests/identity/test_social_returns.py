"""Coming back from a provider: once, in the same browser, and to a place of ours."""

import httpx
import pytest
from tests.cast import Cast
from tests.clock import MovedClock
from tests.identity.apps import add_app
from tests.identity.at_a_provider import dana, elsewhere, settings, sign_in
from tests.identity.racing import AT_ONCE, race
from tests.identity.real_provider import a_guest
from tests.identity.travelling import Traveller, notice_of, path_of

from firstmile.kernel.asgi import App
from firstmile.kernel.database import Connection

__all__ = ["dana", "elsewhere", "settings"]


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
