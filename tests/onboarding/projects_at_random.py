"""People in and out of projects that share steps, changed at random, and all that is decided."""

import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from tests.cast import Cast
from tests.onboarding.journeys import a_step
from tests.onboarding.test_shared_steps import OWN
from tests.onboarding.test_sharing import shared

from firstmile.identity import store_members, store_projects
from firstmile.identity.members import announce_roles
from firstmile.identity.models import Role
from firstmile.identity.sessions import Sessions
from firstmile.kernel.clock import system_clock
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.kernel.refusals import NotFound, Refusal
from firstmile.kernel.work import Work
from firstmile.onboarding import store
from firstmile.onboarding.actions import journey_to_change, saved
from firstmile.onboarding.changing.applying import apply_definitions
from firstmile.onboarding.changing.editions import Wanted
from firstmile.onboarding.explaining.replaying import Scene, scene_at
from firstmile.onboarding.explaining.schemas import ExplanationOut
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.gates import GatedRoute
from firstmile.onboarding.models import Status
from firstmile.service import Service

KEYS = ("tour", "bank", "bill", "pay")
ROUTE = "/billing/7"
CHANGES = 20
ROLES = [Role.OWNER, Role.ADMIN, Role.MEMBER]

Decided = dict[tuple[UserId, UUID | None], Any]


def told(scene: Scene) -> list[Any]:
    """Every decision of a scene as it goes over the wire, or the code of its refusal.

    Last comes what they are in the project, of which some counts only when a step is changed.
    """
    decisions = [_told(scene, step, None) for step in KEYS] + [_told(scene, None, ROUTE)]
    return [*decisions, scene.journey.traveller.membership]


def _told(scene: Scene, step: str | None, route: str | None) -> Any:
    try:
        found = scene.explained(step, route)
    except Refusal as refusal:
        return refusal.error
    return msgspec.to_builtins(ExplanationOut.of(found, scene.journey, "en"))


class World:
    """Three people in and out of two projects, and all that is asked of these, at random."""

    def __init__(
        self, service: Service, people: Sequence[UserId], projects: Sequence[UUID], seed: int
    ) -> None:
        self.service, self.people, self.projects = service, people, projects
        self.chance = random.Random(seed)

    async def change(self) -> None:
        """Change something, and commit."""
        kinds: list[Callable[[Work, UserId, UUID], Awaitable[None]]] = [
            *[self.step] * 6,
            self.membership,
            self.membership,
            self.billing,
            self.ending,
            self.definitions,
        ]
        person, project = self.chance.choice(self.people), self.chance.choice(self.projects)
        async with self.service.works.begin() as work:
            await self.chance.choice(kinds)(work, person, project)
        await self.service.catalogue.load(self.service.database)

    async def step(self, work: Work, person: UserId, project: UUID) -> None:
        key = self.chance.choice(["tour", "bank", "bank", "bill"])
        people = [one.user_id for one in await store_members.members_of(work.db, project)]
        person = self.chance.choice(people or [person])
        try:
            journey = await journey_to_change(work, self.service.catalogue, person, key, project)
            step = journey.defined(key)
        except NotFound:
            return  # the project is being deleted, or the step is not defined
        until = work.now + timedelta(seconds=self.chance.choice([0.05, 900]))
        statuses = [one for one in Status if one is not Status.LOCKED]
        try:
            asked = journey.snooze(key, until) if self.chance.random() < 0.2 else None
        except Refusal:
            return
        made = asked or journey.changed(step, self.chance.choice(statuses), "person")
        await saved(work, journey, key, *made)

    async def membership(self, work: Work, person: UserId, project: UUID) -> None:
        held = await store_members.role_of(work.db, project, person)
        role = self.chance.choice([*ROLES, None])
        if role is None:
            await store_members.remove_member(work.db, project, person)
        elif held is None:
            await store_projects.add_member(work.db, project, person, role, work.now)
        else:
            await store_members.set_role(work.db, project, person, role)
        await announce_roles(work, self.service.parts.get(Sessions), person)

    async def billing(self, work: Work, person: UserId, project: UUID) -> None:
        email = self.chance.choice(["pay@example.org", None])
        await work.db.execute(
            "UPDATE projects SET billing_email = $2 WHERE id = $1", project, email
        )

    async def ending(self, work: Work, person: UserId, project: UUID) -> None:
        moment = self.chance.choice([None, work.now + timedelta(days=9)])
        await store_projects.set_deletion(work.db, project, moment, work.now)

    async def definitions(self, work: Work, person: UserId, project: UUID) -> None:
        pick, now = self.chance.choice, self.service.catalogue.definitions.steps
        version = max((step.version for step in now if step.key == "bank"), default=1)
        steps = [
            OWN,
            shared(
                "bank",
                version=version + pick([0, 1]),
                required=pick([True, False]),
                roles=pick([frozenset(), frozenset({"owner"})]),
            ),
            shared("bill", "bank", fact="billing_contact_set", by_person=pick([True, False])),
            a_step("pay", pick(["tour", "bank", "bill"])),
        ]
        steps = pick([steps, steps, steps[:2]])
        gates = [GatedRoute("/billing", (pick([step.key for step in steps]),))]
        await apply_definitions(work, Wanted(Definitions(steps, gates)))

    async def live(self, db: Connection, moment: datetime) -> Decided:
        """What is decided now of each person, in the project of theirs and in each by name."""
        return {
            (person, project): await self._live(db, moment, person, project)
            for person in self.people
            for project in (None, *self.projects)
        }

    async def _live(
        self, db: Connection, moment: datetime, person: UserId, project: UUID | None
    ) -> Any:
        catalogue = self.service.catalogue
        found = await store.journey_of(db, person)
        assert found is not None
        try:
            of_project = await catalogue.shared(db, person, project)
        except NotFound as refusal:
            return refusal.error
        journey = catalogue.journey(*found, moment, of_project)
        return told(Scene(journey, catalogue.definitions.routes, is_off=False))

    async def replayed(self, db: Connection, moment: datetime) -> Decided:
        """What is told of all of it afterwards."""
        now = system_clock()
        found: Decided = {}
        for person in self.people:
            for project in (None, *self.projects):
                try:
                    switches = self.service.switches
                    scene = await scene_at(db, switches, person, moment, now, project)
                    found[person, project] = told(scene)
                except Refusal as refusal:
                    found[person, project] = refusal.error
        return found


async def a_world(cast: Cast, service: Service, seed: int) -> World:
    people = [await cast.a_user(name).signed_in() for name in ("Ann", "Ben", "Cleo")]
    projects = []
    for person in people[:2]:
        made = await person.post("/api/v1/projects", {"name": person.name})
        projects.append(UUID(made.json()["id"]))
    world = World(service, [one.id for one in people], projects, seed)
    async with service.works.begin() as work:
        await world.definitions(work, people[0].id, projects[0])
    await service.catalogue.load(service.database)
    return world


async def walked(world: World, db: Connection) -> list[tuple[datetime, Decided]]:
    decided = []
    for _ in range(CHANGES):
        await world.change()
        moment = system_clock()
        decided.append((moment, await world.live(db, moment)))
    return decided
