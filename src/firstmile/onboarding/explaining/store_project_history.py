"""The SQL of what projects were: who was in them, what was true of them, and their shared steps.

Triggers write it (migration 0032), in the transaction of each change. Names are those of today.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.onboarding.models import Membership
from firstmile.onboarding.store import Steps
from firstmile.onboarding.store_shared import facts_of, state_from

STANDINGS_AT = """
    WITH own AS (
        SELECT DISTINCT ON (project_id) project_id, role, joined_at
        FROM membership_history
        WHERE user_id = $1 AND at <= $2
        ORDER BY project_id, id DESC
    )
    SELECT
        own.project_id, projects.name, own.role,
        trim(users.first_name || ' ' || users.last_name),
        project.has_billing, project.is_ending,
        (
            SELECT min(at)
            FROM membership_history AS later
            WHERE later.user_id = $1 AND later.project_id = own.project_id AND later.at > $2
                AND later.role IS NULL
        ) AS left_at
    FROM own
    JOIN users ON users.id = $1
    LEFT JOIN projects ON projects.id = own.project_id
    LEFT JOIN LATERAL (
        SELECT has_billing, is_ending
        FROM project_history
        WHERE project_history.project_id = own.project_id AND step_key IS NULL AND at <= $2
        ORDER BY id DESC
        LIMIT 1
    ) AS project ON true
    WHERE own.role IS NOT NULL
    ORDER BY own.joined_at, own.project_id
"""
STEPS_AT = """
    SELECT
        kept.step_key,
        state ->> 'status',
        (state ->> 'version')::integer,
        (state ->> 'row_version')::integer,
        (state ->> 'snoozed_until')::timestamptz,
        state ->> 'verdict',
        (state ->> 'updated_at')::timestamptz,
        NULL AS asked_by,
        kept.done_by,
        trim(doer.first_name || ' ' || doer.last_name)
    FROM (
        SELECT DISTINCT ON (step_key) step_key, state, done_by
        FROM project_history
        WHERE project_id = $1 AND at <= $2 AND step_key IS NOT NULL
        ORDER BY step_key, id DESC
    ) AS kept
    LEFT JOIN users AS doer ON doer.id = kept.done_by
    WHERE state IS NOT NULL
"""


class Standing(NamedTuple):
    """What somebody was in a project; `removed_at` of one that is no more, of which only that is.

    `is_ending` says that it was being deleted.
    """

    membership: Membership
    is_ending: bool
    removed_at: datetime | None


async def kept_since(db: Connection) -> datetime:
    """Since when it is known who was in which project, and how its steps were."""
    moment: datetime = await db.fetchval("SELECT at FROM project_history_since")
    return moment


async def standings_at(db: Connection, user_id: UserId, moment: datetime) -> list[Standing]:
    """What somebody was at a moment since `kept_since`, in the order in which they had joined."""
    rows = await db.fetch(STANDINGS_AT, user_id, moment)
    return [
        Standing(
            Membership(
                project_id, name or "", role, called, facts_of(has_billing=bool(has_billing))
            ),
            bool(is_ending),
            left_at if name is None else None,
        )
        for project_id, name, role, called, has_billing, is_ending, left_at in rows
    ]


async def steps_at(db: Connection, project_id: UUID, moment: datetime) -> Steps:
    """The shared steps of a project as they were at a moment since `kept_since`."""
    rows = await db.fetch(STEPS_AT, project_id, moment)
    states = {row[0]: state_from(tuple(row[1:])) for row in rows}
    return Steps(states, {row[0]: row[6] for row in rows})


async def forget_before(db: Connection, moment: datetime) -> int:
    """Let what is known begin at a moment: delete what was replaced before it; how many rows."""
    gone = await _forget_roles_before(db, moment) + await _forget_steps_before(db, moment)
    await db.execute("UPDATE project_history_since SET at = $1 WHERE at < $1", moment)
    return gone


async def _forget_roles_before(db: Connection, moment: datetime) -> int:
    gone = await db.fetchval(
        """
        WITH last AS (
            SELECT max(id) AS id, user_id, project_id
            FROM membership_history
            WHERE at < $1
            GROUP BY user_id, project_id
        ),
        gone AS (
            DELETE FROM membership_history AS old
            USING last
            WHERE old.user_id = last.user_id
                AND old.project_id = last.project_id
                AND (old.id < last.id OR (old.id = last.id AND old.role IS NULL))
            RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        moment,
    )
    await db.execute("UPDATE membership_history SET at = $1 WHERE at < $1", moment)
    return int(gone)


async def _forget_steps_before(db: Connection, moment: datetime) -> int:
    gone = await db.fetchval(
        """
        WITH last AS (
            SELECT max(id) AS id, project_id, step_key
            FROM project_history
            WHERE at < $1
            GROUP BY project_id, step_key
        ),
        gone AS (
            DELETE FROM project_history AS old
            USING last
            WHERE old.project_id = last.project_id
                AND old.step_key IS NOT DISTINCT FROM last.step_key
                AND (
                    old.id < last.id
                    OR (old.id = last.id AND old.step_key IS NOT NULL AND old.state IS NULL)
                )
            RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        moment,
    )
    await db.execute("UPDATE project_history SET at = $1 WHERE at < $1", moment)
    return int(gone)
