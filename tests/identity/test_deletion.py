"""The end of an account: asked for, put off, taken back, and carried out with all of theirs."""

import asyncio
import re

import httpx
import pytest
from tests.cast import PASSWORD, Cast, Person, text_of
from tests.clock import MovedClock
from tests.pictures import a_picture
from tests.waiting import until

from firstmile.identity.deletion import Deletions
from firstmile.identity.members import join_project
from firstmile.identity.models import Role
from firstmile.identity.sessions import Sessions
from firstmile.kernel.database import Connection
from firstmile.service import Service
from firstmile.settings import Settings

PATH = "/api/v1/auth/account/deletion"


async def delete(person: Person) -> httpx.Response:
    return await person.post(PATH)


async def keep(person: Person) -> httpx.Response:
    return await person.client.delete(PATH, headers=person.headers)


async def carry_out(cast: Cast, service: Service) -> int:
    async with service.works.begin() as work:
        count = await service.parts.get(Deletions).carry_out(work)
    await cast.work_off()
    return count


async def _is_out(person: Person) -> bool:
    return (await person.get("/api/v1/auth/sessions")).status_code == 401


async def rows_about(db: Connection, person: Person) -> dict[str, int]:
    """How many rows of each table speak of somebody, by their id or their address."""
    tables = await db.fetch(
        """
        SELECT table_name, column_name
        FROM information_schema.columns
        JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND data_type = 'uuid'
        """
    )
    found = {}
    for table, column in tables:
        about = f'SELECT count(*) FROM "{table}" WHERE "{column}" = $1'
        if count := await db.fetchval(about, person.id):
            found[f"{table}.{column}"] = count
    return found


class TestAsking:
    async def test_the_account_waits_for_14_days_and_everybody_is_signed_out(
        self, cast: Cast, clock: MovedClock
    ) -> None:
        dana = await cast.dana()
        elsewhere = await cast.sign_in("Dana")

        answer = await delete(dana)

        told = answer.json()["deletionAt"]
        again = await cast.sign_in("Dana")
        me = (await again.get("/api/v1/auth/me")).json()["user"]
        assert answer.status_code == 202
        assert me["deletionAt"] == told
        assert (await dana.get("/api/v1/auth/me")).status_code == 401
        assert (await elsewhere.get("/api/v1/auth/me")).status_code == 401

    async def test_the_person_is_told_until_when_they_may_keep_it(self, cast: Cast) -> None:
        dana = await cast.dana()

        await delete(dana)

        (mail,) = [m for m in await cast.mails(dana.email) if "deleted" in m["Subject"]]
        assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", text_of(mail))
        assert "/sign-in" in text_of(mail)

    @pytest.mark.asvs("7.5.1")
    async def test_a_credential_must_have_been_shown_lately(
        self, cast: Cast, clock: MovedClock
    ) -> None:
        dana = await cast.dana()
        clock.pass_by(minutes=11)

        answer = await delete(dana)

        assert (answer.status_code, answer.json()["error"]) == (403, "step_up_required")
        assert (await dana.get("/api/v1/auth/me")).json()["user"]["deletionAt"] is None

    async def test_asking_again_does_not_put_it_off(self, cast: Cast, clock: MovedClock) -> None:
        first = (await delete(await cast.dana())).json()
        clock.pass_by(days=3)
        dana = await cast.sign_in("Dana")

        second = await delete(dana)

        assert second.json() == first
        mails = [m for m in await cast.mails(dana.email) if "deleted" in m["Subject"]]
        assert len(mails) == 1

    async def test_an_only_owner_hands_their_project_over_first(self, cast: Cast) -> None:
        alice = await cast.alice()
        project = await cast.project_of(alice)
        await cast.bob(project)
        alice = await cast.sign_in("Alice")

        answer = await delete(alice)

        assert (answer.status_code, answer.json()["error"]) == (409, "last_owner")
        assert answer.json()["projects"] == [{"id": str(project), "name": "Acme"}]
        assert (await alice.get("/api/v1/auth/me")).json()["user"]["deletionAt"] is None

    async def test_a_project_that_nobody_else_is_in_stands_in_nobodys_way(self, cast: Cast) -> None:
        assert (await delete(await cast.alice())).status_code == 202

    async def test_a_project_with_another_owner_stands_in_nobodys_way(
        self, cast: Cast, service: Service
    ) -> None:
        alice = await cast.alice()
        project = await cast.project_of(alice)
        bob = await cast.a_user("Bob").signed_in()
        async with service.works.begin() as work:
            sessions = service.parts.get(Sessions)
            await join_project(work, sessions, project, bob.id, Role.OWNER)

        assert (await delete(alice)).status_code == 202

    async def test_an_owner_who_leaves_is_none_to_count_on(
        self, cast: Cast, service: Service
    ) -> None:
        alice = await cast.alice()
        project = await cast.project_of(alice)
        bob = await cast.a_user("Bob").signed_in()
        await cast.a_user("Charlie").joining(project).signed_in()
        async with service.works.begin() as work:
            sessions = service.parts.get(Sessions)
            await join_project(work, sessions, project, bob.id, Role.OWNER)

        answers = [await delete(alice), await delete(bob)]

        assert [answer.status_code for answer in answers] == [202, 409]

    async def test_of_two_owners_who_leave_at_once_one_stays(
        self, cast: Cast, service: Service
    ) -> None:
        alice = await cast.alice()
        project = await cast.project_of(alice)
        bob = await cast.a_user("Bob").signed_in()
        await cast.a_user("Charlie").joining(project).signed_in()
        async with service.works.begin() as work:
            sessions = service.parts.get(Sessions)
            await join_project(work, sessions, project, bob.id, Role.OWNER)

        answers = await asyncio.gather(delete(alice), delete(bob))

        assert sorted(answer.status_code for answer in answers) == [202, 409]

    async def test_sixteen_at_once_ask_once(self, cast: Cast, db: Connection) -> None:
        dana = await cast.dana()

        answers = await asyncio.gather(*(delete(dana) for _ in range(16)))

        assert {answer.status_code for answer in answers} <= {202, 401, 503}
        count = "SELECT count(*) FROM account_events WHERE kind = 'account_deletion_asked'"
        assert await db.fetchval(count) == 1


