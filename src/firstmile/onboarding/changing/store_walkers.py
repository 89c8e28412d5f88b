"""The SQL of people and projects as a change of the steps meets them, some thousand at a time."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.onboarding.changing.editions import Edition
from firstmile.onboarding.step_models import Attributes

# Where a `holder` is with the steps that are `kept`, and by the `journal` of the edition that is
# undone where they were, and whether something happened since. It reads the same of both.
PLACES = """
    ARRAY(
        SELECT step_key || ' ' || status || ' ' || version
        FROM kept
        WHERE kept.owner = holder.owner
        ORDER BY step_key
    ),
    CASE WHEN $3::integer IS NULL THEN '{}' ELSE ARRAY(
        SELECT
            step_key
            || ' ' || COALESCE(old.old_status, '-')
            || ' ' || COALESCE(old.old_version, 0)
            || ' ' || (
                old.edition IS NULL
                OR (old.new_status, old.new_version, old.new_updated_at)
                    IS DISTINCT FROM (own.status, own.version, own.updated_at)
            )
        FROM (
            SELECT * FROM journal
            WHERE journal.owner = holder.owner AND edition = $3
        ) AS old
        FULL JOIN (
            SELECT * FROM kept
            WHERE kept.owner = holder.owner
        ) AS own USING (step_key)
        WHERE old.edition IS NOT NULL OR own.updated_at > $4
        ORDER BY step_key
    ) END
"""
OF_PEOPLE = """
    kept AS NOT MATERIALIZED (SELECT user_id AS owner, * FROM journey_steps),
    journal AS NOT MATERIALIZED (SELECT user_id AS owner, * FROM journey_moves)
"""
OF_PROJECTS = """
    kept AS NOT MATERIALIZED (SELECT project_id AS owner, * FROM project_steps),
    journal AS NOT MATERIALIZED (SELECT project_id AS owner, * FROM project_moves)
"""
# The role in the project that a person joined first, and its id.
MEMBERSHIP = """
    SELECT role || ' ' || project_id
    FROM memberships
    JOIN projects ON projects.id = project_id
    WHERE memberships.user_id = holder.owner AND deletion_at IS NULL
    ORDER BY memberships.created_at, project_id
    LIMIT 1
"""


@dataclass(frozen=True)
class Walker:
    """A person as a migration meets them; texts hold a key, a status, a version and so on.

    `membership` is their role in the project whose steps they share, and its id.
    """

    user_id: UserId
    roles: tuple[str, ...]
    market: str | None
    facts: tuple[str, ...]
    is_activated: bool
    by_this: bool
    states: tuple[str, ...]
    journal: tuple[str, ...]
    attributes: Attributes
    membership: tuple[str, UUID] | None = None

    @property
    def point(self) -> tuple[object, ...]:
        """All that what becomes of them follows from, save for their project."""
        return (
            self.roles,
            self.market,
            self.facts,
            self.is_activated,
            self.by_this,
            self.states,
            self.journal,
            self.attributes,
        )


@dataclass(frozen=True)
class ProjectWalker:
    """A project, in the same texts."""

    project_id: UUID
    facts: tuple[str, ...]
    states: tuple[str, ...]
    journal: tuple[str, ...]

    @property
    def point(self) -> tuple[object, ...]:
        """All that what becomes of it follows from."""
        return self.facts, self.states, self.journal


async def walkers(
    db: Connection,
    *,
    after: UserId | None,
    most: int,
    undone: Edition | None,
    is_sharing: bool = False,
) -> list[Walker]:
    """The next people by their ids, with the journal of the edition that is to be undone.

    In a text of the journal stand the key, status and version before it, and whether something
    happened on the step since; a step that is not in it and was touched since is there as well.
    """
    rows = await db.fetch(
        f"""
        WITH {OF_PEOPLE}
        SELECT
            owner, roles, market, facts,
            activated_at IS NOT NULL,
            COALESCE(activated_at = $4, false),
            {PLACES},
            attributes,
            CASE WHEN $5::boolean THEN ({MEMBERSHIP}) END
        FROM (SELECT user_id AS owner, * FROM journeys) AS holder
        WHERE owner > COALESCE($1, '00000000-0000-0000-0000-000000000000'::uuid)
        ORDER BY owner
        LIMIT $2
        """,
        after,
        most,
        undone and undone.number,
        undone and undone.applied_at,
        is_sharing,
    )
    return [_walker(row) for row in rows]


async def project_walkers(
    db: Connection, *, after: UUID | None, most: int, undone: Edition | None, is_moving: bool
) -> list[ProjectWalker]:
    """The next projects by their ids; all of them where some may move, else those with steps."""
    rows = await db.fetch(
        f"""
        WITH {OF_PROJECTS}
        SELECT
            owner,
            CASE WHEN billing_email IS NULL THEN '{{}}' ELSE ARRAY['billing_contact_set'] END,
            {PLACES}
        FROM (SELECT id AS owner, billing_email FROM projects) AS holder
        WHERE owner > COALESCE($1, '00000000-0000-0000-0000-000000000000'::uuid)
            AND ($5::boolean OR EXISTS (SELECT FROM kept WHERE kept.owner = holder.owner))
        ORDER BY owner
        LIMIT $2
        """,
        after,
        most,
        undone and undone.number,
        undone and undone.applied_at,
        is_moving,
    )
    return [ProjectWalker(row[0], tuple(row[1]), tuple(row[2]), tuple(row[3])) for row in rows]


def _walker(row: asyncpg.Record) -> Walker:
    user_id, roles, market, facts, is_activated, by_this, *told, attributes, membership = row
    states, journal = map(tuple, told)
    return Walker(
        user_id,
        tuple(roles),
        market,
        tuple(facts),
        is_activated,
        by_this,
        states,
        journal,
        Attributes(attributes),
        _membership(membership),
    )


def _membership(told: str | None) -> tuple[str, UUID] | None:
    if told is None:
        return None
    role, project_id = told.split(" ")
    return role, UUID(project_id)
