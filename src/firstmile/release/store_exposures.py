"""The SQL of exposures: who met which variant first, and the sums of what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.release.experiment_models import Experiment
from firstmile.release.funnel import Metric
from firstmile.release.moments import Moments

# $1 experiment, $2 now, $3 window, $4 to $6 keys, moments and measures, $7 "market" or "role".
SUMS = """
    WITH figures AS (
        SELECT key, moment, measure
        FROM unnest($4::text[], $5::text[], $6::text[]) AS figure (key, moment, measure)
    ), units AS (
        SELECT
            exposure.unit_id, exposure.variant, exposure.phase, exposure.first_at,
            CASE $7::text
                WHEN 'market' THEN COALESCE(exposure.market, '')
                WHEN 'role' THEN COALESCE(exposure.role, '')
                ELSE ''
            END AS segment,
            COALESCE(joined.at <= exposure.first_at - $3::interval, false) AS has_before,
            (
                SELECT count(*)
                FROM experiment_days AS used
                WHERE used.unit_id = exposure.unit_id
                    AND used.day > (exposure.first_at - $3::interval)::date
                    AND used.day < exposure.first_at::date
            ) AS days_before,
            (
                SELECT count(*)
                FROM experiment_days AS used
                WHERE used.unit_id = exposure.unit_id
                    AND used.day > exposure.first_at::date
                    AND used.day < (exposure.first_at + $3::interval)::date
            ) AS days_after
        FROM experiment_exposures AS exposure
        LEFT JOIN experiment_moments AS joined
            ON joined.unit_id = exposure.unit_id AND joined.moment = 'registered'
        WHERE exposure.experiment_id = $1
            AND exposure.mixed_at IS NULL
            AND exposure.first_at <= $2::timestamptz - $3::interval
    ), figured AS (
        SELECT
            figures.key, units.variant, units.phase, units.segment, units.has_before,
            CASE WHEN units.has_before THEN units.days_before ELSE 0 END::double precision AS x,
            CASE figures.measure
                WHEN 'days_of_use' THEN units.days_after::double precision
                WHEN 'days_until' THEN EXTRACT(
                    EPOCH FROM LEAST(reached.at - units.first_at, $3::interval)
                )::double precision / 86400
                ELSE COALESCE(reached.at < units.first_at + $3::interval, false)::integer
            END AS y
        FROM units
        CROSS JOIN figures
        LEFT JOIN experiment_moments AS reached
            ON reached.unit_id = units.unit_id AND reached.moment = figures.moment
        WHERE reached.at IS NULL OR reached.at >= units.first_at
    )
    SELECT
        key, variant, phase, segment, has_before,
        count(*) AS units, sum(y) AS y, sum(y * y) AS yy,
        sum(x) AS x, sum(x * x) AS xx, sum(x * y) AS xy
    FROM figured
    GROUP BY key, variant, phase, segment, has_before
    ORDER BY key, variant, phase, segment, has_before
"""


@dataclass(frozen=True)
class Exposure:
    """The first time that a unit met an experiment, and what was known of it then."""

    variant: str
    phase: int
    market: str | None = None
    role: str | None = None


@dataclass(frozen=True)
class Sums:
    """Of the units of one arm in one phase: what a figure adds up to.

    The paired value is the days of use before, and is there where `has_before`. `segment` is the
    market or the role when units were told apart by it.
    """

    metric: str
    arm: str
    phase: int
    segment: str
    has_before: bool
    moments: Moments


@dataclass(frozen=True)
class Tally:
    """How many units met a variant in a phase, how many are mixed, and whose window is over."""

    arm: str
    phase: int
    units: int
    mixed: int
    ripe: int
    first_at: datetime


async def expose(
    db: Connection, experiment_id: UUID, unit_id: UUID, seen: Exposure, now: datetime
) -> str:
    """Keep an exposure if it is the unit's first; the variant of the first."""
    row = await db.fetchrow(
        """
        INSERT INTO experiment_exposures AS known (
            experiment_id, unit_id, variant, phase, first_at, market, role
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (experiment_id, unit_id) DO UPDATE
        SET variant = known.variant
        RETURNING variant
        """,
        experiment_id,
        unit_id,
        seen.variant,
        seen.phase,
        now,
        seen.market,
        seen.role,
    )
    return seen.variant if row is None else str(row["variant"])


async def variant_of_asker(
    db: Connection, experiment_id: UUID, user_id: UserId | None, name_hash: bytes | None
) -> str | None:
    """The variant that somebody met first, by their person or else by a name nobody else has."""
    row = await db.fetchrow(
        """
        SELECT exposure.variant
        FROM experiment_exposures AS exposure
        JOIN experiment_units AS unit ON unit.id = exposure.unit_id
        WHERE exposure.experiment_id = $1
            AND exposure.unit_id IN (
                SELECT id
                FROM experiment_units
                WHERE user_id = $2
                UNION ALL
                SELECT unit_id
                FROM experiment_unit_names
                WHERE name_hash = $3
            )
            AND ($2::uuid IS NULL OR unit.user_id IS NULL OR unit.user_id = $2)
        ORDER BY unit.user_id IS NULL
        LIMIT 1
        """,
        experiment_id,
        user_id,
        name_hash,
    )
    return None if row is None else str(row["variant"])


async def tallies(db: Connection, one: Experiment, now: datetime) -> list[Tally]:
    """How many met what, by variant and phase."""
    rows = await db.fetch(
        """
        SELECT
            variant,
            phase,
            count(*) AS units,
            count(mixed_at) AS mixed,
            count(*) FILTER (WHERE first_at <= $2) AS ripe,
            min(first_at) AS first_at
        FROM experiment_exposures
        WHERE experiment_id = $1
        GROUP BY variant, phase
        ORDER BY variant, phase
        """,
        one.id,
        now - one.design.window,
    )
    return [Tally(*row) for row in rows]


async def sums(
    db: Connection,
    one: Experiment,
    metrics: Sequence[Metric],
    now: datetime,
    *,
    by: str | None = None,
) -> list[Sums]:
    """The sums of each figure by variant and phase; also `by` "market" or "role".

    Only units that met one variant alone, whose window is over, and who had not reached the
    moment before. Who was registered a whole window before has a before: their days of use in it.
    """
    rows = await db.fetch(
        SUMS,
        one.id,
        now,
        one.design.window,
        [metric.key for metric in metrics],
        [metric.moment for metric in metrics],
        [str(metric.measure) for metric in metrics],
        by,
    )
    return [
        Sums(
            row["key"],
            row["variant"],
            row["phase"],
            row["segment"],
            row["has_before"],
            Moments(row["units"], row["y"], row["yy"], row["x"], row["xx"], row["xy"]),
        )
        for row in rows
    ]


async def lately(db: Connection, metric: Metric, since: datetime) -> tuple[int, int]:
    """How many registered since, and how many of them reached the moment within a week."""
    row = await db.fetchrow(
        """
        SELECT
            count(*) AS people,
            count(*) FILTER (WHERE reached.at < joined.at + interval '7 days') AS reached
        FROM experiment_moments AS joined
        JOIN experiment_units AS unit ON unit.id = joined.unit_id AND unit.user_id IS NOT NULL
        LEFT JOIN experiment_moments AS reached
            ON reached.unit_id = joined.unit_id AND reached.moment = $1
        WHERE joined.moment = 'registered' AND joined.at >= $2
        """,
        metric.moment,
        since,
    )
    return (int(row["people"]), int(row["reached"])) if row else (0, 0)