class TestKeeping:
    async def test_signing_in_does_not_keep_it_by_itself(self, cast: Cast) -> None:
        await delete(await cast.dana())

        dana = await cast.sign_in("Dana")
        await dana.get("/api/v1/onboarding")

        assert (await dana.get("/api/v1/auth/me")).json()["user"]["deletionAt"] is not None

    async def test_one_word_keeps_it(self, cast: Cast, service: Service, clock: MovedClock) -> None:
        await delete(await cast.dana())
        dana = await cast.sign_in("Dana")

        answers = [await keep(dana) for _ in range(2)]
        clock.pass_by(days=15)

        assert [answer.status_code for answer in answers] == [204, 204]
        assert await carry_out(cast, service) == 0
        assert (await cast.sign_in("Dana")).id == dana.id


class TestCarryingOut:
    async def test_nothing_is_deleted_a_minute_before_its_time(
        self, cast: Cast, service: Service, clock: MovedClock
    ) -> None:
        await delete(await cast.dana())

        clock.pass_by(days=13, hours=23, minutes=59)
        assert await carry_out(cast, service) == 0
        clock.pass_by(minutes=1)
        assert await carry_out(cast, service) == 1

    async def test_nothing_is_left_of_them(
        self,
        cast: Cast,
        service: Service,
        settings: Settings,
        clock: MovedClock,
        db: Connection,
    ) -> None:
        alice = await cast.alice()
        files = {"file": ("me.png", a_picture(), "image/png")}
        await alice.client.put("/api/v1/profile/avatar", files=files, headers=alice.headers)
        await alice.post("/api/v1/auth/email", {"email": "new@example.org"})
        await cast.work_off()
        assert len(await rows_about(db, alice)) >= 8
        await delete(alice)
        clock.pass_by(days=14)

        await carry_out(cast, service)

        assert await rows_about(db, alice) == {}
        assert await db.fetchval("SELECT count(*) FROM projects") == 0
        assert await db.fetchval("SELECT count(*) FROM onboarding_events") == 0
        assert list(settings.uploads_folder.iterdir()) == []

    async def test_nothing_of_others_goes_with_them(
        self, cast: Cast, service: Service, clock: MovedClock, db: Connection
    ) -> None:
        alice = await cast.alice()
        bob = await cast.bob(await cast.project_of(alice))
        await delete(bob)
        before = await rows_about(db, alice)
        clock.pass_by(days=14)

        await carry_out(cast, service)

        assert await rows_about(db, alice) == before
        assert await db.fetchval("SELECT count(*) FROM projects") == 1

    async def test_the_address_is_free_again(
        self, cast: Cast, service: Service, clock: MovedClock
    ) -> None:
        dana = await cast.dana()
        await delete(dana)
        clock.pass_by(days=14)
        await carry_out(cast, service)

        newcomer = await cast.dana()

        assert newcomer.id != dana.id

    async def test_who_became_the_only_owner_meanwhile_waits(
        self, cast: Cast, service: Service, clock: MovedClock, db: Connection
    ) -> None:
        """The data of a project is not lost because its owner left while nobody looked."""
        alice = await cast.alice()
        project = await cast.project_of(alice)
        bob = await cast.a_user("Bob").signed_in()
        await cast.a_user("Charlie").joining(project).signed_in()
        async with service.works.begin() as work:
            sessions = service.parts.get(Sessions)
            await join_project(work, sessions, project, bob.id, Role.OWNER)
        await delete(alice)
        await db.execute("DELETE FROM memberships WHERE user_id = $1", bob.id)
        clock.pass_by(days=14)

        assert await carry_out(cast, service) == 0
        assert await db.fetchval("SELECT count(*) FROM projects") == 1

    async def test_two_workers_delete_an_account_once(
        self, cast: Cast, service: Service, clock: MovedClock
    ) -> None:
        await delete(await cast.dana())
        clock.pass_by(days=14)

        counts = await asyncio.gather(*(carry_out(cast, service) for _ in range(3)))

        assert sum(counts) == 1

    async def test_who_is_signed_in_at_that_moment_is_so_no_more(
        self, cast: Cast, service: Service, clock: MovedClock
    ) -> None:
        await delete(await cast.dana())
        clock.pass_by(days=14)
        dana = await cast.sign_in("Dana")
        assert (await dana.get("/api/v1/auth/me")).status_code == 200

        await carry_out(cast, service)

        await until(lambda: _is_out(dana))
        assert (await dana.get("/api/v1/onboarding")).status_code == 401

    async def test_the_daily_clean_up_does_it_and_says_how_many(
        self, cast: Cast, service: Service, clock: MovedClock
    ) -> None:
        await delete(await cast.dana())
        clock.pass_by(days=14)

        async with service.works.begin() as work:
            removed = await service.clean_up(work)

        assert removed["accounts"] == 1
        body = {"email": "dana@example.org", "password": PASSWORD}
        assert (await cast.client.post("/api/v1/auth/login", json=body)).status_code == 401
