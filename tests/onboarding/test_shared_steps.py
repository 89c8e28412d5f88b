"""What one member of a project does is done for all of them, once, and is of nobody else."""

import asyncio
import random
from typing import Any
from uuid import UUID

import pytest
from tests.cast import Cast, Person
from tests.identity.teams import Team, a_team, ask, put_in
from tests.onboarding.journeys import a_step
from tests.onboarding.moving import apply, undo
from tests.onboarding.test_actions import define, kept
from tests.onboarding.test_sharing import shared

from firstmile.identity import store_account
from firstmile.identity.models import Role
from firstmile.kernel.database import Connection
from firstmile.kernel.refusals import Conflict
from firstmile.onboarding.changing.applying import apply_definitions, plan_definitions
from firstmile.onboarding.changing.editions import Wanted, check_seen
from firstmile.onboarding.files.definitions import Definitions, DefinitionsRefused
from firstmile.onboarding.gates import GatedRoute
from firstmile.onboarding.models import Definition
from firstmile.service import Service

JOURNEY = "/api/v1/onboarding"
OWN = a_step("tour")
BANK = shared("bank")
ROUTE = GatedRoute("/billing", ("bank",))


async def gated(service: Service, *steps: Definition) -> None:
    async with service.works.begin() as work:
        await apply_definitions(work, Wanted(Definitions(list(steps), [ROUTE])))
    await service.catalogue.load(service.database)


async def settle(
    person: Person, key: str, status: str, seen: int = 0, project: UUID | None = None
) -> Any:
    query = f"?project={project}" if project else ""
    body = {"status": status, "rowVersion": seen}
    return await person.patch(f"{JOURNEY}/steps/{key}{query}", body)


async def seen_by(person: Person, key: str = "bank", project: UUID | None = None) -> Any:
    query = f"?project={project}" if project else ""
    steps = (await person.get(f"{JOURNEY}{query}")).json()["steps"]
    return next(step for step in steps if step["key"] == key)


@pytest.fixture
async def team(cast: Cast, service: Service) -> Team:
    """Acme, whose members have one step together and one for each."""
    team = await a_team(cast)
    await gated(service, OWN, BANK)
    return team


async def test_a_member_does_it_for_all(team: Team, cast: Cast) -> None:
    answer = await settle(team.bob, "bank", "done")
    await settle(team.bob, "tour", "done")

    told = answer.json()["step"]
    assert (told["scope"], told["status"], told["doneBy"]) == ("project", "done", "Bob Example")
    assert told["doneAt"]
    for person in team.people.values():
        step = await seen_by(person)
        assert (step["status"], step["doneBy"], step["rowVersion"]) == ("done", "Bob Example", 1)
        assert step["doneAt"] == told["doneAt"]
    assert (await seen_by(team.alice, "tour"))["status"] == "todo"
    charlie = await cast.a_user("Charlie").signed_in()
    assert (await seen_by(charlie))["status"] == "locked"


async def test_the_journey_names_the_project_it_is_of(team: Team, cast: Cast) -> None:
    told = (await team.bob.get(JOURNEY)).json()["project"]

    assert told == {"id": str(team.project), "name": "Acme"}
    charlie = await cast.a_user("Charlie").signed_in()
    assert (await charlie.get(JOURNEY)).json()["project"] is None


async def test_of_sixteen_at_once_one_does_it(team: Team, db: Connection) -> None:
    people = [*team.people.values()] * 4

    answers = await asyncio.gather(*(settle(one, "bank", "done") for one in people))

    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 15]
    late = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (late["error"], late["details"]["rowVersion"]) == ("stale", 1)
    rows = await db.fetch("SELECT done_by, row_version FROM project_steps")
    (doer,) = [
        person for person, answer in zip(people, answers, strict=True) if answer.status_code == 200
    ]
    assert [tuple(row) for row in rows] == [(doer.id, 1)]
    events = await db.fetch(
        "SELECT user_id, facts ->> 'project_id' FROM onboarding_events WHERE step_key = 'bank'"
    )
    assert [tuple(row) for row in events] == [(doer.id, str(team.project))]


async def test_the_same_again_changes_nothing(team: Team, db: Connection) -> None:
    await settle(team.bob, "bank", "done")
    before = await kept(db, team.alice.id)

    again = await settle(team.alice, "bank", "done", seen=1)

    assert (again.status_code, again.json()["step"]["doneBy"]) == (200, "Bob Example")
    assert await kept(db, team.alice.id) == before
    assert (await settle(team.alice, "bank", "in_progress", seen=1)).json()["error"] == "step_done"


