"""The SQL of what flags serve, day by day, and of the keys that are no flags."""

from dataclasses import dataclass
from datetime import date, datetime

from firstmile.kernel.database import Connection

MOST_UNKNOWN = 200  # keys of an environment; those asked for latest stay


@dataclass(frozen=True)
class Served:
    """How often a variant was served; None is the application's own default."""

    environment: str
    flag: str
    variant: str | None
    count: int


@dataclass(frozen=True)
class Asked:
    """How often a key was asked for that is no flag."""

    environment: str
    key: str
    count: int


@dataclass(frozen=True)
class Use:
    """What a flag served within a time: of one variant, and the last day it did."""

    flag: str
    variant: str | None
    count: int
    last_on: date


@dataclass(frozen=True)
class Unknown:
    """A key that was asked for and is no flag."""

    key: str
    count: int
    first_asked_at: datetime
    last_asked_at: datetime


async def add_served(db: Connection, day: date, rows: list[Served]) -> None:
    """Add counts to those of the day. Rows come sorted, so that two writers never cross."""
    await db.execute(
        """
        INSERT INTO flag_servings (environment, flag, variant, day, count)
        SELECT environment, flag, variant, $1, count
        FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[])
            AS one (environment, flag, variant, count)
        WHERE environment IN (SELECT name FROM flag_environments)
        ON CONFLICT (environment, flag, variant, day) DO UPDATE
        SET count = flag_servings.count + EXCLUDED.count
        """,
        day,
        [row.environment for row in rows],
        [row.flag for row in rows],
        [row.variant or "" for row in rows],
        [row.count for row in rows],
    )


async def add_unknown(db: Connection, now: datetime, rows: list[Asked]) -> None:
    """Note keys that are no flags; of each environment only the latest stay."""
    await db.execute(
        """
        INSERT INTO flag_strangers (environment, key, count, first_asked_at, last_asked_at)
        SELECT environment, key, count, $1, $1
        FROM unnest($2::text[], $3::text[], $4::bigint[]) AS one (environment, key, count)
        WHERE environment IN (SELECT name FROM flag_environments)
        ON CONFLICT (environment, key) DO UPDATE
        SET count = flag_strangers.count + EXCLUDED.count,
            last_asked_at = EXCLUDED.last_asked_at
        """,
        now,
        [row.environment for row in rows],
        [row.key for row in rows],
        [row.count for row in rows],
    )
    await db.execute(
        """
        DELETE FROM flag_strangers
        WHERE (environment, key) IN (
            SELECT environment, key
            FROM (
                SELECT environment, key, row_number() OVER (
                    PARTITION BY environment ORDER BY last_asked_at DESC, key
                ) AS place
                FROM flag_strangers
            ) AS ranked
            WHERE place > $1
        )
        """,
        MOST_UNKNOWN,
    )


async def uses(
    db: Connection, environment: str, since: date, *, flag: str | None = None
) -> list[Use]:
    """What each flag of an environment served since a day, by variant; or one of them."""
    rows = await db.fetch(
        """
        SELECT flag, NULLIF(variant, '') AS variant, sum(count)::bigint AS count, max(day) AS last
        FROM flag_servings
        WHERE environment = $1 AND day >= $2 AND ($3::text IS NULL OR flag = $3)
        GROUP BY flag, variant
        ORDER BY flag, count DESC, variant
        """,
        environment,
        since,
        flag,
    )
    return [Use(*row) for row in rows]


async def counted_since(db: Connection, environment: str) -> date | None:
    """The first day of which anything was counted in an environment."""
    day: date | None = await db.fetchval(
        "SELECT min(day) FROM flag_servings WHERE environment = $1", environment
    )
    return day


async def unknown(db: Connection, environment: str) -> list[Unknown]:
    """The keys that are asked for and are no flags, the latest first."""
    rows = await db.fetch(
        """
        SELECT key, count, first_asked_at, last_asked_at
        FROM flag_strangers
        WHERE environment = $1
            AND NOT EXISTS (
                SELECT
                FROM flags
                WHERE flags.environment = $1
                    AND flags.key = flag_strangers.key
                    AND archived_at IS NULL
            )
        ORDER BY last_asked_at DESC, key
        """,
        environment,
    )
    return [Unknown(*row) for row in rows]


async def forget_usage_before(db: Connection, day: date) -> int:
    """Delete what was counted before a day; how many rows."""
    rows = await db.fetch("DELETE FROM flag_servings WHERE day < $1 RETURNING 1", day)
    strangers = await db.fetch(
        "DELETE FROM flag_strangers WHERE last_asked_at < $1::date RETURNING 1",
        day,
    )
    return len(rows) + len(strangers)
