"""SQL of what limits did lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from firstmile.kernel.database import Connection

# Staff look at the last hour; nothing of it is kept for longer than two.
SHOWN = timedelta(hours=1)
KEPT = timedelta(hours=2)


@dataclass(frozen=True)
class Refusals:
    """How often one caller was refused by one limit; `caller` is `user:…` or `network:…`.

    By one that is only watched it would have been. `until` is when there is room again.
    """

    limit: str
    caller: str
    is_watched: bool
    route: str
    times: int
    last_at: datetime
    until: datetime


@dataclass(frozen=True)
class Tally:
    """How often one limit was nearly used up, refused, and would have refused."""

    limit: str
    near: int
    refused: int
    watched: int


async def add_refusals(db: Connection, piece: datetime, refusals: Sequence[Refusals]) -> None:
    """Add to what is known of this piece of time."""
    await db.executemany(
        """
        INSERT INTO limit_refusals AS known
            (piece, limit_name, caller, is_watched, route, times, last_at, until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (piece, limit_name, caller, is_watched) DO UPDATE
        SET times = known.times + excluded.times,
            route = excluded.route,
            last_at = greatest(known.last_at, excluded.last_at),
            until = greatest(known.until, excluded.until)
        """,
        [
            (
                piece,
                one.limit,
                one.caller,
                one.is_watched,
                one.route,
                one.times,
                one.last_at,
                one.until,
            )
            for one in refusals
        ],
    )


async def add_tallies(db: Connection, piece: datetime, tallies: Sequence[Tally]) -> None:
    """Add to what was counted in this piece of time."""
    await db.executemany(
        """
        INSERT INTO limit_tallies AS known (piece, limit_name, near, refused, watched)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (piece, limit_name) DO UPDATE
        SET near = known.near + excluded.near,
            refused = known.refused + excluded.refused,
            watched = known.watched + excluded.watched
        """,
        [(piece, one.limit, one.near, one.refused, one.watched) for one in tallies],
    )


async def forget_before(db: Connection, moment: datetime) -> int:
    """Remove what nobody may see any more; how many refusals that were."""
    await db.execute("DELETE FROM limit_tallies WHERE piece < $1", moment)
    return int(
        await db.fetchval(
            """
            WITH gone AS (
                DELETE FROM limit_refusals
                WHERE piece < $1
                RETURNING 1
            )
            SELECT count(*) FROM gone
            """,
            moment,
        )
    )


async def refusals_since(db: Connection, moment: datetime, most: int) -> list[Refusals]:
    """Who was refused since then, the newest first."""
    rows = await db.fetch(
        """
        SELECT limit_name, caller, is_watched, sum(times)::integer AS times,
            max(last_at) AS last_at, max(until) AS until,
            (array_agg(route ORDER BY last_at DESC))[1] AS route
        FROM limit_refusals
        WHERE last_at >= $1
        GROUP BY limit_name, caller, is_watched
        ORDER BY last_at DESC
        LIMIT $2
        """,
        moment,
        most,
    )
    return [
        Refusals(
            limit=row["limit_name"],
            caller=row["caller"],
            is_watched=row["is_watched"],
            route=row["route"],
            times=row["times"],
            last_at=row["last_at"],
            until=row["until"],
        )
        for row in rows
    ]


async def tallies_since(db: Connection, moment: datetime) -> dict[str, Tally]:
    """What each limit did since then, by its name."""
    rows = await db.fetch(
        """
        SELECT limit_name, sum(near)::integer AS near, sum(refused)::integer AS refused,
            sum(watched)::integer AS watched
        FROM limit_tallies
        WHERE piece >= $1
        GROUP BY limit_name
        """,
        moment,
    )
    return {
        row["limit_name"]: Tally(row["limit_name"], row["near"], row["refused"], row["watched"])
        for row in rows
    }
