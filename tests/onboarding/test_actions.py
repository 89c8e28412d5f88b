"""What is written when a journey moves: once, together, and kept."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from tests.cast import Cast, Person
from tests.onboarding.journeys import a_step

from firstmile.identity.events import EmailVerified
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.work import Work
from firstmile.onboarding import store
from firstmile.onboarding.actions import Facts, locked_journey, settle_step
from firstmile.onboarding.changing.applying import apply_definitions
from firstmile.onboarding.changing.editions import Wanted
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.models import State, Status
from firstmile.service import Service

VERIFY = "/api/v1/auth/verify-email"


async def kept(db: Connection, user_id: UserId) -> list[tuple[str, str | None, dict[str, Any]]]:
    """The kept events of a person, oldest first."""
    rows = await db.fetch(
        "SELECT kind, step_key, facts FROM onboarding_events WHERE user_id = $1 ORDER BY id",
        user_id,
    )
    return [(row[0], row[1], msgspec.json.decode(row[2])) for row in rows]


async def define(service: Service, *steps: Any) -> None:
    async with service.works.begin() as work:
        await apply_definitions(work, Wanted(Definitions(list(steps))))
    await service.catalogue.load(service.database)


@pytest.fixture
async def work(service: Service) -> AsyncIterator[Work]:
    """A transaction that is undone at the end."""
    work = await service.works.start()
    yield work
    await service.works.finish(work, commit=False)


async def test_what_happens_on_a_journey_is_kept(cast: Cast, db: Connection) -> None:
    dana = await cast.dana()
    await dana.settle("choose-market", "in_progress")
    await dana.settle("choose-market", "skipped", 1)

    by_fact = {"version": 1, "before": "todo", "after": "done", "reason": "fact"}
    begun = {"version": 1, "before": "todo", "after": "in_progress", "reason": "person"}
    skipped = {"version": 1, "before": "in_progress", "after": "skipped", "reason": "person"}
    assert await kept(db, dana.id) == [
        ("journey_started", None, {}),
        ("step_settled", "verify-email", by_fact),
        ("step_settled", "choose-market", begun),
        ("step_settled", "choose-market", skipped),
    ]


async def test_a_refused_change_leaves_no_trace(cast: Cast, db: Connection) -> None:
    dana = await cast.dana()
    before = await kept(db, dana.id)

    await dana.settle("create-project", "done")

    assert await kept(db, dana.id) == before


async def test_putting_off_is_kept_with_its_moment(cast: Cast, db: Connection) -> None:
    dana = await cast.dana()

    answer = await dana.post("/api/v1/onboarding/snooze", {"key": "choose-market"})

    kind, step, facts = (await kept(db, dana.id))[-1]
    assert (kind, step) == ("step_snoozed", "choose-market")
    assert facts["until"].replace("+00:00", "Z") == answer.json()["step"]["snoozedUntil"]


async def test_events_are_forgotten_after_a_year(
    cast: Cast, db: Connection, service: Service
) -> None:
    dana = await cast.dana()
    await db.execute(
        "UPDATE onboarding_events SET at = at - interval '366 days' WHERE kind = 'journey_started'"
    )

    async with service.works.begin() as work:
        removed = await service.clean_up(work)

    assert removed["onboarding_events"] == 1
    assert [kind for kind, _, _ in await kept(db, dana.id)] == ["step_settled"]


async def test_two_last_steps_at_once_activate_once(
    cast: Cast, db: Connection, service: Service
) -> None:
    dana = await cast.dana()
    await define(service, a_step("left"), a_step("right"))

    answers = await asyncio.gather(dana.settle("left", "done"), dana.settle("right", "done"))

    assert [answer.status_code for answer in answers] == [200, 200]
    assert sorted(answer.json()["activated"] for answer in answers) == [False, True]
    assert [kind for kind, _, _ in await kept(db, dana.id)].count("activated") == 1


async def test_a_person_is_activated_once_and_stays_so(
    cast: Cast, db: Connection, service: Service
) -> None:
    dana = await cast.dana()
    await define(service, a_step("only"))
    await dana.settle("only", "done")
    await define(service, a_step("only"), a_step("more"))

    journey = (await dana.get("/api/v1/onboarding")).json()
    await dana.settle("more", "done")

    assert (journey["activated"], journey["nextStep"]) == (True, "more")
    assert [kind for kind, _, _ in await kept(db, dana.id)].count("activated") == 1


async def test_verifying_the_address_settles_its_step(cast: Cast) -> None:
    dana = await cast.dana()

    step = (await dana.steps())["verify-email"]

    assert (step["status"], step["rowVersion"]) == ("done", 1)


async def test_an_address_is_verified_with_its_step_or_not_at_all(
    cast: Cast, service: Service, client: httpx.AsyncClient, db: Connection
) -> None:
    await cast.a_user("Dana").unverified().registered()
    token = await cast.token_for("dana@example.org")
    is_broken = True

    async def fail(_work: Work, _event: EmailVerified) -> None:
        if is_broken:
            raise RuntimeError("this reaction fails")

    service.subscribers.when(EmailVerified, fail)
    failed = await client.post(VERIFY, json={"token": token})

    assert failed.status_code == 500
    assert (await cast.user("Dana")).email_verified_at is None
    assert await db.fetchval("SELECT count(*) FROM journey_steps") == 0

    is_broken = False
    assert (await client.post(VERIFY, json={"token": token})).status_code == 200
    assert (await cast.user("Dana")).is_verified
    assert await db.fetchval("SELECT status FROM journey_steps") == "done"


async def test_a_fact_known_before_the_step_completes_it_when_the_person_says_so(
    cast: Cast, service: Service
) -> None:
    """A step that is added later may ask for what happened long ago."""
    dana = await cast.dana()
    await define(service, a_step("late", fact="email_verified", by_person=False))

    assert (await dana.steps())["late"]["status"] == "todo"
    assert (await dana.settle("late", "done")).json()["activated"] is True


async def test_a_fact_completes_every_step_that_waits_for_it(cast: Cast, service: Service) -> None:
    dana = await cast.dana()
    waiting = {"fact": "market_chosen", "by_person": False}
    await define(service, a_step("one", **waiting), a_step("two", "three", **waiting))

    await dana.patch("/api/v1/profile", {"market": "CA"})

    assert {step["status"] for step in (await dana.steps()).values()} == {"done"}


async def test_a_market_decides_which_steps_are_asked(cast: Cast, service: Service) -> None:
    dana = await cast.dana()
    await define(service, a_step("everywhere"), a_step("in-france", markets=frozenset({"FR"})))

    before = set(await dana.steps())
    await dana.patch("/api/v1/profile", {"market": "FR"})

    assert before == {"everywhere"}
    assert set(await dana.steps()) == {"everywhere", "in-france"}


async def test_whoever_has_no_journey_begins_one(work: Work, service: Service) -> None:
    somebody = UserId(new_id())

    journey = await locked_journey(work, service.catalogue, somebody)

    assert journey.traveller.user_id == somebody
    assert await store.start_journey(work.db, somebody, work.now) is False


async def test_two_first_changes_at_once_begin_one_journey(
    service: Service, db: Connection
) -> None:
    somebody = UserId(new_id())

    async def settle(key: str) -> None:
        async with service.works.begin() as work:
            await settle_step(
                work, service.catalogue, somebody, key, status=Status.IN_PROGRESS, seen=0
            )

    await asyncio.gather(settle("verify-email"), settle("verify-email"), return_exceptions=True)

    assert [kind for kind, _, _ in await kept(db, somebody)] == ["journey_started", "step_settled"]


async def test_a_write_that_skips_a_row_version_is_not_stored(work: Work) -> None:
    somebody = UserId(new_id())
    await store.start_journey(work.db, somebody, work.now)
    stored = [
        await store.save_step(work.db, somebody, "a", State(Status.DONE, 1, version), work.now)
        for version in (1, 1, 3, 2)
    ]

    assert stored == [True, False, False, True]


async def test_activation_is_stored_once(work: Work) -> None:
    somebody = UserId(new_id())
    await store.start_journey(work.db, somebody, work.now)

    assert [await store.activate(work.db, somebody, work.now) for _ in range(2)] == [True, False]


async def test_a_fact_is_remembered_once(work: Work, service: Service) -> None:
    somebody = UserId(new_id())
    facts = Facts(service.catalogue)

    for _ in range(2):
        await facts.note(work, somebody, fact="email_verified", roles=["owner"], market="CA")
    await facts.note(work, somebody, fact="profile_completed")

    traveller = await store.traveller(work.db, somebody)
    assert traveller is not None
    assert sorted(traveller.facts) == ["email_verified", "profile_completed"]
    assert (sorted(traveller.roles), traveller.market) == (["owner"], "CA")


async def test_moments_are_counted_for_one_person_one_kind_and_one_day(work: Work) -> None:
    dana, bob = UserId(new_id()), UserId(new_id())
    day = timedelta(days=1)
    for person, kind, age in (
        (dana, "step_snoozed", day / 2),
        (dana, "step_snoozed", day * 2),
        (dana, "step_settled", day / 2),
        (bob, "step_snoozed", day / 2),
    ):
        await store.add_event(
            work.db,
            person,
            kind,
            event_id=new_id(),
            step_key=None,
            facts={},
            now=work.now - age,
        )

    found = await store.moments_of(work.db, dana, "step_snoozed", since=work.now - day)

    assert found == [work.now - day / 2]


async def test_a_strangers_step_is_never_touched(cast: Cast, db: Connection) -> None:
    """Every question goes through the person who asks."""
    dana = await cast.dana()
    charlie: Person = await cast.a_user("Charlie").signed_in()
    before = await charlie.get("/api/v1/onboarding")

    await dana.settle("choose-market", "done")

    assert (await charlie.get("/api/v1/onboarding")).content == before.content
    touched = await db.fetch("SELECT user_id FROM journey_steps WHERE step_key = 'choose-market'")
    assert [UUID(str(row["user_id"])) for row in touched] == [dana.id]
