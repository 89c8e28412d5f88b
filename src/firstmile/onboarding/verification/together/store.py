"""The SQL of events in projects, and of who may be heard of a step of one."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.onboarding.models import Doer, Status

Place = tuple[UserId, UUID | None]  # a person, and the project they named or none

# Of each of these people the project they named, or the one they joined first.
FOUND = """
    WITH asked AS (
        SELECT user_id, named
        FROM unnest($1::uuid[], $2::uuid[]) AS asked (user_id, named)
    ), found AS (
        SELECT asked.user_id, asked.named, place.id
        FROM asked
        CROSS JOIN LATERAL (
            SELECT projects.id
            FROM memberships
            JOIN projects ON projects.id = memberships.project_id
            WHERE memberships.user_id = asked.user_id
                AND projects.deletion_at IS NULL
                AND (asked.named IS NULL OR projects.id = asked.named)
            ORDER BY memberships.created_at, projects.id
            LIMIT 1
        ) AS place
    )
"""


class Hands(NamedTuple):
    """Who has to do with a step of a project.

    `is_member` is whether the person asked about is in it, `anybody` the member who joined first,
    `asked` who said that the step is done, and `is_orphaned` whether who said so, or who did it,
    has no account any more.
    """

    is_member: bool
    anybody: UserId | None
    asked: Doer | None
    done_by: UserId | None
    is_orphaned: bool


async def lock_places(db: Connection, asked: Iterable[Place]) -> dict[Place, UUID]:
    """Hold the projects of these people, in one order; the project of each who is in one."""
    pairs = list(asked)
    people, named = [user_id for user_id, _ in pairs], [project for _, project in pairs]
    held = await db.fetch(
        f"""
        {FOUND}
        SELECT projects.id
        FROM projects
        WHERE projects.id IN (SELECT id FROM found)
        ORDER BY projects.id
        FOR NO KEY UPDATE
        """,
        people,
        named,
    )
    # Once more: somebody may have left while we waited.
    rows = await db.fetch(f"{FOUND} SELECT user_id, named, id FROM found", people, named)
    ours = {row["id"] for row in held}
    return {(UserId(row[0]), row[1]): row[2] for row in rows if row[2] in ours}


async def hold(db: Connection, project_id: UUID) -> bool:
    """Hold a project whoever asks; False when there is none, or it is being deleted."""
    found = await db.fetchval(
        """
        SELECT id
        FROM projects
        WHERE id = $1 AND deletion_at IS NULL
        FOR NO KEY UPDATE
        """,
        project_id,
    )
    return found is not None


async def add(db: Connection, project_id: UUID, event_id: str, name: str, at: datetime) -> bool:
    """Keep an event of a project; False when it was kept before."""
    row = await db.fetchrow(
        """
        INSERT INTO project_events (project_id, id, name, at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (project_id, id) DO NOTHING
        RETURNING id
        """,
        project_id,
        event_id,
        name,
        at,
    )
    return row is not None


async def kept(
    db: Connection, project_id: UUID, name: str, since: datetime | None
) -> Sequence[tuple[str, datetime]]:
    """The events of a name by their ids, oldest first; after `since` alone when it is given."""
    rows = await db.fetch(
        """
        SELECT id, at
        FROM project_events
        WHERE project_id = $1 AND name = $2 AND ($3::timestamptz IS NULL OR at > $3)
        ORDER BY at
        """,
        project_id,
        name,
        since,
    )
    return [(row[0], row[1]) for row in rows]


async def hands_on(db: Connection, project_id: UUID, key: str, user_id: UserId) -> Hands:
    """Who has to do with a step of a project, and whether this person is in it."""
    [row] = await db.fetch(
        """
        SELECT
            EXISTS (
                SELECT
                FROM memberships
                JOIN journeys USING (user_id)
                WHERE project_id = $1 AND user_id = $3
            ),
            (
                SELECT user_id
                FROM memberships
                JOIN journeys USING (user_id)
                WHERE project_id = $1
                ORDER BY created_at, user_id
                LIMIT 1
            ),
            step.status, step.verdict IS NOT NULL, step.done_by, step.asked_by,
            trim(asker.first_name || ' ' || asker.last_name)
        FROM (VALUES (1)) AS once
        LEFT JOIN project_steps AS step ON step.project_id = $1 AND step.step_key = $2
        LEFT JOIN users AS asker ON asker.id = step.asked_by
        """,
        project_id,
        key,
        user_id,
    )
    is_member, anybody, status, has_verdict, done_by, asked_by, name = row
    asked = None if asked_by is None else Doer(UserId(asked_by), name)
    is_orphaned = (has_verdict and asked is None and status == Status.IN_PROGRESS) or (
        status == Status.DONE and done_by is None
    )
    return Hands(is_member, anybody, asked, done_by, is_orphaned)


async def forget_before(db: Connection, moment: datetime) -> int:
    """Delete events of projects older than `moment`; how many."""
    return int(
        await db.fetchval(
            """
            WITH gone AS (
                DELETE FROM project_events
                WHERE at < $1
                RETURNING 1
            )
            SELECT count(*) FROM gone
            """,
            moment,
        )
    )
