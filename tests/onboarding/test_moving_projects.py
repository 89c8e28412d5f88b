"""What members share moves as the plan says, at once with everybody, and comes back."""

import asyncio
import random
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.cast import Cast
from tests.onboarding.crews import (
    CHANGES,
    OLD,
    Crew,
    a_person,
    a_project,
    a_project_step,
    put_in,
    row_versions,
    steps_of,
)
from tests.onboarding.journeys import NOW, a_step
from tests.onboarding.moving import apply, told_of, undo
from tests.onboarding.test_sharing import shared

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.onboarding.changing.applying import apply_definitions, plan_definitions
from firstmile.onboarding.changing.editions import Wanted
from firstmile.onboarding.changing.store_moves import forget_moves_before
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.models import Definition
from firstmile.onboarding.moves import Drop, Merge, Move, Rename, Reset, Split, gone
from firstmile.service import Service

LATER = "2026-03-02T12:00:00Z"


def wanted(steps: list[Definition], *moves: Move) -> Wanted:
    return Wanted(Definitions(steps), {"a-change": moves} if moves else {})


async def planned(service: Service, what: Wanted) -> Any:
    async with service.works.begin() as work:
        return await plan_definitions(work, what)


async def of(db: Connection, project: UUID) -> dict[str, tuple[str, UserId | None]]:
    rows = await db.fetch(
        "SELECT step_key, status, done_by FROM project_steps WHERE project_id = $1", project
    )
    return {row[0]: (row[1], row[2]) for row in rows}


@pytest.fixture
async def acme(service: Service, db: Connection) -> tuple[UUID, UserId, UserId]:
    """A project of two, where each has done a step; the second one later."""
    await apply(service, wanted(OLD))
    project = await a_project(db)
    ann, ben = await a_person(db, 0), await a_person(db, 1)
    for person in (ann, ben):
        await put_in(db, person, project, random.Random(1))
    await a_project_step(db, project, "bank", "done", ann, minutes=1)
    await a_project_step(db, project, "papers", "done", ben, minutes=2)
    return project, ann, ben


@pytest.mark.parametrize("seed", range(2))
async def test_members_see_what_the_plan_said_and_undoing_gives_it_all_back(
    service: Service, db: Connection, seed: int
) -> None:
    await apply(service, wanted(OLD))
    crew = Crew(db, seed)
    await crew.come()
    before, seen, versions = await steps_of(db), await crew.seen(service), await row_versions(db)

    for name, (steps, moves) in CHANGES.items():
        plan = await planned(service, wanted(steps, *moves))
        assert await steps_of(db) == before, "a plan writes nothing"
        assert await apply(service, wanted(steps, *moves)) == plan

        told: Counter[Any] = Counter()
        for group, people in plan.groups.items():
            told[group.after] += people
        assert await crew.seen(service) == told, name
        moved = await db.fetchval("SELECT count(DISTINCT project_id) FROM project_moves")
        assert plan.sums.projects == moved > 0
        assert nothing_done_is_lost(before, await steps_of(db), moves), name

        assert (await undo(service)).sums.projects == moved
        assert await steps_of(db) == before, name
        assert await crew.seen(service) == seen
        risen = await row_versions(db)
        assert all(risen[step] >= versions[step] for step in versions)
        versions = risen
        await db.execute("DELETE FROM project_moves")


def nothing_done_is_lost(
    before: list[tuple[Any, ...]], after: list[tuple[Any, ...]], moves: tuple[Move, ...]
) -> bool:
    """Whatever was done is done, unless a move names it."""
    named = {key for move in moves for key in gone(move)}
    named |= {move.key for move in moves if isinstance(move, Reset)}
    done = {row[:2] for row in after if row[2] == "done"}
    return all(row[:2] in done for row in before if row[2] == "done" and row[1] not in named)


async def test_who_did_it_goes_along(
    service: Service, db: Connection, acme: tuple[UUID, UserId, UserId]
) -> None:
    project, ann, ben = acme
    merged = [shared("money"), shared("card")]

    await apply(service, wanted(merged, Merge(("bank", "papers"), "money", "any")))
    assert await of(db, project) == {"money": ("done", ben)}
    at = await db.fetchval("SELECT updated_at FROM project_steps WHERE step_key = 'money'")
    assert at == NOW + timedelta(minutes=2)
    await undo(service)

    parts = [shared("iban"), shared("mandate"), *OLD[2:]]
    await apply(service, wanted(parts, Split("bank", ("iban", "mandate"))))
    assert await of(db, project) == {
        "iban": ("done", ann), "mandate": ("done", ann), "papers": ("done", ben)
    }  # fmt: skip


async def test_a_part_that_is_open_leaves_the_whole_to_nobody(
    service: Service, db: Connection, acme: tuple[UUID, UserId, UserId]
) -> None:
    """Nobody has done `card`, whoever may."""
    project, _, ben = acme
    steps = [shared("money"), shared("papers")]

    await apply(service, wanted(steps, Merge(("bank", "card"), "money", "all")))

    assert await of(db, project) == {"money": ("in_progress", None), "papers": ("done", ben)}


async def test_what_is_under_way_begins_again_where_it_moves_and_is_left_where_it_does_not(
    service: Service, db: Connection
) -> None:
    await apply(service, wanted(OLD))
    project = await a_project(db)
    for key in ("bank", "card"):
        await a_project_step(db, project, key, "in_progress")
    steps = [shared("account", version=2), shared("card", version=2)]

    await apply(service, wanted(steps, Rename("bank", "account")))

    assert await of(db, project) == {"account": ("todo", None), "card": ("in_progress", None)}


