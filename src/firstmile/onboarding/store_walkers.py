"""The SQL of people as a change of the steps meets them, some thousand at a time."""

from dataclasses import dataclass

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.onboarding.editions import Edition
from firstmile.onboarding.step_models import Attributes

WALKERS = """
    SELECT
        user_id, roles, market, facts,
        activated_at IS NOT NULL,
        COALESCE(activated_at = $4, false),
        ARRAY(
            SELECT step_key || ' ' || status || ' ' || version
            FROM journey_steps
            WHERE journey_steps.user_id = journeys.user_id
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
                SELECT * FROM journey_moves
                WHERE journey_moves.user_id = journeys.user_id AND edition = $3
            ) AS old
            FULL JOIN (
                SELECT * FROM journey_steps
                WHERE journey_steps.user_id = journeys.user_id
            ) AS own USING (step_key)
            WHERE old.edition IS NOT NULL OR own.updated_at > $4
            ORDER BY step_key
        ) END,
        attributes,
        CASE WHEN $5::boolean THEN ARRAY(
            SELECT concat_ws(' ', own.role, step_key, status, version)
            FROM (
                SELECT project_id, role
                FROM memberships
                JOIN projects ON projects.id = project_id
                WHERE memberships.user_id = journeys.user_id AND deletion_at IS NULL
                ORDER BY memberships.created_at, project_id
                LIMIT 1
            ) AS own
            LEFT JOIN project_steps USING (project_id)
            ORDER BY step_key
        ) ELSE '{}' END
    FROM journeys
    WHERE user_id > COALESCE($1, '00000000-0000-0000-0000-000000000000'::uuid)
    ORDER BY user_id
    LIMIT $2
"""


@dataclass(frozen=True)
class Walker:
    """A person as a migration meets them; texts hold a key, a status, a version and so on.

    Those of `shared` begin with the role in the project, and one of them may be that role alone.
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
    shared: tuple[str, ...] = ()

    @property
    def point(self) -> tuple[object, ...]:
        """All that what becomes of them follows from."""
        return (
            self.roles,
            self.market,
            self.facts,
            self.is_activated,
            self.by_this,
            self.states,
            self.journal,
            self.attributes,
            self.shared,
        )


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
        WALKERS,
        after,
        most,
        undone and undone.number,
        undone and undone.applied_at,
        is_sharing,
    )
    return [
        Walker(
            row[0],
            tuple(row[1]),
            row[2],
            tuple(row[3]),
            row[4],
            row[5],
            tuple(row[6]),
            tuple(row[7]),
            Attributes(row[8]),
            tuple(row[9]),
        )
        for row in rows
    ]
