"""The SQL of the moves of people: the journal of an edition, and where it brings them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.onboarding.changing.migrating import Place

STEP = "version, status, row_version, snoozed_until, updated_at, verdict"
NEW_STEP = """
    new_version, new_status, new_row_version, new_snoozed_until, new_updated_at, new_verdict
"""
SET_STEP = """
    version = EXCLUDED.version,
    status = EXCLUDED.status,
    row_version = EXCLUDED.row_version,
    snoozed_until = EXCLUDED.snoozed_until,
    updated_at = EXCLUDED.updated_at,
    verdict = EXCLUDED.verdict
"""
NOTE = """
    old_version, old_status, old_row_version, old_snoozed_until, old_updated_at, old_verdict,
    new_version, new_status, new_row_version, new_snoozed_until, new_updated_at, new_verdict
"""
# Of people nobody else has done, or asked for, anything.
NOBODY = "NULL::uuid AS done_by, NULL::uuid AS asked_by"
NOBODY_OF_BEFORE = "NULL::uuid AS old_done_by, NULL::uuid AS old_asked_by"
# A journal reads the same of people and of projects: `kept` is where they are with their steps,
# and `journal` where they were. What a server is still asked it is asked of the step of before.
NOTED = """
    SELECT
        moving.owner, change.step_key,
        own.version AS old_version,
        own.status AS old_status,
        own.row_version AS old_row_version,
        own.snoozed_until AS old_snoozed_until,
        own.updated_at AS old_updated_at,
        own.verdict AS old_verdict,
        own.done_by AS old_done_by,
        own.asked_by AS old_asked_by,
        change.version AS new_version,
        change.status AS new_status,
        1 + GREATEST(own.row_version, origin.row_version, past.old_row_version, 0)
            AS new_row_version,
        CASE WHEN change.status = 'snoozed' THEN
            COALESCE(past.old_snoozed_until, origin.snoozed_until)
        END AS new_snoozed_until,
        CASE WHEN change.status IS NOT NULL THEN
            COALESCE(past.old_updated_at, origin.updated_at, $2)
        END AS new_updated_at,
        COALESCE(past.old_verdict, origin.verdict) AS new_verdict,
        CASE WHEN change.status = 'done' THEN
            COALESCE(past.old_done_by, origin.done_by)
        END AS new_done_by,
        COALESCE(past.old_asked_by, origin.asked_by) AS new_asked_by
    FROM unnest($3::uuid[], $4::integer[]) AS moving (owner, point)
    JOIN unnest(
        $5::integer[], $6::text[], $7::text[], $8::integer[], $9::text[], $10::boolean[]
    )
        AS change (point, step_key, status, version, origins, is_stored) USING (point)
    LEFT JOIN kept AS own
        ON own.owner = moving.owner AND own.step_key = change.step_key
    LEFT JOIN journal AS past
        ON past.owner = moving.owner AND past.step_key = change.step_key
        AND past.edition = $11 AND change.is_stored
    LEFT JOIN LATERAL (
        SELECT
            max(row_version) AS row_version,
            max(snoozed_until) AS snoozed_until,
            max(updated_at) AS updated_at,
            (array_agg(verdict ORDER BY updated_at DESC)
                FILTER (WHERE verdict ->> 'state' <> 'pending'))[1] AS verdict,
            (array_agg(asked_by ORDER BY updated_at DESC)
                FILTER (WHERE verdict ->> 'state' <> 'pending'))[1] AS asked_by,
            (array_agg(done_by ORDER BY updated_at DESC))[1] AS done_by
        FROM kept
        WHERE owner = moving.owner AND step_key = ANY(string_to_array(change.origins, ' '))
    ) AS origin ON true
"""


async def note_moves(
    db: Connection,
    edition: int,
    moving: Mapping[int, Sequence[UserId]],
    changes: Mapping[int, Mapping[str, Place | None]],
    *,
    undone: int | None,
    now: datetime,
) -> None:
    """Write into the journal where people are and where they will be; by point.

    The dates of a step are those of its origins, the latest of them, or of the journal of the
    edition that is undone. A row version only ever rises.
    """
    await db.execute(
        f"""
        WITH
            kept AS NOT MATERIALIZED (
                SELECT user_id AS owner, step_key, {STEP}, {NOBODY}
                FROM journey_steps
            ),
            journal AS NOT MATERIALIZED (
                SELECT user_id AS owner, edition, step_key, {NOTE}, {NOBODY_OF_BEFORE}
                FROM journey_moves
            )
        INSERT INTO journey_moves (user_id, edition, step_key, {NOTE})
        SELECT owner, $1, step_key, {NOTE}
        FROM ({NOTED}) AS noted
        """,
        edition,
        now,
        *flattened(moving, changes),
        undone,
    )


async def make_moves(db: Connection, edition: int, users: Sequence[UserId]) -> None:
    """Bring the steps of people to where the journal of an edition says they will be."""
    await db.execute(
        f"""
        INSERT INTO journey_steps (user_id, step_key, {STEP})
        SELECT user_id, step_key, {NEW_STEP}
        FROM journey_moves
        WHERE edition = $1 AND user_id = ANY($2) AND new_status IS NOT NULL
        ON CONFLICT (user_id, step_key) DO UPDATE
        SET {SET_STEP}
        """,
        edition,
        users,
    )
    await db.execute(
        """
        DELETE FROM journey_steps
        USING journey_moves
        WHERE edition = $1 AND journey_moves.user_id = ANY($2) AND new_status IS NULL
            AND journey_steps.user_id = journey_moves.user_id
            AND journey_steps.step_key = journey_moves.step_key
        """,
        edition,
        users,
    )


async def forget_moves_before(db: Connection, moment: datetime) -> int:
    """Delete the journals of editions older than `moment`; how many moves."""
    return int(
        await db.fetchval(
            """
            WITH
                old AS (
                    SELECT number FROM step_editions WHERE applied_at < $1
                ),
                of_people AS (
                    DELETE FROM journey_moves USING old WHERE number = edition RETURNING 1
                ),
                of_projects AS (
                    DELETE FROM project_moves USING old WHERE number = edition RETURNING 1
                )
            SELECT (SELECT count(*) FROM of_people) + (SELECT count(*) FROM of_projects)
            """,
            moment,
        )
    )


def flattened(
    moving: Mapping[int, Sequence[UUID]],
    changes: Mapping[int, Mapping[str, Place | None]],
) -> tuple[list[Any], ...]:
    """The arrays `NOTED` reads: who moves from which point, and what changes at each."""
    owners = [(owner, point) for point, some in moving.items() for owner in some]
    flat = [(point, key, place) for point in moving for key, place in changes[point].items()]
    return (
        [owner for owner, _ in owners],
        [point for _, point in owners],
        [point for point, _, _ in flat],
        [key for _, key, _ in flat],
        [place and place.status.value for _, _, place in flat],
        [place and place.version for _, _, place in flat],
        [" ".join(place.origins) if place else "" for _, _, place in flat],
        [bool(place and place.is_stored) for _, _, place in flat],
    )
