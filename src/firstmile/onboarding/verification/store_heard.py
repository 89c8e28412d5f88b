"""The SQL of signed messages that were heard."""

from datetime import datetime

from firstmile.kernel.database import Connection


async def bind(db: Connection, message_id: str, about: bytes, at: datetime) -> bytes:
    """Note what a message is about, if that is not known yet; what it is about."""
    bound: bytes = await db.fetchval(
        """
        INSERT INTO heard_messages (id, about, at)
        VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE SET id = EXCLUDED.id
        RETURNING about
        """,
        message_id,
        about,
        at,
    )
    return bound


async def take(db: Connection, message_id: str) -> bool:
    """Note that a message was taken; False when it was before."""
    row = await db.fetchrow(
        """
        UPDATE heard_messages
        SET is_taken = true
        WHERE id = $1 AND NOT is_taken
        RETURNING id
        """,
        message_id,
    )
    return row is not None


async def forget_before(db: Connection, moment: datetime) -> int:
    """Delete messages that were heard before a moment; how many."""
    return int(
        await db.fetchval(
            """
            WITH gone AS (
                DELETE FROM heard_messages
                WHERE at < $1
                RETURNING 1
            )
            SELECT count(*) FROM gone
            """,
            moment,
        )
    )
