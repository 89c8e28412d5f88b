"""The old mailbox takes a change of address back."""

import asyncio

from tests.cast import Cast
from tests.clock import MovedClock
from tests.identity.changing_address import (
    EMAIL,
    NEW,
    OLD,
    ask,
    changed,
    confirm,
    link,
    login,
    register,
    revert,
)

from firstmile.kernel.database import Connection


class TestTakingItBack:
    async def test_the_old_address_counts_again_and_nobody_is_signed_in(self, cast: Cast) -> None:
        dana = await cast.dana()
        token = await changed(cast, dana)

        answer = await revert(cast, token)

        assert answer.status_code == 200
        assert (await dana.get("/api/v1/auth/me")).status_code == 401
        assert [(await login(cast, one)).status_code for one in (OLD, NEW)] == [401, 401]
        body = {"token": answer.json()["passwordToken"], "password": "quite another 7 words"}
        done = await cast.client.post("/api/v1/auth/reset-password", json=body)
        assert done.status_code == 204
        assert (await login(cast, OLD, "quite another 7 words")).status_code == 200
        assert (await login(cast, NEW, "quite another 7 words")).status_code == 401

    async def test_it_works_before_the_change_is_confirmed(self, cast: Cast) -> None:
        dana = await cast.dana()
        await ask(dana)
        token, to_confirm = (
            await link(cast, OLD, "revert-email"),
            await link(cast, NEW, "confirm-email"),
        )

        answer = await revert(cast, token)

        assert answer.status_code == 200
        assert (await confirm(cast, to_confirm)).status_code == 400
        assert (await login(cast, OLD)).status_code == 401

    async def test_a_change_that_was_cancelled_can_be_answered_all_the_same(
        self, cast: Cast
    ) -> None:
        """A thief who thinks better of it has the account in their hands as before."""
        dana = await cast.dana()
        await ask(dana)
        await dana.client.delete(EMAIL, headers=dana.headers)

        answer = await revert(cast, await link(cast, OLD, "revert-email"))

        assert answer.status_code == 200
        assert (await dana.get("/api/v1/auth/me")).status_code == 401

    async def test_it_undoes_every_change_that_came_after(self, cast: Cast) -> None:
        dana = await cast.dana()
        first = await changed(cast, dana)
        await ask(dana, "third@example.org")
        await confirm(cast, await link(cast, "third@example.org", "confirm-email"))
        thiefs_own = await link(cast, NEW, "revert-email")

        answer = await revert(cast, first)

        assert answer.status_code == 200
        assert (await cast.user("Dana")).email == OLD
        assert (await revert(cast, thiefs_own)).status_code == 400

    async def test_it_is_good_for_seven_days_and_once(self, cast: Cast, clock: MovedClock) -> None:
        dana = await cast.dana()
        token = await changed(cast, dana)
        clock.pass_by(days=6, hours=23)

        answers = [await revert(cast, token) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [200, 400]

    async def test_it_is_too_late_after_seven_days(self, cast: Cast, clock: MovedClock) -> None:
        dana = await cast.dana()
        token = await changed(cast, dana)
        clock.pass_by(days=7)

        assert (await revert(cast, token)).status_code == 400
        assert (await login(cast, NEW)).status_code == 200

    async def test_nobody_keeps_the_address_by_registering_it_and_proving_nothing(
        self, cast: Cast, db: Connection
    ) -> None:
        dana = await cast.dana()
        token = await changed(cast, dana)
        await register(cast, OLD)

        answer = await revert(cast, token)

        assert answer.status_code == 200
        assert await db.fetchval("SELECT id FROM users WHERE email_key = $1", OLD) == dana.id
        assert await db.fetchval("SELECT count(*) FROM journeys") == 1

    async def test_an_account_that_proved_the_address_keeps_it(self, cast: Cast) -> None:
        dana = await cast.dana()
        token = await changed(cast, dana)
        await register(cast, OLD)
        verify = await link(cast, OLD, "verify-email")
        await cast.client.post("/api/v1/auth/verify-email", json={"token": verify})

        answer = await revert(cast, token)

        assert (answer.status_code, answer.json()["error"]) == (409, "address_taken")
        assert (await login(cast, NEW)).status_code == 200

    async def test_sixteen_uses_of_one_link_take_it_back_once(self, cast: Cast) -> None:
        dana = await cast.dana()
        token = await changed(cast, dana)

        answers = await asyncio.gather(*(revert(cast, token) for _ in range(16)))

        statuses = [answer.status_code for answer in answers]
        assert statuses.count(200) == 1
        assert set(statuses) <= {200, 400, 503}

    async def test_confirming_and_taking_back_at_once_end_with_the_old_address(
        self, cast: Cast
    ) -> None:
        dana = await cast.dana()
        await ask(dana)
        tokens = (
            await link(cast, NEW, "confirm-email"),
            await link(cast, OLD, "revert-email"),
        )

        _, taken_back = await asyncio.gather(confirm(cast, tokens[0]), revert(cast, tokens[1]))

        assert taken_back.status_code == 200
        assert (await cast.user("Dana")).email == OLD
