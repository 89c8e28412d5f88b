"""What happened to an account is kept with it, for its person and for who helps them."""

from datetime import timedelta
from uuid import UUID

import httpx
from tests.cast import PASSWORD, Cast

from firstmile.identity import activity, store_activity
from firstmile.identity.events import SignedOut
from firstmile.identity.events_staff import AccountLocked
from firstmile.identity.store_activity import Happening
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId, new_id
from firstmile.service import Service


async def kinds(service: Service, user_id: UserId) -> list[str]:
    async with service.database.lease() as db:
        return [one.kind for one in await store_activity.recent(db, user_id, 50)]


async def test_an_account_remembers_what_happened_the_newest_first(
    cast: Cast, service: Service
) -> None:
    dana = await cast.dana()

    assert await kinds(service, dana.id) == ["signed_in", "email_verified", "user_registered"]


async def test_a_sign_in_is_kept_with_its_browser_and_without_an_address(
    cast: Cast, service: Service
) -> None:
    dana = await cast.dana()

    async with service.database.lease() as db:
        (newest,) = await store_activity.recent(db, dana.id, 1)

    assert newest.facts["methods"] == ["password"]
    assert {"device_name", "network", "session_id"} < set(newest.facts)
    assert "user_id" not in newest.facts
    assert newest.staff_id is None


async def test_what_staff_did_names_them_beside_the_facts(cast: Cast, service: Service) -> None:
    dana, staff_id = await cast.dana(), UUID(int=7)

    async with service.works.begin() as work:
        event = AccountLocked(user_id=dana.id, staff_id=staff_id, reason="Asked for by phone")
        await activity.record(work, event)

    async with service.database.lease() as db:
        (newest,) = await store_activity.recent(db, dana.id, 1)
    assert newest.staff_id == staff_id
    assert newest.facts == {"reason": "Asked for by phone"}


async def test_what_is_undone_is_not_remembered(
    cast: Cast, client: httpx.AsyncClient, service: Service, db: Connection
) -> None:
    """A registration with a known address opens a stranger's account, and undoes it."""
    dana = await cast.dana()
    body = {
        "email": dana.email,
        "password": "another good secret 7",
        "firstName": "Eve",
        "lastName": "Example",
    }

    answer = await client.post("/api/v1/auth/register", json=body)

    assert answer.status_code == 202
    assert await db.fetchval("SELECT count(DISTINCT user_id) FROM account_events") == 1
    assert (await kinds(service, dana.id)).count("user_registered") == 1


async def test_the_log_of_an_account_that_is_gone_needs_no_account(
    service: Service, db: Connection
) -> None:
    nobody = UserId(new_id())

    async with service.works.begin() as work:
        work.announce(SignedOut(user_id=nobody, session_id=new_id(), reason="signed_out"))

    assert await db.fetchval("SELECT count(*) FROM account_events") == 0


async def test_events_of_other_packages_are_kept_by_them(cast: Cast, service: Service) -> None:
    dana = await cast.a_user("Dana").with_profile().signed_in()

    found = await kinds(service, dana.id)

    assert "profile_completed" in found
    assert not {"journey_started", "step_settled", "activated"} & set(found)


async def test_a_page_goes_on_where_the_one_before_ended(cast: Cast, service: Service) -> None:
    dana = await cast.dana()
    await cast.sign_in("Dana", PASSWORD)

    async with service.database.lease() as db:
        first = await store_activity.recent(db, dana.id, 2)
        rest = await store_activity.recent(db, dana.id, 50, before=first[-1].id)
        whole = await store_activity.recent(db, dana.id, 50)

    assert [*first, *rest] == whole
    assert len(whole) == 4


async def test_what_is_older_than_a_year_is_forgotten(cast: Cast, service: Service) -> None:
    dana = await cast.dana()
    async with service.works.begin() as work:
        for days in (366, 364):
            then = work.now - timedelta(days=days)
            happening = Happening(new_id(), "signed_in", {}, None, then)
            await store_activity.add(work.db, dana.id, happening)

    async with service.works.begin() as work:
        removed = await service.clean_up(work)

    assert removed["account_events"] == 1
    assert len(await kinds(service, dana.id)) == 4
