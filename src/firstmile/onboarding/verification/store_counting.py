"""The SQL of events that steps count."""

from datetime import datetime

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId


async def add(db: Connection, user_id: UserId, event_id: str, name: str, at: datetime) -> bool:
    """Keep an event; False when it was kept before."""
    row = await db.fetchrow(
        """
        INSERT INTO counted_events (user_id, id, name, at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (user_id, id) DO NOTHING
        RETURNING id
        """,
        user_id,
        event_id,
        name,
        at,
    )
    return row is not None


async def moments(
    db: Connection, user_id: UserId, name: str, since: datetime | None
) -> list[datetime]:
    """When events of a name happened, oldest first; after `since` alone when it is given."""
    rows = await db.fetch(
        """
        SELECT at
        FROM counted_events
        WHERE user_id = $1 AND name = $2 AND ($3::timestamptz IS NULL OR at > $3)
        ORDER BY at
        """,
        user_id,
        name,
        since,
    )
    return [row["at"] for row in rows]


async def forget_before(db: Connection, moment: datetime) -> int:
    """Delete events older than `moment`; how many."""
    return int(
        await db.fetchval(
            """
            WITH gone AS (
                DELETE FROM counted_events
                WHERE at < $1
                RETURNING 1
            )
            SELECT count(*) FROM gone
            """,
            moment,
        )
    )
