"""The SQL of the steps that the members of a project share.

Who is in a project, and what it is called, is read where identity keeps it: a copy could differ.
"""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.onboarding.models import Doer, Membership, State, Status
from firstmile.onboarding.store import Steps
from firstmile.onboarding.verifying import Verdict

# Of several projects the one they joined first: to join another one changes nothing.
SHARED = """
    WITH own AS (
        SELECT
            projects.id AS project_id,
            projects.name,
            memberships.role,
            trim(users.first_name || ' ' || users.last_name) AS called,
            projects.billing_email IS NOT NULL AS has_billing
        FROM memberships
        JOIN projects ON projects.id = memberships.project_id
        JOIN users ON users.id = memberships.user_id
        WHERE memberships.user_id = $1
            AND projects.deletion_at IS NULL
            AND ($2::uuid IS NULL OR projects.id = $2)
        ORDER BY memberships.created_at, projects.id
        LIMIT 1
    )
    SELECT
        own.project_id, own.name, own.role, own.called, own.has_billing,
        step.step_key, step.status, step.version, step.row_version, step.snoozed_until,
        step.verdict, step.updated_at, step.asked_by, step.done_by,
        trim(doer.first_name || ' ' || doer.last_name) AS doer
    FROM own
    LEFT JOIN project_steps AS step ON step.project_id = own.project_id
    LEFT JOIN users AS doer ON doer.id = step.done_by
"""


class Shared(NamedTuple):
    """What a person is in a project, and the stored state of the steps of it."""

    membership: Membership
    steps: Steps


async def shared_of(db: Connection, user_id: UserId, project_id: UUID | None) -> Shared | None:
    """The steps a person shares in a project, or in the one they joined first.

    None for who is not in it, and while it is being deleted.
    """
    rows = await db.fetch(SHARED, user_id, project_id)
    if not rows:
        return None
    found, project, role, called, has_billing = rows[0][:5]
    states, since = {}, {}
    for row in rows:
        if row[5] is not None:
            states[row[5]] = state_from(tuple(row[6:]))
            since[row[5]] = row[11]
    facts = facts_of(has_billing=has_billing)
    return Shared(Membership(found, project, role, called, facts), Steps(states, since))


async def lock_project(db: Connection, user_id: UserId, project_id: UUID | None) -> UUID | None:
    """Hold the project that `shared_of` finds: changes of its steps and members take turns.

    Hold it before the journey of the person, as identity does.
    """
    found: UUID | None = await db.fetchval(
        """
        SELECT projects.id
        FROM memberships
        JOIN projects ON projects.id = memberships.project_id
        WHERE memberships.user_id = $1
            AND projects.deletion_at IS NULL
            AND ($2::uuid IS NULL OR projects.id = $2)
        ORDER BY memberships.created_at, projects.id
        LIMIT 1
        FOR NO KEY UPDATE OF projects
        """,
        user_id,
        project_id,
    )
    return found


async def state_of(db: Connection, project_id: UUID, key: str) -> State | None:
    """The stored state of one step of a project; None when nobody touched it."""
    row = await db.fetchrow(
        """
        SELECT
            status, version, row_version, snoozed_until, verdict, updated_at, asked_by,
            NULL::uuid, NULL
        FROM project_steps
        WHERE project_id = $1 AND step_key = $2
        """,
        project_id,
        key,
    )
    return None if row is None else state_from(tuple(row))


async def save_step(
    db: Connection, project_id: UUID, key: str, state: State, now: datetime
) -> bool:
    """Store the next state of a step; False when somebody else stored one in between."""
    row = await db.fetchrow(
        """
        INSERT INTO project_steps AS step (
            project_id, step_key, version, status, row_version, snoozed_until, updated_at,
            verdict, done_by, asked_by
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (project_id, step_key) DO UPDATE
        SET version = EXCLUDED.version,
            status = EXCLUDED.status,
            row_version = EXCLUDED.row_version,
            snoozed_until = EXCLUDED.snoozed_until,
            updated_at = EXCLUDED.updated_at,
            verdict = EXCLUDED.verdict,
            done_by = EXCLUDED.done_by,
            asked_by = EXCLUDED.asked_by
        WHERE step.row_version = EXCLUDED.row_version - 1
        RETURNING row_version
        """,
        project_id,
        key,
        state.version,
        state.status,
        state.row_version,
        state.snoozed_until,
        now,
        None if state.verdict is None else msgspec.json.encode(state.verdict).decode(),
        None if state.done_by is None else state.done_by.user_id,
        state.asked_by,
    )
    return row is not None


async def members(
    db: Connection, project_id: UUID, *, after: UserId | None, most: int
) -> list[UserId]:
    """The next members of a project by their ids; those alone who have begun a journey."""
    rows = await db.fetch(
        """
        SELECT user_id
        FROM memberships
        JOIN journeys USING (user_id)
        WHERE project_id = $1
            AND user_id > COALESCE($2, '00000000-0000-0000-0000-000000000000'::uuid)
        ORDER BY user_id
        LIMIT $3
        """,
        project_id,
        after,
        most,
    )
    return [UserId(row[0]) for row in rows]


def facts_of(*, has_billing: bool) -> frozenset[str]:
    """What is true of a project."""
    return frozenset({"billing_contact_set"} if has_billing else ())


def state_from(row: tuple[Any, ...]) -> State:
    """The state of a step from its columns, in the order of `SHARED`."""
    status, version, row_version, snoozed_until, said, _, asked_by, done_by, name = row
    verdict = None if said is None else msgspec.json.decode(said, type=Verdict)
    doer = None if done_by is None else Doer(UserId(done_by), name)
    return State(Status(status), version, row_version, snoozed_until, verdict, doer, asked_by)