async def test_what_members_did_since_counts_when_it_is_undone(
    service: Service, db: Connection, acme: tuple[UUID, UserId, UserId]
) -> None:
    project, _, ben = acme
    await db.execute("UPDATE project_steps SET status = 'todo' WHERE step_key = 'bank'")
    steps = [OLD[0], shared("account"), *OLD[2:]]
    await apply(service, wanted(steps, Rename("bank", "account"), Reset("papers")))
    assert (await of(db, project))["papers"] == ("todo", None)
    await db.execute(
        "UPDATE project_steps SET status = 'done', done_by = $1, updated_at = now()"
        " WHERE step_key = 'account'",
        ben,
    )

    await undo(service)

    assert await of(db, project) == {"bank": ("done", ben), "papers": ("done", ben)}


async def test_who_is_erased_is_in_no_journal_and_what_they_did_stays_done(
    service: Service, db: Connection, acme: tuple[UUID, UserId, UserId]
) -> None:
    project, ann, ben = acme
    steps = [OLD[0], shared("account"), *OLD[2:]]
    await apply(service, wanted(steps, Rename("bank", "account")))

    await db.execute("DELETE FROM users WHERE id = $1", ann)

    named = await db.fetch("SELECT old_done_by, new_done_by FROM project_moves")
    assert {ann} & {one for row in named for one in row} == set()
    assert (await of(db, project))["account"] == ("done", None)
    await undo(service)
    assert await of(db, project) == {"bank": ("done", None), "papers": ("done", ben)}


async def test_the_journal_is_forgotten_with_the_others_and_with_its_project(
    service: Service, db: Connection, acme: tuple[UUID, UserId, UserId]
) -> None:
    steps = [a_step("welcome"), shared("account"), *OLD[2:]]
    await apply(service, wanted(steps, Rename("tour", "welcome"), Rename("bank", "account")))
    kept = "SELECT (SELECT count(*) FROM project_moves), (SELECT count(*) FROM journey_moves)"
    assert tuple(await db.fetchrow(kept) or ()) == (2, 2)

    async with service.works.begin() as work:
        assert await forget_moves_before(work.db, work.now - timedelta(days=1)) == 0
        assert await forget_moves_before(work.db, work.now + timedelta(seconds=1)) == 4

    await undo(service)
    await apply(service, wanted(steps, Rename("tour", "welcome"), Rename("bank", "account")))
    await db.execute("DELETE FROM projects")
    assert await db.fetchval("SELECT count(*) FROM project_moves") == 0


async def test_whom_a_moved_project_completes_is_activated_and_told_of_once(
    cast: Cast, service: Service, db: Connection
) -> None:
    alice = await cast.alice()
    project = await cast.project_of(alice)
    await apply(service, wanted([shared("bank"), shared("card")]))
    await a_project_step(db, project, "bank", "done", alice.id)
    assert not (await alice.get("/api/v1/onboarding")).json()["activated"]

    change = wanted([shared("account")], Rename("bank", "account"), Drop("card"))
    plan = await apply(service, change)
    await service.catalogue.load(service.database)
    await cast.work_off()

    assert (plan.sums.completed, plan.sums.activated, plan.sums.projects) == (1, 1, 1)
    journey = (await alice.get("/api/v1/onboarding")).json()
    assert journey["activated"]
    assert journey["steps"][0]["doneBy"] == "Alice Example"
    assert await told_of(db) == [alice.id]
    kept = await db.fetchval("SELECT facts FROM onboarding_events WHERE kind = 'steps_moved'")
    assert '"account": "done"' in kept


async def test_who_settles_a_step_meanwhile_waits_and_goes_on_by_the_new_steps(
    cast: Cast, service: Service, db: Connection
) -> None:
    alice = await cast.alice()
    await cast.project_of(alice)
    await apply(service, wanted([shared("bank"), shared("card")]))
    await service.catalogue.load(service.database)
    change = wanted([shared("account"), shared("card")], Rename("bank", "account"))

    async with service.works.begin() as work:
        await apply_definitions(work, change)
        late = [asyncio.create_task(alice.settle(key, "done")) for key in ("bank", "card")]
        await until(db, "wait_event_type = 'Lock'", 2)
    answers = [(await one).status_code for one in late]

    assert answers == [404, 200]


async def test_nobody_waits_for_each_other_while_who_did_a_step_is_removed(
    service: Service, db: Connection, acme: tuple[UUID, UserId, UserId]
) -> None:
    """Whoever deletes an account holds what the person did, and then asks for the journey."""
    project, ann, ben = acme
    steps = [OLD[0], shared("account"), *OLD[2:]]
    removing = db.transaction()
    await removing.start()
    await db.execute("DELETE FROM users WHERE id = $1", ann)

    applying = asyncio.create_task(apply(service, wanted(steps, Rename("bank", "account"))))
    async with asyncio.timeout(20):
        # It let go of the journeys; else it waits, and holds them.
        await until(db, "(query LIKE 'SELECT pg_sleep%' OR wait_event_type = 'Lock')")
        await db.execute("DELETE FROM journeys WHERE user_id = $1", ann)
        await removing.commit()
        await applying

    assert await of(db, project) == {"account": ("done", None), "papers": ("done", ben)}


async def until(db: Connection, is_so: str, most: int = 1) -> None:
    """Wait for so many sessions of this database of which something is true."""
    asked = f"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND {is_so}"
    async with asyncio.timeout(20):
        while await db.fetchval(asked) < most:
            await asyncio.sleep(0.02)
            await db.execute("SELECT pg_stat_clear_snapshot()")  # within a transaction it is kept
