"""Projects all over the way, with members, and what each of them sees."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.onboarding.journeys import NOW, a_step
from tests.onboarding.test_sharing import shared

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId, new_id
from firstmile.onboarding import store
from firstmile.onboarding.models import Definition, Status
from firstmile.onboarding.moves import Add, Drop, Merge, Move, Rename, Reset, Split
from firstmile.service import Service

STATUSES = [one.value for one in Status if one is not Status.LOCKED]
FAILED = '{"state": "failed", "errors": [{"code": "iban", "message": "No bank"}], "reason": ""}'
OLD = [
    a_step("tour"),
    shared("bank"),
    shared("card", roles=frozenset({"owner"})),
    shared("papers", required=False),
]
# Each with the steps it leads to; some touch steps of people as well.
CHANGES: dict[str, tuple[list[Definition], tuple[Move, ...]]] = {
    "renamed and merged": (
        [a_step("welcome"), shared("account", version=2), shared("money")],
        (
            Rename("tour", "welcome"),
            Rename("bank", "account"),
            Merge(("card", "papers"), "money", "all"),
        ),
    ),
    "merged by any and split": (
        [a_step("tour"), shared("card"), shared("contract"), shared("mandate", required=False)],
        (Merge(("bank", "papers"), "paid", "any"), Split("paid", ("contract", "mandate"))),
    ),
    "dropped and earned": (
        [*OLD[:3], shared("checked"), shared("invoices")],
        (Drop("papers"), Add("checked", "papers"), Add("invoices", fact="billing_contact_set")),
    ),
    "done again": (
        [a_step("tour", version=2), shared("bank", version=2), *OLD[2:]],
        (Reset("tour"), Reset("card"), Reset("bank")),
    ),
}


@dataclass
class Crew:
    """Six projects and their people; one is nobody's, and one knows whom to send invoices to."""

    db: Connection
    seed: int
    people: list[UserId] = field(default_factory=list)
    projects: list[UUID] = field(default_factory=list)

    async def come(self) -> None:
        """Everybody and everything, somewhere on the way."""
        chance = random.Random(self.seed)
        for number in range(6):
            self.projects.append(await a_project(self.db, has_billing=number == 2))
        for number in range(9):
            self.people.append(await a_person(self.db, number))
            for place in chance.sample(range(5), chance.choice((0, 1, 1, 2))):
                await put_in(self.db, self.people[-1], self.projects[place], chance)
        for project in self.projects:
            for key in ("bank", "card", "papers"):
                if chance.random() < 0.8:
                    await self.step(project, key, chance)

    async def step(self, project: UUID, key: str, chance: random.Random) -> None:
        status = chance.choice([*STATUSES, "done"])
        if key != "papers" and status == "skipped":
            status = "todo"
        await a_project_step(
            self.db,
            project,
            key,
            status,
            chance.choice(self.people) if status in ("done", "in_progress") else None,
            minutes=chance.randrange(1000),
            verdict=FAILED if status == "in_progress" else None,
        )

    async def seen(self, service: Service) -> Counter[tuple[tuple[str, str], ...]]:
        """How many people see which statuses."""
        await service.catalogue.load(service.database)
        found: Counter[tuple[tuple[str, str], ...]] = Counter()
        for person in self.people:
            known = await store.journey_of(self.db, person)
            assert known is not None
            joined = await service.catalogue.shared(self.db, person)
            async with service.works.begin() as work:
                journey = service.catalogue.journey(*known, work.now, joined)
            found[tuple((step.key, journey.status(step).value) for step in journey.steps)] += 1
        return found


async def a_project(db: Connection, *, has_billing: bool = False) -> UUID:
    project = new_id()
    await db.execute(
        "INSERT INTO projects (id, name, billing_email, created_at, updated_at)"
        " VALUES ($1, 'Acme', $2, $3, $3)",
        project, "pay@example.org" if has_billing else None, NOW,
    )  # fmt: skip
    return project


async def a_person(db: Connection, number: int) -> UserId:
    person = UserId(new_id())
    await db.execute(
        """
        INSERT INTO users (
            id, email, email_key, password_hash, first_name, last_name, locale, created_at,
            updated_at
        )
        VALUES ($1, $2, $2, '-', 'Ann', $3, 'en', $4, $4)
        """,
        person, f"{number}-{person}@example.org", str(number), NOW,
    )  # fmt: skip
    await db.execute("INSERT INTO journeys (user_id, started_at) VALUES ($1, $2)", person, NOW)
    if number % 2:
        await db.execute(
            "INSERT INTO journey_steps VALUES ($1, 'tour', 1, 'done', 1, NULL, $2)", person, NOW
        )
    return person


async def put_in(db: Connection, person: UserId, project: UUID, chance: random.Random) -> None:
    role = chance.choice(("owner", "member"))
    await db.execute(
        "INSERT INTO memberships VALUES ($1, $2, $3, $4)",
        person, project, role, NOW + timedelta(minutes=chance.randrange(100)),
    )  # fmt: skip
    await db.execute(
        "UPDATE journeys SET roles = ARRAY(SELECT DISTINCT unnest(roles || $2::text))"
        " WHERE user_id = $1",
        person, role,
    )  # fmt: skip


async def a_project_step(
    db: Connection,
    project: UUID,
    key: str,
    status: str,
    by: UserId | None = None,
    *,
    minutes: int = 0,
    verdict: str | None = None,
) -> None:
    """`by` has done it, or asked a server if it is."""
    await db.execute(
        """
        INSERT INTO project_steps (
            project_id, step_key, version, status, row_version, snoozed_until, updated_at,
            verdict, done_by, asked_by
        )
        VALUES (
            $1, $2, 1, $3, 3, CASE WHEN $3 = 'snoozed' THEN now() + interval '9 days' END, $4,
            $5, CASE WHEN $3 = 'done' THEN $6::uuid END, CASE WHEN $3 <> 'done' THEN $6::uuid END
        )
        """,
        project, key, status, NOW + timedelta(minutes=minutes), verdict, by,
    )  # fmt: skip


async def steps_of(db: Connection) -> list[tuple[Any, ...]]:
    """Where everybody and every project is, save for row versions, which only rise."""
    rows = await db.fetch(
        """
        SELECT
            project_id AS owner, step_key, status, version, snoozed_until, updated_at, verdict,
            done_by, asked_by
        FROM project_steps
        UNION ALL
        SELECT user_id, step_key, status, version, snoozed_until, updated_at, verdict, NULL, NULL
        FROM journey_steps
        ORDER BY owner, step_key
        """
    )
    return [tuple(row) for row in rows]


async def row_versions(db: Connection) -> dict[tuple[UUID, str], int]:
    rows = await db.fetch("SELECT project_id, step_key, row_version FROM project_steps")
    return {(row[0], row[1]): row[2] for row in rows}