async def test_who_joins_finds_it_done_and_who_leaves_finds_it_closed(
    team: Team, cast: Cast, service: Service
) -> None:
    await define(service, BANK)
    await settle(team.bob, "bank", "done")
    zoe = await cast.a_user("Zoe").signed_in()
    assert (await seen_by(zoe))["status"] == "locked"
    answer = await settle(zoe, "bank", "done")
    assert (answer.status_code, answer.json()["error"]) == (409, "project_needed")

    await put_in(cast, team.project, zoe, Role.MEMBER)
    assert (await seen_by(zoe))["status"] == "done"
    assert (await zoe.get(JOURNEY)).json()["activated"]

    await team.remove(team.alice, zoe)
    zoe = await cast.sign_in("Zoe")
    assert (await seen_by(zoe))["status"] == "locked"
    assert (await seen_by(team.alice))["doneBy"] == "Bob Example"
    # One who left is told by name to those who stay.
    await team.remove(team.alice, team.bob)
    assert (await seen_by(team.alice))["doneBy"] == "Bob Example"


async def test_the_last_step_activates_everybody_who_waited_for_it_alone(
    team: Team, cast: Cast, db: Connection
) -> None:
    await settle(team.alice, "tour", "done")
    await cast.work_off()
    assert not (await team.alice.get(JOURNEY)).json()["activated"]

    await settle(team.bob, "bank", "done")
    await cast.work_off()

    rows = await db.fetch("SELECT user_id FROM onboarding_events WHERE kind = 'activated'")
    assert [row[0] for row in rows] == [team.alice.id]
    told = await db.fetch("SELECT split_part(word, ' ', 1) FROM hints WHERE topic = 'personal'")
    assert {str(one.id) for one in team.people.values()} <= {row[0] for row in told}


async def test_roles_are_those_in_the_project(team: Team, cast: Cast, service: Service) -> None:
    await define(service, shared("bank", roles=frozenset({"owner"})))
    made = await team.bob.post("/api/v1/projects", {"name": "Of Bob"})
    bob = await cast.sign_in("Bob")

    refused = await settle(bob, "bank", "done")
    assert (refused.status_code, refused.json()["error"]) == (403, "owner_required")
    at_home = await settle(bob, "bank", "done", project=UUID(made.json()["id"]))
    assert at_home.status_code == 200
    assert (await seen_by(team.alice))["status"] == "todo"


async def test_of_several_projects_one_is_named_or_it_is_the_first(
    team: Team, cast: Cast, db: Connection
) -> None:
    made = await team.bob.post("/api/v1/projects", {"name": "Of Bob"})
    second = UUID(made.json()["id"])
    bob = await cast.sign_in("Bob")

    await settle(bob, "bank", "done", project=second)

    assert (await seen_by(bob))["status"] == "todo"
    assert (await seen_by(bob, project=team.project))["status"] == "todo"
    assert (await seen_by(bob, project=second))["status"] == "done"
    rows = await db.fetch("SELECT project_id FROM project_steps")
    assert [row[0] for row in rows] == [second]
    for answer in (
        await team.alice.get(f"{JOURNEY}?project={second}"),
        await settle(team.alice, "bank", "done", project=second),
        await team.alice.get(f"/api/v1/gate?route=/billing&project={second}"),
        await team.alice.get(f"{JOURNEY}/explain?step=bank&project={second}"),
    ):
        assert answer.status_code == 404
    assert (await team.alice.get(f"{JOURNEY}?project=acme")).status_code == 422


async def test_it_stays_done_without_the_name_of_who_is_gone(team: Team, service: Service) -> None:
    await settle(team.bob, "bank", "done")

    async with service.works.begin() as work:
        await store_account.remove_account(work.db, team.bob.id)

    step = await seen_by(team.alice)
    assert (step["status"], step["doneBy"]) == ("done", None)
    assert step["doneAt"]


async def test_a_project_that_ends_takes_it_along(
    team: Team, service: Service, db: Connection
) -> None:
    await settle(team.bob, "bank", "done")

    await db.execute("UPDATE projects SET deletion_at = now() - interval '1 day'")
    assert (await seen_by(team.alice))["status"] == "locked"
    async with service.works.begin() as work:
        await service.clean_up(work)

    assert await db.fetchval("SELECT count(*) FROM project_steps") == 0
    assert (await seen_by(team.alice))["status"] == "locked"


async def test_the_gate_opens_for_all_of_them(team: Team) -> None:
    closed = await team.alice.get("/api/v1/gate?route=/billing/7")
    assert (closed.status_code, closed.json()["blockedBy"]) == (409, ["bank"])

    await settle(team.bob, "bank", "done")

    assert (await team.alice.get("/api/v1/gate?route=/billing/7")).status_code == 200


async def test_it_is_explained(team: Team) -> None:
    told = (await team.bob.get(f"{JOURNEY}/explain?step=bank")).json()

    assert told["finding"]["parts"] == [{"what": "project", "holds": True, "name": "Acme"}]


async def test_a_fact_about_the_project_completes_it(team: Team, service: Service) -> None:
    await define(service, shared("bill", fact="billing_contact_set", by_person=False))
    body = {"billingName": "Acme", "billingEmail": "pay@example.org"}

    answer = await ask(team.alice, "PUT", f"{team.path}/billing-contact", json=body)

    assert answer.status_code == 204, answer.text
    step = await seen_by(team.bob, "bill")
    assert (step["status"], step["doneBy"]) == ("done", "Alice Example")


