"""The SQL of trends: a cohort by week or month, by how long it took, and by version in force."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from firstmile.kernel.database import Connection
from firstmile.onboarding.insights.figures import IN_TIME, Cohort, Group, Lasting
from firstmile.onboarding.insights.store import COHORT, PLACE, SECONDS, of


@dataclass(frozen=True)
class InForce:
    """An edition of the steps, and when it was in force; until None is until now."""

    number: int
    since: datetime
    until: datetime | None
    reason: str


async def groups(db: Connection, cohort: Cohort, unit: str, now: datetime) -> list[Group]:
    """A cohort by the `week` (from Monday) or `month` in which people began, the oldest first."""
    rows = await db.fetch(
        f"""
        WITH cohort AS ({COHORT}),
        settled AS (
            SELECT DISTINCT user_id
            FROM onboarding_events
            WHERE kind = 'step_settled' AND facts ->> 'reason' = 'person'
              AND user_id IN (SELECT user_id FROM cohort)
        )
        SELECT
            date_trunc($5, started_at, 'UTC')::date,
            count(*),
            count(settled.user_id),
            count(activated_at),
            count(*) FILTER (WHERE started_at <= $6),
            count(*) FILTER (WHERE started_at <= $6 AND activated_at <= started_at + $7::interval),
            percentile_cont(0.5) WITHIN GROUP (
                ORDER BY extract(epoch FROM activated_at - started_at)
            )
        FROM cohort
        LEFT JOIN settled USING (user_id)
        GROUP BY 1
        ORDER BY 1
        """,
        *of(cohort),
        unit,
        now - IN_TIME,
        IN_TIME,
        timeout=SECONDS,
    )
    return [Group(*row) for row in rows]


async def activations(db: Connection, cohort: Cohort, unit: str) -> dict[date, int]:
    """How many of a cohort were activated in each `day`, `week` or `month`, by its first day."""
    rows = await db.fetch(
        f"""
        WITH cohort AS ({COHORT})
        SELECT date_trunc($5, activated_at, 'UTC')::date, count(*)
        FROM cohort
        WHERE activated_at IS NOT NULL
        GROUP BY 1
        ORDER BY 1
        """,
        *of(cohort),
        unit,
        timeout=SECONDS,
    )
    return {row[0]: row[1] for row in rows}


async def lasting(db: Connection, cohort: Cohort, edges: Sequence[float]) -> list[Lasting]:
    """How many took how long, between one edge (in seconds, rising) and the next.

    Who was faster than the first edge counts in the first range, who was slower than the last in
    the last.
    """
    rows = await db.fetch(
        f"""
        WITH cohort AS ({COHORT})
        SELECT
            LEAST(
                GREATEST(
                    width_bucket(
                        extract(epoch FROM activated_at - started_at)::float8, $5::float8[]
                    ),
                    1
                ),
                $6
            ),
            count(*)
        FROM cohort
        WHERE activated_at IS NOT NULL
        GROUP BY 1
        """,
        *of(cohort),
        edges,
        len(edges) - 1,
        timeout=SECONDS,
    )
    found = {row[0]: row[1] for row in rows}
    return [
        Lasting(edges[place], edges[place + 1], found.get(place + 1, 0))
        for place in range(len(edges) - 1)
    ]


async def in_time(
    db: Connection, cohort: Cohort, now: datetime, shared: Collection[str] = ()
) -> dict[str, int]:
    """How many did each step within `IN_TIME`, of those who have had that long.

    Shared ones were done by whose project had done what it has done by now.
    """
    rows = await db.fetch(
        f"""
        WITH cohort AS ({COHORT}),
        place AS ({PLACE}),
        done AS (
            SELECT user_id, step_key, at
            FROM onboarding_events
            WHERE kind = 'step_settled' AND facts ->> 'after' = 'done'
              AND step_key <> ALL($5::text[])
            UNION ALL
            SELECT user_id, step_key, updated_at
            FROM place
            JOIN project_steps USING (project_id)
            WHERE status = 'done' AND step_key = ANY($5::text[])
        )
        SELECT step_key, count(DISTINCT user_id)
        FROM done
        JOIN cohort USING (user_id)
        WHERE started_at <= $6 AND at <= started_at + $7::interval
        GROUP BY step_key
        """,
        *of(cohort),
        list(shared),
        now - IN_TIME,
        IN_TIME,
        timeout=SECONDS,
    )
    return {row[0]: row[1] for row in rows}


async def in_force(db: Connection) -> list[InForce]:
    """Each edition of the steps with its time, the oldest first."""
    rows = await db.fetch(
        """
        SELECT number, applied_at, lead(applied_at) OVER (ORDER BY number), reason
        FROM step_editions
        ORDER BY number
        """,
        timeout=SECONDS,
    )
    return [InForce(*row) for row in rows]
