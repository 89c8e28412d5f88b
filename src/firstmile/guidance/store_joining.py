"""The SQL of two audiences that turn out to be one: a visitor, and the person they signed in as."""

from datetime import datetime
from uuid import UUID

from firstmile.kernel.database import Connection


async def environments_of(db: Connection, visitor: bytes) -> list[str]:
    """Where a visitor was met."""
    rows = await db.fetch(
        "SELECT environment FROM guidance_audience WHERE visitor = $1 ORDER BY environment", visitor
    )
    return [row["environment"] for row in rows]


async def forget_visitor(db: Connection, visitor: bytes) -> None:
    """Delete everything about a visitor."""
    await db.execute("DELETE FROM guidance_audience WHERE visitor = $1", visitor)


async def join(db: Connection, audience_id: UUID, other_id: UUID, now: datetime) -> None:
    """Make the second audience a part of the first, which the caller holds; the stricter wins.

    What was seen, dismissed or put off by either was so by both, and every interruption counts.
    Leave that the second has not used holds no place any more: whoever had it asks as the first
    from now on. Should it have been shown after all, it counts as soon as that is told.
    """
    await db.execute("SELECT FROM guidance_audience WHERE id = $1 FOR UPDATE", other_id)
    await _join_past(db, audience_id, other_id)
    await db.execute(
        """
        INSERT INTO guidance_sessions AS own (audience_id, session_id, began_at)
        SELECT $1, session_id, began_at
        FROM guidance_sessions
        WHERE audience_id = $2
        ON CONFLICT (audience_id, session_id) DO UPDATE
        SET began_at = LEAST(own.began_at, EXCLUDED.began_at)
        """,
        audience_id,
        other_id,
    )
    await db.execute(
        """
        UPDATE guidance_leases
        SET audience_id = $1, ended_at = CASE WHEN shown_at IS NULL THEN $3 ELSE ended_at END
        WHERE audience_id = $2
        """,
        audience_id,
        other_id,
        now,
    )
    await db.execute(
        "UPDATE guidance_decisions SET audience_id = $1 WHERE audience_id = $2",
        audience_id,
        other_id,
    )
    await db.execute("DELETE FROM guidance_audience WHERE id = $1", other_id)


async def _join_past(db: Connection, audience_id: UUID, other_id: UUID) -> None:
    await db.execute(
        """
        INSERT INTO guidance_past AS own (
            audience_id, key, shown, shown_at, interacted_at, snoozed_until, snoozes, step
        )
        SELECT $1, key, shown, shown_at, interacted_at, snoozed_until, snoozes, step
        FROM guidance_past
        WHERE audience_id = $2
        ON CONFLICT (audience_id, key) DO UPDATE
        SET shown = own.shown + EXCLUDED.shown,
            shown_at = GREATEST(own.shown_at, EXCLUDED.shown_at),
            interacted_at = GREATEST(own.interacted_at, EXCLUDED.interacted_at),
            snoozed_until = GREATEST(own.snoozed_until, EXCLUDED.snoozed_until),
            snoozes = GREATEST(own.snoozes, EXCLUDED.snoozes),
            step = COALESCE(own.step, EXCLUDED.step)
        """,
        audience_id,
        other_id,
    )
