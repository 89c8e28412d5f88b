"""Another address counts once the new mailbox confirms it."""

import asyncio

from tests.cast import Cast
from tests.clock import MovedClock
from tests.identity.changing_address import (
    NEW,
    OLD,
    address_of,
    ask,
    changed,
    confirm,
    link,
    login,
    mail_about,
    register,
)

from firstmile.identity.address_changes import AddressChanges
from firstmile.kernel.database import Connection
from firstmile.service import Service


class TestConfirming:
    async def test_the_new_address_counts_and_both_are_told(self, cast: Cast) -> None:
        dana = await cast.dana()

        await changed(cast, dana)

        assert await address_of(dana) == {"email": NEW, "pending": None}
        assert (await login(cast, OLD)).status_code == 401
        assert (await login(cast, NEW)).status_code == 200
        assert "/revert-email" not in await mail_about(cast, NEW, "Sign in with it from now on.")
        assert "/revert-email" in await mail_about(cast, OLD, "If you wanted this")

    async def test_a_link_confirms_once(self, cast: Cast) -> None:
        dana = await cast.dana()
        await ask(dana)
        token = await link(cast, NEW, "confirm-email")

        answers = [await confirm(cast, token) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [204, 400]
        assert answers[1].json()["error"] == "token_invalid"

    async def test_looking_does_not_use_it_up(self, cast: Cast, service: Service) -> None:
        dana = await cast.dana()
        await ask(dana)
        changes = service.parts.get(AddressChanges)
        token = await link(cast, NEW, "confirm-email")

        for _ in range(3):
            assert await changes.to_confirm(service.works, token) is not None
            assert (await cast.client.get(f"/confirm-email?token={token}")).status_code == 200

        assert (await confirm(cast, token)).status_code == 204
        assert await changes.to_confirm(service.works, token) is None

    async def test_a_link_is_good_for_a_day(self, cast: Cast, clock: MovedClock) -> None:
        dana = await cast.dana()
        await ask(dana)
        token = await link(cast, NEW, "confirm-email")

        clock.pass_by(hours=24)

        assert (await confirm(cast, token)).status_code == 400
        dana = await cast.sign_in("Dana")
        assert (await address_of(dana))["pending"] is None
        assert (await ask(dana)).status_code == 202

    async def test_an_address_that_got_an_account_meanwhile_changes_nothing(
        self, cast: Cast, db: Connection
    ) -> None:
        dana = await cast.dana()
        await ask(dana)
        token = await link(cast, NEW, "confirm-email")
        await register(cast, NEW)

        answer = await confirm(cast, token)

        assert (answer.status_code, answer.json()["error"]) == (409, "address_taken")
        assert (await address_of(dana))["email"] == OLD
        assert (await address_of(dana))["pending"]["email"] == NEW
        assert await db.fetchval("SELECT count(*) FROM users WHERE email_key = $1", NEW) == 1

    async def test_links_to_the_old_mailbox_open_nothing_any_more(self, cast: Cast) -> None:
        """Who can read the old mail must not set the password of the account that left it."""
        dana = await cast.dana()
        await cast.client.post("/api/v1/auth/forgot-password", json={"email": OLD})
        reset = await link(cast, OLD, "reset-password")

        await changed(cast, dana)
        body = {"token": reset, "password": "a password of a thief 9"}
        answer = await cast.client.post("/api/v1/auth/reset-password", json=body)

        assert answer.status_code == 400
        assert (await login(cast, NEW)).status_code == 200

    async def test_the_old_address_is_free_again(self, cast: Cast) -> None:
        dana = await cast.dana()
        await changed(cast, dana)

        await register(cast, OLD)

        assert await link(cast, OLD, "verify-email")

    async def test_sixteen_uses_of_one_link_change_it_once(
        self, cast: Cast, db: Connection
    ) -> None:
        dana = await cast.dana()
        await ask(dana)
        token = await link(cast, NEW, "confirm-email")

        answers = await asyncio.gather(*(confirm(cast, token) for _ in range(16)))

        statuses = [answer.status_code for answer in answers]
        assert statuses.count(204) == 1
        assert set(statuses) <= {204, 400, 503}
        kinds = await db.fetch("SELECT kind FROM account_events WHERE kind = 'email_changed'")
        assert len(kinds) == 1

    async def test_of_two_people_who_want_one_address_one_gets_it(
        self, cast: Cast, db: Connection
    ) -> None:
        people = [await cast.dana(), await cast.a_user("Charlie").signed_in()]
        tokens = []
        for person in people:
            await ask(person)
            tokens.append(await link(cast, NEW, "confirm-email"))
        assert len(set(tokens)) == 2

        answers = await asyncio.gather(*(confirm(cast, token) for token in tokens))

        assert sorted(answer.status_code for answer in answers) == [204, 409]
        assert await db.fetchval("SELECT count(*) FROM users WHERE email_key = $1", NEW) == 1

    async def test_a_registration_at_the_same_moment_gets_it_or_the_change_does(
        self, cast: Cast, db: Connection
    ) -> None:
        dana = await cast.dana()
        await ask(dana)
        token = await link(cast, NEW, "confirm-email")

        answer, _ = await asyncio.gather(confirm(cast, token), register(cast, NEW))

        assert answer.status_code in (204, 409)
        assert await db.fetchval("SELECT count(*) FROM users WHERE email_key = $1", NEW) == 1