async def test_it_is_put_off_for_all(team: Team) -> None:
    await team.bob.post(f"{JOURNEY}/snooze", {"key": "bank"})

    assert (await seen_by(team.alice))["status"] == "snoozed"


async def test_no_step_changes_its_scope_under_way(team: Team, service: Service) -> None:
    async with service.works.begin() as work:
        with pytest.raises(DefinitionsRefused, match="give it another key"):
            await plan_definitions(work, Wanted(Definitions([a_step("bank")])))


async def test_a_plan_counts_what_projects_have_done(
    team: Team, cast: Cast, service: Service
) -> None:
    """A step of one's own that goes completes whoever waited for it, by the steps of Acme."""
    await settle(team.bob, "bank", "done")
    await cast.work_off()

    plan = await apply(service, Wanted(Definitions([BANK])))
    await service.catalogue.load(service.database)

    assert (plan.sums.completed, plan.sums.activated) == (4, 4)
    assert (await team.alice.get(JOURNEY)).json()["activated"]


async def test_a_new_one_that_reopens_people_is_looked_at_first(
    team: Team, cast: Cast, service: Service
) -> None:
    await define(service, OWN)
    await settle(team.alice, "tour", "done")

    with pytest.raises(Conflict) as refused:
        await apply(service, Wanted(Definitions([OWN, BANK])), check=check_seen)
    assert refused.value.error == "plan_unseen"


async def test_undoing_gives_back_what_the_project_did(
    team: Team, service: Service, db: Connection
) -> None:
    await settle(team.bob, "bank", "in_progress")
    before = [tuple(row) for row in await db.fetch("SELECT * FROM project_steps")]

    await apply(service, Wanted(Definitions([OWN, shared("bank", version=2)], [ROUTE])))
    await service.catalogue.load(service.database)
    assert (await seen_by(team.alice))["status"] == "todo"
    await undo(service)
    await service.catalogue.load(service.database)
    assert (await seen_by(team.alice))["status"] == "in_progress"
    await apply(service, Wanted(Definitions([OWN])))
    await undo(service)
    await service.catalogue.load(service.database)

    assert [tuple(row) for row in await db.fetch("SELECT * FROM project_steps")] == before
    assert (await settle(team.alice, "bank", "done", seen=1)).status_code == 200


class World:
    """Three people in and out of two projects, and what each of them must see."""

    def __init__(self, cast: Cast, people: list[Person], projects: list[UUID], seed: int) -> None:
        self.cast, self.people, self.projects = cast, people, projects
        self.chance = random.Random(seed)
        self.inside = {(people[0].name, projects[0]), (people[1].name, projects[1])}
        self.owners = frozenset(self.inside)
        self.done: dict[UUID, str] = {}

    async def change(self) -> None:
        """Somebody joins, leaves, or does the step of a project, theirs or not."""
        person, project = self.chance.choice(self.people), self.chance.choice(self.projects)
        if self.chance.random() < 0.4:
            await self.settle(person, project)
        elif (person.name, project) not in self.owners:
            await self.join_or_leave(person, project)

    async def settle(self, person: Person, project: UUID) -> None:
        answer = await settle(person, "bank", "done", project=project)
        if (person.name, project) not in self.inside:
            assert answer.status_code == 404
            return
        assert answer.status_code == (409 if project in self.done else 200)
        self.done.setdefault(project, f"{person.name} Example")

    async def join_or_leave(self, person: Person, project: UUID) -> None:
        if (person.name, project) in self.inside:
            await ask(person, "DELETE", f"/api/v1/projects/{project}/members/me")
            self.inside.discard((person.name, project))
            # A role that goes ends its sessions.
            self.people[self.people.index(person)] = await self.cast.sign_in(person.name)
        else:
            await put_in(self.cast, project, person, Role.MEMBER)
            self.inside.add((person.name, project))

    async def check(self) -> None:
        for person in self.people:
            for project in self.projects:
                answer = await person.get(f"{JOURNEY}?project={project}")
                if (person.name, project) not in self.inside:
                    assert answer.status_code == 404
                    continue
                (step,) = answer.json()["steps"]
                assert step["doneBy"] == self.done.get(project)
                assert step["status"] == ("done" if project in self.done else "todo")


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_members_see_what_their_project_did(
    cast: Cast, service: Service, db: Connection, seed: int
) -> None:
    await define(service, BANK)
    people = [await cast.a_user(name).signed_in() for name in ("Ann", "Ben", "Cleo")]
    projects = []
    for number, person in enumerate(people[:2]):
        made = await person.post("/api/v1/projects", {"name": person.name})
        projects.append(UUID(made.json()["id"]))
        people[number] = await cast.sign_in(person.name)
    world = World(cast, people, projects, seed)

    for _ in range(18):
        await world.change()
        await world.check()

    rows = await db.fetch("SELECT project_id FROM project_steps WHERE status = 'done'")
    assert {row[0] for row in rows} == set(world.done)
    events = await db.fetchval("SELECT count(*) FROM onboarding_events WHERE step_key = 'bank'")
    assert events == len(world.done)
