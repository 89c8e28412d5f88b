"""Decisions about steps of a project as they were: by who was in it, and by what it had done."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.cast import Cast, Person
from tests.identity.teams import Team, a_team, put_in
from tests.onboarding.journeys import a_step
from tests.onboarding.projects_at_random import CHANGES, Decided, a_world, walked
from tests.onboarding.test_shared_steps import BANK, JOURNEY, OWN, gated, settle

from firstmile.identity import store_account, store_projects
from firstmile.identity.models import Role
from firstmile.kernel.clock import system_clock
from firstmile.kernel.database import Connection
from firstmile.onboarding.explaining import store_project_history
from firstmile.outside.migrations import migrate
from firstmile.service import Service


@pytest.mark.parametrize("seed", range(3))
async def test_what_is_replayed_of_a_project_is_what_was_decided(
    cast: Cast, service: Service, db: Connection, seed: int
) -> None:
    world = await a_world(cast, service, seed)
    decided = await walked(world, db)

    replayed = [(moment, await world.replayed(db, moment)) for moment, _ in decided]

    assert replayed == decided
    assert len({repr(_timeless(one)) for _, one in decided}) > CHANGES // 3


def _timeless(decided: Decided) -> list[Any]:
    return [
        [one | {"at": None} if isinstance(one, dict) else one for one in found]
        for found in decided.values()
    ]


async def test_after_its_time_the_history_of_projects_begins_later_and_tells_the_truth(
    cast: Cast, service: Service, db: Connection
) -> None:
    world = await a_world(cast, service, 7)
    decided = await walked(world, db)
    middle = decided[CHANGES // 2][0]

    async with service.works.begin() as work:
        gone = await store_project_history.forget_before(work.db, middle)

    assert gone > 0
    for moment, expected in decided[CHANGES // 2 :]:
        assert await world.replayed(db, moment) == expected
    early = await world.replayed(db, decided[0][0])
    assert {early[person, world.projects[0]] for person in world.people} == {"history_not_kept"}


async def test_the_history_of_projects_begins_with_how_everything_is(
    cast: Cast, service: Service, db: Connection, database_url: str
) -> None:
    world = await a_world(cast, service, 5)
    ((early, _), *_) = await walked(world, db)

    await asyncio.to_thread(migrate, database_url, to="0031")
    await asyncio.to_thread(migrate, database_url)

    moment = system_clock()
    assert await world.replayed(db, moment) == await world.live(db, moment)
    refused = (await world.replayed(db, early))[world.people[0], world.projects[0]]
    assert refused == "history_not_kept"


@pytest.fixture
async def team(cast: Cast, service: Service) -> Team:
    """Acme, with a step of its members, one of each, and one of each that waits for the first."""
    team = await a_team(cast)
    await gated(service, OWN, BANK, a_step("pay", "bank"))
    return team


async def at(person: Person, moment: datetime, project: UUID | None = None, **asked: str) -> Any:
    """What somebody is told of a moment."""
    query = {"at": moment.isoformat(), **asked} | ({"project": str(project)} if project else {})
    return await person.get(f"{JOURNEY}/explain", params=query)


async def test_a_project_can_be_named_with_a_moment(team: Team, cast: Cast) -> None:
    made = await team.bob.post("/api/v1/projects", {"name": "Of Bob"})
    second = UUID(made.json()["id"])
    bob = await cast.sign_in("Bob")
    before = system_clock()
    await settle(bob, "bank", "done", project=second)
    after = system_clock()

    told = [
        (await at(bob, moment, project, step="bank")).json()["step"]
        for moment in (before, after)
        for project in (None, second)
    ]
    assert [one["status"] for one in told] == ["todo", "todo", "todo", "done"]
    assert told[3]["doneBy"] == "Bob Example"
    strange = await at(team.alice, after, second, step="bank")
    assert (strange.status_code, strange.json()["message"]) == (404, "There is no such project.")


async def test_staff_ask_for_somebody_who_left_since(team: Team, cast: Cast) -> None:
    sam = await cast.sam("support")
    await settle(team.alice, "bank", "done")
    inside = system_clock().isoformat()
    await team.remove(team.alice, team.bob)
    outside = system_clock().isoformat()

    path = f"/api/v1/admin/journeys/{team.bob.id}/explain"
    there, gone = [
        await sam.get(path, params={"route": "/billing", "at": moment, "project": team.project})
        for moment in (inside, outside)
    ]

    assert (there.status_code, there.json()["allowed"]) == (200, True)
    assert gone.status_code == 404
    first = (await sam.get(path, params={"step": "bank", "at": outside})).json()
    assert first["error"] == "project_needed"


async def test_who_left_reads_what_was_decided_and_no_name_of_those_who_stay(
    team: Team, cast: Cast, db: Connection
) -> None:
    sam = await cast.sam("support")
    await settle(team.alice, "bank", "done")
    inside = system_clock()
    before = await at(team.bob, inside, step="bank")
    await team.remove(team.alice, team.bob)
    bob = await cast.sign_in("Bob")
    await db.execute("UPDATE projects SET name = 'Secret plan'")

    after = await at(bob, inside, step="bank")
    path = f"/api/v1/admin/journeys/{bob.id}/explain"
    staff = await sam.get(path, params={"step": "bank", "at": inside.isoformat()})

    assert before.json()["step"]["doneBy"] == staff.json()["step"]["doneBy"] == "Alice Example"
    assert (after.json()["step"]["status"], after.json()["step"]["doneBy"]) == ("done", None)
    assert ("Secret plan" in staff.text, "Secret plan" in after.text) == (True, False)


async def test_only_what_asks_for_shared_steps_is_refused_of_a_time_they_were_not_kept(
    team: Team, db: Connection
) -> None:
    moment = system_clock()
    since = moment + timedelta(milliseconds=1)
    await db.execute("UPDATE project_history_since SET at = $1", since)

    answers = [
        await at(team.bob, moment, **asked)
        for asked in (
            {"step": "tour"},
            {"route": "/free"},
            {"step": "bank"},
            {"step": "pay"},
            {"route": "/billing"},
            {"step": "tour", "project": team.project},
        )
    ]

    assert [one.status_code for one in answers] == [200, 200, 409, 409, 409, 409]
    assert {one.json()["error"] for one in answers[2:]} == {"history_not_kept"}
    assert {datetime.fromisoformat(one.json()["since"]) for one in answers[2:]} == {since}


async def test_a_project_that_was_removed_is_not_taken_for_another_one(
    team: Team, cast: Cast, service: Service, db: Connection
) -> None:
    made = await team.bob.post("/api/v1/projects", {"name": "Of Bob"})
    second = UUID(made.json()["id"])
    bob = await cast.sign_in("Bob")
    await put_in(cast, second, team.alice, Role.MEMBER)
    await settle(bob, "bank", "done")
    before = system_clock()
    async with service.works.begin() as work:
        await store_projects.remove_project(work.db, team.project)
    after = system_clock()

    unknown = await at(bob, before, step="bank")
    assert (unknown.status_code, unknown.json()["error"]) == (409, "history_not_kept")
    assert before < datetime.fromisoformat(unknown.json()["since"]) < after
    assert (await at(bob, before, team.project, step="tour")).status_code == 409
    assert (await at(bob, before, step="tour")).status_code == 200
    assert (await at(bob, before, second, step="bank")).json()["step"]["status"] == "todo"
    assert (await at(bob, after, step="bank")).json()["step"]["status"] == "todo"
    assert await _count(db, "project_history", "project_id", team.project) == 0


async def test_nothing_is_left_in_a_project_of_who_is_erased(
    team: Team, service: Service, db: Connection
) -> None:
    await settle(team.bob, "bank", "done")
    await db.execute("UPDATE project_steps SET asked_by = done_by")
    moment = system_clock()
    assert await _count(db, "membership_history", "user_id", team.bob.id) == 1

    async with service.works.begin() as work:
        await store_account.remove_account(work.db, team.bob.id)

    for table in ("membership_history", "project_history"):
        rows = await db.fetch(f"SELECT {table}::text FROM {table}")
        assert not [row for row in rows if str(team.bob.id) in row[0]]
    step = (await at(team.alice, moment, step="bank")).json()["step"]
    assert (step["status"], step["doneBy"]) == ("done", None)


async def test_what_decides_nothing_is_not_kept(team: Team, db: Connection) -> None:
    await store_projects.set_billing_contact(
        db, team.project, "Acme", "pay@example.org", system_clock()
    )
    before = await _count(db, "project_history", "project_id", team.project)

    await store_projects.rename(db, team.project, "Acme & Sons", system_clock())
    await store_projects.set_billing_contact(
        db, team.project, "Acme", "bills@example.org", system_clock()
    )

    assert await _count(db, "project_history", "project_id", team.project) == before == 2


async def _count(db: Connection, table: str, column: str, whose: UUID) -> int:
    found = await db.fetchval(f"SELECT count(*) FROM {table} WHERE {column} = $1", whose)
    return int(found)
