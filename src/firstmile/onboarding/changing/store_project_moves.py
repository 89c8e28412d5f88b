"""The SQL of the moves of projects: what their members share, and who did it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from firstmile.kernel.database import Connection
from firstmile.onboarding.changing.migrating import Place
from firstmile.onboarding.changing.store_editions import LOCK_JOURNEYS
from firstmile.onboarding.changing.store_moves import (
    NEW_STEP,
    NOTE,
    NOTED,
    SET_STEP,
    STEP,
    flattened,
)

WHO = "old_done_by, old_asked_by, new_done_by, new_asked_by"


async def hold_all(db: Connection, undone: int | None) -> bool:
    """Let nobody change a journey or a step of a project until the transaction ends.

    False, and nothing is held, while somebody is about to remove a project, or who had a hand in
    a step of one: they may wait for a journey, so nobody who holds all journeys may wait for them.
    """
    await db.execute("SAVEPOINT holding")
    await db.execute(LOCK_JOURNEYS)
    try:
        await db.execute(
            """
            SELECT FROM projects
            WHERE billing_email IS NOT NULL
                OR id IN (SELECT project_id FROM project_steps)
                OR id IN (SELECT project_id FROM project_moves WHERE edition = $1)
            FOR KEY SHARE NOWAIT
            """,
            undone,
        )
        await db.execute(
            """
            SELECT FROM users
            WHERE id IN (
                SELECT unnest(ARRAY[done_by, asked_by])
                FROM project_steps
                UNION
                SELECT unnest(ARRAY[old_done_by, old_asked_by])
                FROM project_moves
                WHERE edition = $1
            )
            FOR KEY SHARE NOWAIT
            """,
            undone,
        )
    except asyncpg.LockNotAvailableError:
        await db.execute("ROLLBACK TO SAVEPOINT holding")
        return False
    await db.execute("RELEASE SAVEPOINT holding")
    return True


async def pause(db: Connection, seconds: float) -> None:
    """Let others go on for a moment."""
    await db.execute("SELECT pg_sleep($1)", seconds)


async def note_project_moves(
    db: Connection,
    edition: int,
    moving: Mapping[int, Sequence[UUID]],
    changes: Mapping[int, Mapping[str, Place | None]],
    *,
    undone: int | None,
    now: datetime,
) -> None:
    """Write into the journal where projects are and where they will be; by point.

    A step was done by who did the latest of its origins, or by whom the journal names.
    """
    await db.execute(
        f"""
        WITH
            kept AS NOT MATERIALIZED (
                SELECT project_id AS owner, step_key, {STEP}, done_by, asked_by
                FROM project_steps
            ),
            journal AS NOT MATERIALIZED (
                SELECT project_id AS owner, edition, step_key, {NOTE}, {WHO}
                FROM project_moves
            )
        INSERT INTO project_moves (project_id, edition, step_key, {NOTE}, {WHO})
        SELECT owner, $1, step_key, {NOTE}, {WHO}
        FROM ({NOTED}) AS noted
        """,
        edition,
        now,
        *flattened(moving, changes),
        undone,
    )


async def make_project_moves(db: Connection, edition: int, projects: Sequence[UUID]) -> None:
    """Bring the steps of projects to where the journal of an edition says they will be."""
    await db.execute(
        f"""
        INSERT INTO project_steps (project_id, step_key, {STEP}, done_by, asked_by)
        SELECT project_id, step_key, {NEW_STEP}, new_done_by, new_asked_by
        FROM project_moves
        WHERE edition = $1 AND project_id = ANY($2) AND new_status IS NOT NULL
        ON CONFLICT (project_id, step_key) DO UPDATE
        SET {SET_STEP}, done_by = EXCLUDED.done_by, asked_by = EXCLUDED.asked_by
        """,
        edition,
        projects,
    )
    await db.execute(
        """
        DELETE FROM project_steps
        USING project_moves
        WHERE edition = $1 AND project_moves.project_id = ANY($2) AND new_status IS NULL
            AND project_steps.project_id = project_moves.project_id
            AND project_steps.step_key = project_moves.step_key
        """,
        edition,
        projects,
    )
