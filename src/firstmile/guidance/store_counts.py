"""The SQL of what is counted of guidance: totals, of nobody in particular."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from firstmile.kernel.database import Connection

Counted = tuple[str, str, int, str, str]
"""Environment, key, version, kind and reason."""


async def add_counts(db: Connection, counts: Mapping[Counted, int], day: date) -> None:
    """Add to the totals of a day."""
    await db.executemany(
        """
        INSERT INTO guidance_counts AS total (environment, key, version, day, kind, reason, times)
        VALUES ($1, $2, $3, $6, $4, $5, $7)
        ON CONFLICT (environment, key, version, day, kind, reason) DO UPDATE
        SET times = total.times + EXCLUDED.times
        """,
        [(*what, day, times) for what, times in sorted(counts.items())],
    )


@dataclass(frozen=True)
class Total:
    """How often something happened to a content."""

    key: str
    kind: str
    reason: str
    times: int


async def totals(
    db: Connection, environment: str, *, since: date, key: str | None = None
) -> list[Total]:
    """What happened since a day, by content, kind and reason."""
    rows = await db.fetch(
        """
        SELECT key, kind, reason, sum(times)::bigint
        FROM guidance_counts
        WHERE environment = $1 AND day >= $2 AND ($3::text IS NULL OR key = $3)
        GROUP BY key, kind, reason
        ORDER BY key, kind, reason
        """,
        environment,
        since,
        key,
    )
    return [Total(*row) for row in rows]


@dataclass(frozen=True)
class Borne:
    """How many were interrupted in a week, how often together, and how often at the most."""

    people: int
    interruptions: int
    most: int


async def borne(db: Connection, environment: str, since: datetime) -> Borne:
    """What people had to bear since a moment."""
    row = await db.fetchrow(
        """
        SELECT count(*), coalesce(sum(times), 0)::bigint, coalesce(max(times), 0)
        FROM (
            SELECT count(*) AS times
            FROM guidance_leases
            JOIN guidance_audience ON guidance_audience.id = audience_id
            WHERE environment = $1 AND shown_at > $2
            GROUP BY audience_id
        ) AS people
        """,
        environment,
        since,
    )
    return Borne(*(row or (0, 0, 0)))


async def forget_counts_before(db: Connection, day: date) -> int:
    """Delete totals older than a day; how many."""
    return int(
        await db.fetchval(
            """
            WITH gone AS (
                DELETE FROM guidance_counts
                WHERE day < $1
                RETURNING 1
            )
            SELECT count(*) FROM gone
            """,
            day,
        )
    )
