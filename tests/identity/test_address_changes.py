"""Another address: asked for, confirmed by the new mailbox, taken back by the old one."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.cast import PASSWORD, Cast, Person, text_of
from tests.clock import MovedClock

from firstmile.identity.address_changes import CONFIRM, REVERT, AddressChanges
from firstmile.kernel.database import Connection
from firstmile.service import Service

OLD, NEW = "dana@example.org", "new@example.org"
EMAIL, CONFIRM_PATH, REVERT_PATH = (
    "/api/v1/auth/email",
    "/api/v1/auth/confirm-email",
    "/api/v1/auth/revert-email",
)


async def ask(person: Person, email: str = NEW) -> httpx.Response:
    return await person.post(EMAIL, {"email": email})


async def address_of(person: Person) -> dict[str, Any]:
    told: dict[str, Any] = (await person.get(EMAIL)).json()
    return told


async def mail_about(cast: Cast, to: str, words: str) -> str:
    """The newest mail to an address that says these words."""
    for mail in await cast.mails(to):
        if words in text_of(mail):
            return text_of(mail)
    raise AssertionError(f"no mail to {to} that says {words}")


async def link(cast: Cast, to: str, page: str) -> str:
    """The token of the newest mail to an address with a link to this page."""
    before = f"/{page}?token="
    return (await mail_about(cast, to, before)).split(before)[1].split()[0]


async def confirm(cast: Cast, token: str) -> httpx.Response:
    return await cast.client.post(CONFIRM_PATH, json={"token": token})


async def revert(cast: Cast, token: str) -> httpx.Response:
    return await cast.client.post(REVERT_PATH, json={"token": token})


async def login(cast: Cast, email: str, password: str = PASSWORD) -> httpx.Response:
    cast.client.cookies.clear()
    return await cast.client.post("/api/v1/auth/login", json={"email": email, "password": password})


async def changed(cast: Cast, person: Person, new: str = NEW) -> str:
    """Change the address all the way; the link by which the old one takes it back."""
    assert (await ask(person, new)).status_code == 202
    assert (await confirm(cast, await link(cast, new, "confirm-email"))).status_code == 204
    return await link(cast, OLD, "revert-email")


async def register(cast: Cast, email: str) -> None:
    body = {"email": email, "password": "another 7 unrelated words", "firstName": "N"}
    answer = await cast.client.post("/api/v1/auth/register", json={**body, "lastName": "L"})
    assert answer.status_code == 202
    await cast.work_off()


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


class TestLinks:
    @pytest.mark.parametrize("token", ["", "x", "é", "=" * 64, "A" * 64, "A" * 900, "\0"])
    async def test_any_other_text_opens_nothing(self, cast: Cast, token: str) -> None:
        assert (await confirm(cast, token)).status_code == 400
        assert (await revert(cast, token)).status_code == 400

    async def test_a_link_for_one_thing_does_not_do_the_other(self, cast: Cast) -> None:
        dana = await cast.dana()
        await ask(dana)
        to_confirm = await link(cast, NEW, "confirm-email")
        to_revert = await link(cast, OLD, "revert-email")

        assert (await confirm(cast, to_revert)).status_code == 400
        assert (await revert(cast, to_confirm)).status_code == 400

    async def test_the_database_holds_nothing_that_is_a_link(
        self, cast: Cast, db: Connection, service: Service
    ) -> None:
        dana = await cast.dana()
        await ask(dana)
        change = await db.fetchrow("SELECT * FROM address_changes")
        assert change is not None

        for purpose in (CONFIRM, REVERT):
            mac = service.vault.digest(purpose, change["id"].bytes)
            assert mac.hex() not in str(change)
            assert not any(value == mac for value in change.values())

    async def test_old_changes_are_forgotten_and_open_ones_are_not(
        self, cast: Cast, service: Service, clock: MovedClock, db: Connection
    ) -> None:
        dana = await cast.dana()
        await ask(dana, "first@example.org")
        clock.pass_by(days=7, minutes=1)
        dana = await cast.sign_in("Dana")
        await ask(dana)

        async with service.works.begin() as work:
            removed = await service.clean_up(work)

        assert removed["address_changes"] == 1
        kept = await db.fetch("SELECT new_email FROM address_changes")
        assert [row["new_email"] for row in kept] == [NEW]
