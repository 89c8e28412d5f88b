"""A crowd on the way, the steps before and after, and what became of everybody."""

from datetime import timedelta
from typing import Any

import pytest
from tests.onboarding.journeys import NOW, a_step

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId, new_id
from firstmile.onboarding.changing.applying import (
    apply_definitions,
    undo_edition,
)
from firstmile.onboarding.changing.editions import UNSAID, Order, Wanted
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.gates import GatedRoute
from firstmile.onboarding.models import Definition
from firstmile.onboarding.moves import Add, Merge, Move, Rename
from firstmile.service import Service

OLD = [
    a_step("tour"),
    a_step("profile"),
    a_step("photo", required=False),
    a_step("team", roles=frozenset({"owner"})),
]
NEW = [
    a_step("welcome"),
    a_step("about-you"),
    a_step("team", version=2, roles=frozenset({"owner"})),
    a_step("invite", "welcome"),
]
MOVES: tuple[Move, ...] = (
    Rename("tour", "welcome"),
    Merge(("profile", "photo"), "about-you", "any"),
    Add("invite", step="team"),
)
ROUTES = [GatedRoute("/reports", ("invite",))]
# Everybody: roles, and what they did.
CROWD: list[tuple[list[str], dict[str, str]]] = [
    (["owner"], {"tour": "done", "profile": "done", "team": "done"}),
    (["owner"], {"tour": "done", "profile": "done", "team": "in_progress"}),
    (["member"], {"tour": "done", "photo": "skipped", "profile": "snoozed"}),
    (["member"], {"tour": "done", "profile": "done"}),
    (["member"], {"photo": "done"}),
    ([], {"tour": "in_progress"}),
    ([], {}),
]


def wanted(*steps: Definition, moves: tuple[Move, ...] = (), name: str = "a-change") -> Wanted:
    return Wanted(Definitions(list(steps), ROUTES), {name: moves} if moves else {})


async def apply(service: Service, what: Wanted, check: Any = None, **order: Any) -> Any:
    async with service.works.begin() as work:
        return await apply_definitions(work, what, Order(**order), check=check)


async def undo(service: Service) -> Any:
    async with service.works.begin() as work:
        return await undo_edition(work, UNSAID)


@pytest.fixture
async def crowd(service: Service, db: Connection) -> list[UserId]:
    """People all over the way, in the old steps; each row was written at a moment of its own."""
    await apply(service, wanted(*OLD))
    people = []
    for number, (roles, done) in enumerate(CROWD):
        person = UserId(new_id())
        people.append(person)
        is_activated = {"tour", "profile"} <= {key for key in done if done[key] == "done"} and (
            "owner" not in roles or done.get("team") == "done"
        )
        await db.execute(
            "INSERT INTO journeys VALUES ($1, $2, NULL, '{}', $3, $4)",
            person, roles, NOW, NOW if is_activated else None,
        )  # fmt: skip
        for key, status in done.items():
            await db.execute(
                "INSERT INTO journey_steps VALUES ($1, $2, 1, $3, 1, $4, $5)",
                person, key, status, NOW + timedelta(days=9) if status == "snoozed" else None,
                NOW + timedelta(minutes=number),
            )  # fmt: skip
    return people


async def everything(db: Connection) -> dict[str, list[Any]]:
    """All that a migration may touch."""
    return {
        table: [tuple(row) for row in await db.fetch(f"SELECT * FROM {table} ORDER BY 1, 2, 3")]
        for table in ("journeys", "journey_steps", "step_definitions", "gated_routes",
                      "step_editions", "journey_moves", "onboarding_events", "hints",
                      "project_steps", "project_moves")
    }  # fmt: skip


async def states(db: Connection) -> list[tuple[Any, ...]]:
    """Everybody's states with their dates; row versions only ever rise."""
    return [
        tuple(row)
        for row in await db.fetch(
            """
            SELECT user_id, activated_at, step_key, status, version, snoozed_until, updated_at
            FROM journeys LEFT JOIN journey_steps USING (user_id)
            ORDER BY user_id, step_key
            """
        )
    ]


async def of(db: Connection, person: UserId) -> dict[str, str]:
    rows = await db.fetch("SELECT step_key, status FROM journey_steps WHERE user_id = $1", person)
    return {row[0]: row[1] for row in rows}


async def told_of(db: Connection) -> list[UserId]:
    rows = await db.fetch("SELECT user_id FROM onboarding_events WHERE kind = 'activated'")
    return [row[0] for row in rows]
