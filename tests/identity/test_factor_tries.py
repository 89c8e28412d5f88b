"""Wrong codes close a second factor for a while."""

import httpx
import pytest
from tests.cast import Cast
from tests.clock import MovedClock
from tests.identity.apps import DANA, TOO_OFTEN, WRONG, add_app, finish, knock, told, waiting

from firstmile.kernel.database import Connection


class TestTries:
    """Wrong codes are counted for each person and each factor apart."""

    async def test_after_five_wrong_codes_the_right_one_is_refused_like_them(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        app = await add_app(await cast.dana(), clock)
        clock.pass_by(seconds=30)
        wrong = [await knock(client, code=app.wrong_code()) for _ in range(5)]

        right, another = await knock(client, code=app.code), await knock(client, code="000000")

        assert {told(answer) for answer in wrong} == {WRONG}
        assert told(right) == told(another) == TOO_OFTEN
        assert right.json()["retryAfter"] == another.json()["retryAfter"] == 900
        assert right.json()["message"] == another.json()["message"]

    @pytest.mark.asvs("6.3.1")
    async def test_a_quarter_of_an_hour_later_the_right_one_opens_and_forgets_them(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock, db: Connection
    ) -> None:
        app = await add_app(await cast.dana(), clock)
        for _ in range(6):
            await knock(client, code=app.wrong_code())

        clock.pass_by(minutes=15, seconds=1)

        assert (await knock(client, code=app.code)).status_code == 200
        assert await db.fetchval("SELECT count(*) FROM sign_in_failures") == 0

    @pytest.mark.asvs("6.1.1")
    async def test_wrong_codes_close_neither_the_password_nor_the_other_factor(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        app = await add_app(await cast.dana(), clock)
        for _ in range(7):
            await knock(client, code=app.wrong_code())

        assert told(await knock(client)) == (401, "second_factor_required")
        assert (await knock(client, code=app.recovery_codes[0])).status_code == 200

    async def test_wrong_passwords_do_not_close_the_second_factor(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        app = await add_app(await cast.dana(), clock)
        token = await waiting(client)
        for _ in range(6):
            await knock(client, password="not the password")

        assert (await finish(client, token, app.next_code())).status_code == 200

    async def test_the_codes_of_one_person_are_not_counted_against_another(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        app = await add_app(await cast.dana(), clock)
        await add_app(await cast.a_user("Charlie").signed_in(), clock)
        for _ in range(6):
            await knock(client, "Charlie", code=app.wrong_code())

        assert (await knock(client, code=app.next_code())).status_code == 200

    @pytest.mark.asvs("NIST 63B-4 3.2.2")
    async def test_after_fifty_wrong_codes_none_is_heard_for_a_day(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        app = await add_app(await cast.dana(), clock)
        for _ in range(10):
            for _ in range(6):
                await knock(client, code=app.wrong_code())
            clock.pass_by(minutes=15, seconds=1)

        that_day = await knock(client, code=app.code)
        clock.pass_by(days=1)
        next_day = await knock(client, code=app.code)

        assert told(that_day) == TOO_OFTEN
        assert that_day.json()["retryAfter"] == 86400
        assert next_day.status_code == 200

    @pytest.mark.asvs("6.3.5")
    async def test_one_mail_tells_that_somebody_got_past_the_password(
        self, cast: Cast, client: httpx.AsyncClient, clock: MovedClock
    ) -> None:
        app = await add_app(await cast.dana(), clock)
        before = len(await cast.mails(DANA))

        for _ in range(8):
            await knock(client, code=app.wrong_code())

        mails = await cast.mails(DANA)
        assert len(mails) == before + 1
        assert "Wrong codes" in mails[0]["Subject"]
