"""The SQL of insights: exact figures of one cohort, each answered within seconds or not at all."""

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime

from firstmile.kernel.database import Connection
from firstmile.onboarding.insights.figures import (
    IN_TIME,
    NOBODY,
    Cohort,
    Obstacle,
    Overview,
    Point,
    VersionDone,
)

SECONDS = 5.0  # what a page may ask of the database for one figure
COHORT = """
    SELECT user_id, started_at, activated_at, roles, market
    FROM journeys
    WHERE started_at >= $1 AND started_at < $2
      AND ($3::text IS NULL OR market = $3)
      AND ($4::text IS NULL OR $4 = ANY(roles))
"""
# The project each of a cohort joined first; nobody's where no step ($5) is shared.
PLACE = """
    SELECT DISTINCT ON (memberships.user_id)
        memberships.user_id, memberships.project_id, memberships.role
    FROM memberships
    JOIN projects ON projects.id = memberships.project_id
    WHERE cardinality($5::text[]) > 0
      AND projects.deletion_at IS NULL
      AND memberships.user_id IN (SELECT user_id FROM cohort)
    ORDER BY memberships.user_id, memberships.created_at, projects.id
"""
FIGURES = """
    settled AS (
        SELECT
            user_id,
            bool_or(facts ->> 'reason' = 'person') AS by_person,
            max(at - before) >= interval '1 day' AS went_on,
            max(at) AS last_at
        FROM (
            SELECT user_id, facts, at, lag(at) OVER (PARTITION BY user_id ORDER BY at) AS before
            FROM onboarding_events
            WHERE kind = 'step_settled' AND user_id IN (SELECT user_id FROM cohort)
        ) AS moments
        GROUP BY user_id
    ),
    put_off AS (
        SELECT user_id, min(at) AS put_off_at
        FROM onboarding_events
        WHERE kind = 'step_snoozed' AND user_id IN (SELECT user_id FROM cohort)
        GROUP BY user_id
    )
    SELECT
        count(*),
        count(*) FILTER (WHERE by_person),
        count(activated_at),
        count(activated_at) FILTER (WHERE by_person IS NOT TRUE),
        count(*) FILTER (WHERE went_on),
        count(put_off_at),
        count(*) FILTER (WHERE last_at > put_off_at),
        count(*) FILTER (WHERE started_at <= $5),
        count(*) FILTER (WHERE started_at <= $5 AND activated_at <= started_at + $6::interval),
        percentile_cont(ARRAY[0.5, 0.75, 0.9]) WITHIN GROUP (
            ORDER BY extract(epoch FROM activated_at - started_at)
        )
    FROM cohort
    LEFT JOIN settled USING (user_id)
    LEFT JOIN put_off USING (user_id)
"""


def of(cohort: Cohort) -> tuple[datetime, datetime, str | None, str | None]:
    """What the SQL of a cohort is given."""
    return cohort.since, cohort.until, cohort.market, cohort.role


async def overview(db: Connection, cohort: Cohort, now: datetime) -> Overview:
    """The cohort as a whole."""
    row = await db.fetchrow(
        f"WITH cohort AS ({COHORT}), {FIGURES}",
        *of(cohort),
        now - IN_TIME,
        IN_TIME,
        timeout=SECONDS,
    )
    if row is None:
        return NOBODY
    return Overview(*row[:9], *(row[9] or (None, None, None)))


async def points(db: Connection, cohort: Cohort, shared: Collection[str] = ()) -> list[Point]:
    """A cohort by the points that people are at; with what their projects did of shared steps."""
    rows = await db.fetch(
        f"""
        WITH cohort AS ({COHORT}),
        place AS ({PLACE}),
        stand AS (
            SELECT user_id, array_agg(step_key || ' ' || status ORDER BY step_key) AS statuses
            FROM (
                SELECT user_id, step_key, status
                FROM journey_steps
                WHERE user_id IN (SELECT user_id FROM cohort) AND step_key <> ALL($5::text[])
                UNION ALL
                SELECT user_id, step_key, status
                FROM place
                JOIN project_steps USING (project_id)
                WHERE step_key = ANY($5::text[])
            ) AS steps
            GROUP BY user_id
        )
        SELECT cohort.roles, cohort.market, COALESCE(statuses, '{{}}'), place.role, count(*)
        FROM cohort
        LEFT JOIN stand USING (user_id)
        LEFT JOIN place USING (user_id)
        GROUP BY 1, 2, 3, 4
        """,
        *of(cohort),
        list(shared),
        timeout=SECONDS,
    )
    return [
        Point(frozenset(roles), market, dict(one.split(" ", 1) for one in stand), people, place)
        for roles, market, stand, place, people in rows
    ]


async def versions(db: Connection, cohort: Cohort) -> list[VersionDone]:
    """Each version of each step: who did it, and how long after they began."""
    rows = await db.fetch(
        f"""
        WITH cohort AS ({COHORT}),
        done AS (
            SELECT user_id, step_key, (facts ->> 'version')::integer AS version, min(at) AS at
            FROM onboarding_events
            WHERE kind = 'step_settled' AND facts ->> 'after' = 'done'
              AND user_id IN (SELECT user_id FROM cohort)
            GROUP BY 1, 2, 3
        )
        SELECT
            step_key, version, count(*),
            percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (
                ORDER BY extract(epoch FROM done.at - started_at)
            )
        FROM done
        JOIN cohort USING (user_id)
        GROUP BY step_key, version
        ORDER BY step_key, version
        """,
        *of(cohort),
        timeout=SECONDS,
    )
    return [VersionDone(row[0], row[1], row[2], *row[3]) for row in rows]


async def blocked(db: Connection, cohort: Cohort) -> dict[str, int]:
    """How often each step stood in the way of people like them, within these days."""
    rows = await db.fetch(
        """
        SELECT step_key, sum(times)::bigint
        FROM step_refusals
        WHERE day >= $1 AND day < $2
          AND ($3::text IS NULL OR market = $3)
          AND ($4::text IS NULL OR $4 = ANY(roles))
        GROUP BY step_key
        """,
        cohort.since.date(),
        cohort.until.date(),
        cohort.market,
        cohort.role,
        timeout=SECONDS,
    )
    return {row[0]: row[1] for row in rows}


async def markets(db: Connection) -> list[str]:
    """The markets that anybody chose."""
    rows = await db.fetch(
        "SELECT DISTINCT market FROM journeys WHERE market IS NOT NULL ORDER BY market",
        timeout=SECONDS,
    )
    return [row[0] for row in rows]


async def add_refusals(db: Connection, counted: Counter[Obstacle], day: date) -> None:
    """Add to the totals of a day."""
    rows = [(day, one.step, one.market or "", one.roles, times) for one, times in counted.items()]
    await db.executemany(
        """
        INSERT INTO step_refusals AS kept (day, step_key, market, roles, times)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (day, step_key, market, roles) DO UPDATE
        SET times = kept.times + EXCLUDED.times
        """,
        sorted(rows),  # in one order, so that two replicas never wait for each other
    )


async def forget_refusals_before(db: Connection, day: date) -> int:
    """Delete totals of before a day; how many."""
    return int(
        await db.fetchval(
            """
            WITH gone AS (
                DELETE FROM step_refusals
                WHERE day < $1
                RETURNING 1
            )
            SELECT count(*) FROM gone
            """,
            day,
        )
    )
