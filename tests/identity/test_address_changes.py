"""Another address, asked for: both mailboxes hear of it, and nothing changes yet."""

import asyncio

import pytest
from tests.cast import Cast
from tests.clock import MovedClock
from tests.identity.changing_address import (
    EMAIL,
    NEW,
    OLD,
    address_of,
    ask,
    confirm,
    link,
    login,
    mail_about,
)

from firstmile.kernel.database import Connection


class TestAsking:
    async def test_both_addresses_are_written_to_and_nothing_changes_yet(self, cast: Cast) -> None:
        dana = await cast.dana()

        answer = await ask(dana)

        told = answer.json()
        assert (answer.status_code, told["email"]) == (202, OLD)
        assert told["pending"]["email"] == NEW
        assert len(await cast.mails(NEW)) == 1
        assert "/revert-email" not in await mail_about(cast, NEW, "/confirm-email?token=")
        assert NEW in await mail_about(cast, OLD, "/revert-email?token=")
        assert (await login(cast, OLD)).status_code == 200

    @pytest.mark.asvs("6.3.7")
    async def test_the_present_address_is_told_at_once(self, cast: Cast, db: Connection) -> None:
        dana = await cast.dana()

        await ask(dana)

        kinds = await db.fetch("SELECT kind FROM mails WHERE recipient = $1", OLD)
        assert "email_change_asked" in {row["kind"] for row in kinds}

    async def test_the_answer_is_the_same_for_an_address_that_has_an_account(
        self, cast: Cast
    ) -> None:
        await cast.a_user("Charlie").registered()
        dana = await cast.dana()
        before = len(await cast.mails("charlie@example.org"))

        taken, free = await ask(dana, "charlie@example.org"), await ask(dana)

        moments = {"askedAt", "expiresAt"}
        told = [
            {k: v for k, v in one.json()["pending"].items() if k not in {*moments, "email"}}
            for one in (taken, free)
        ]
        assert (taken.status_code, told[0]) == (free.status_code, told[1])
        assert len(await cast.mails("charlie@example.org")) == before

    @pytest.mark.asvs("7.5.1")
    async def test_a_credential_must_have_been_shown_lately(
        self, cast: Cast, clock: MovedClock
    ) -> None:
        dana = await cast.dana()
        clock.pass_by(minutes=11)

        answer = await ask(dana)

        assert (answer.status_code, answer.json()["error"]) == (403, "step_up_required")
        assert await cast.mails(NEW) == []

    @pytest.mark.parametrize(
        "email", ["", "no address", "a@b", "DANA@example.org", " dana@EXAMPLE.org "]
    )
    async def test_what_is_no_other_address_is_refused(self, cast: Cast, email: str) -> None:
        dana = await cast.dana()

        answer = await ask(dana, email)

        assert answer.status_code == 422
        assert answer.json()["details"][0]["field"] == "email"

    async def test_asking_again_replaces_what_was_asked(self, cast: Cast) -> None:
        dana = await cast.dana()
        await ask(dana, "first@example.org")
        first = await link(cast, "first@example.org", "confirm-email")

        await ask(dana)

        assert (await address_of(dana))["pending"]["email"] == NEW
        assert (await confirm(cast, first)).status_code == 400
        assert (await confirm(cast, await link(cast, NEW, "confirm-email"))).status_code == 204

    async def test_five_a_day_and_no_more(self, cast: Cast, clock: MovedClock) -> None:
        dana = await cast.dana()

        answers = [await ask(dana, f"new{number}@example.org") for number in range(6)]
        clock.pass_by(hours=24, minutes=1)
        dana = await cast.sign_in("Dana")

        assert [answer.status_code for answer in answers] == [202] * 5 + [429]
        assert answers[-1].json()["error"] == "too_many_address_changes"
        assert answers[-1].json()["retryAfter"] > 80_000
        assert await cast.mails("new5@example.org") == []
        assert (await ask(dana)).status_code == 202

    async def test_of_several_at_once_one_is_open(self, cast: Cast, db: Connection) -> None:
        dana = await cast.dana()

        answers = await asyncio.gather(*(ask(dana, f"new{n}@example.org") for n in range(5)))

        assert {answer.status_code for answer in answers} == {202}
        open_ones = "SELECT count(*) FROM address_changes WHERE cancelled_at IS NULL"
        assert await db.fetchval(open_ones) == 1

    async def test_it_can_be_cancelled(self, cast: Cast) -> None:
        dana = await cast.dana()
        await ask(dana)
        token = await link(cast, NEW, "confirm-email")

        answers = [await dana.client.delete(EMAIL, headers=dana.headers) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [204, 204]
        assert (await address_of(dana))["pending"] is None
        assert (await confirm(cast, token)).status_code == 400
