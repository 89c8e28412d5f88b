"""The SQL of whose attention was taken: audience, sessions, leases, decisions, preferences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from firstmile.guidance.attention import Past, Tips
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId, new_id


@dataclass(frozen=True)
class Whose:
    """Whose attention it is, in an environment: exactly one of three is set."""

    environment: str
    user_id: UserId | None = None
    visitor: bytes | None = None
    session_id: UUID | None = None


@dataclass(frozen=True)
class Audience:
    """One who is or may be interrupted."""

    id: UUID
    tips: Tips = Tips.ALL


async def audience(db: Connection, whose: Whose) -> Audience | None:
    """Whoever it is, if they were ever noted."""
    row = await db.fetchrow(
        """
        SELECT id, tips
        FROM guidance_audience
        WHERE environment = $1
            AND (user_id = $2 OR visitor = $3 OR session_id = $4)
        """,
        whose.environment,
        whose.user_id,
        whose.visitor,
        whose.session_id,
    )
    return None if row is None else Audience(row[0], Tips(row[1]))


async def lock_audience(db: Connection, whose: Whose, now: datetime) -> Audience:
    """The same, made when it is not there, and held until the transaction ends."""
    row = await db.fetchrow(
        """
        INSERT INTO guidance_audience (
            id, environment, user_id, visitor, session_id, created_at, seen_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $6)
        ON CONFLICT DO NOTHING
        RETURNING id, tips
        """,
        new_id(),
        whose.environment,
        whose.user_id,
        whose.visitor,
        whose.session_id,
        now,
    ) or await db.fetchrow(
        """
        UPDATE guidance_audience
        SET seen_at = $5
        WHERE environment = $1
            AND (user_id = $2 OR visitor = $3 OR session_id = $4)
        RETURNING id, tips
        """,
        whose.environment,
        whose.user_id,
        whose.visitor,
        whose.session_id,
        now,
    )
    assert row is not None  # noqa: S101  it was made, or was there
    return Audience(row[0], Tips(row[1]))


async def set_tips(db: Connection, audience_id: UUID, tips: Tips) -> None:
    """Keep how much somebody wants."""
    await db.execute("UPDATE guidance_audience SET tips = $2 WHERE id = $1", audience_id, tips)


async def begin_session(
    db: Connection, audience_id: UUID, session_id: UUID, now: datetime
) -> datetime:
    """When a session was first seen, which may be now."""
    began: datetime = await db.fetchval(
        """
        INSERT INTO guidance_sessions AS known (audience_id, session_id, began_at)
        VALUES ($1, $2, $3)
        ON CONFLICT (audience_id, session_id) DO UPDATE
        SET began_at = known.began_at
        RETURNING began_at
        """,
        audience_id,
        session_id,
        now,
    )
    return began


async def sessions_of(db: Connection, audience_id: UUID) -> int:
    """How many sessions somebody had, of those that are kept."""
    return int(
        await db.fetchval(
            "SELECT count(*) FROM guidance_sessions WHERE audience_id = $1", audience_id
        )
    )


@dataclass(frozen=True)
class Remembered:
    """What somebody did with a content, and where they are in it."""

    past: Past
    step: str | None = None


async def past_of(db: Connection, audience_id: UUID) -> dict[str, Remembered]:
    """What somebody did with each content, by its key."""
    rows = await db.fetch(
        """
        SELECT key, shown, shown_at, interacted_at, snoozed_until, snoozes, step
        FROM guidance_past
        WHERE audience_id = $1
        """,
        audience_id,
    )
    return {row[0]: Remembered(Past(*row[1:6]), row[6]) for row in rows}


async def keep_past(
    db: Connection, audience_id: UUID, key: str, past: Past, step: str | None
) -> None:
    """Write what somebody did with a content."""
    await db.execute(
        """
        INSERT INTO guidance_past (
            audience_id, key, shown, shown_at, interacted_at, snoozed_until, snoozes, step
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (audience_id, key) DO UPDATE
        SET shown = EXCLUDED.shown,
            shown_at = EXCLUDED.shown_at,
            interacted_at = EXCLUDED.interacted_at,
            snoozed_until = EXCLUDED.snoozed_until,
            snoozes = EXCLUDED.snoozes,
            step = EXCLUDED.step
        """,
        audience_id,
        key,
        past.shown,
        past.shown_at,
        past.interacted_at,
        past.snoozed_until,
        past.snoozes,
        step,
    )


@dataclass(frozen=True)
class Interruptions:
    """When somebody was interrupted since a moment, until when the place is held, and by what."""

    moments: Sequence[datetime]
    held_until: datetime | None
    held_by: frozenset[str] = frozenset()


async def interruptions(
    db: Connection, audience_id: UUID, since: datetime, now: datetime
) -> Interruptions:
    """What took somebody's attention, and what was allowed to and may yet be shown."""
    rows = await db.fetch(
        """
        SELECT coalesce(shown_at, granted_at) AS at,
            CASE WHEN ended_at IS NULL AND held_until > $3 THEN held_until END AS held_until,
            key
        FROM guidance_leases
        WHERE audience_id = $1
            AND coalesce(shown_at, granted_at) > $2
            AND (shown_at IS NOT NULL OR (held_until > $3 AND ended_at IS NULL))
        """,
        audience_id,
        since,
        now,
    )
    held = {row["key"]: row["held_until"] for row in rows if row["held_until"] is not None}
    last = max(held.values(), default=None)
    return Interruptions([row["at"] for row in rows], last, frozenset(held))


async def add_lease(
    db: Connection,
    audience_id: UUID,
    key: str,
    version: int,
    session_id: UUID,
    *,
    granted_at: datetime,
    until: datetime,
    held_until: datetime,
) -> UUID:
    """Keep that something may be shown; its id."""
    lease_id = new_id()
    await db.execute(
        """
        INSERT INTO guidance_leases (
            id, audience_id, key, version, session_id, granted_at, until, held_until
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        lease_id,
        audience_id,
        key,
        version,
        session_id,
        granted_at,
        until,
        held_until,
    )
    return lease_id


async def confirm_lease(
    db: Connection, audience_id: UUID, lease_id: UUID, *, shown_at: datetime, held_until: datetime
) -> bool:
    """Note that it was shown; False for a lease that is not there, or was confirmed before."""
    found = await db.fetchval(
        """
        UPDATE guidance_leases
        SET shown_at = $3, held_until = $4
        WHERE audience_id = $1 AND id = $2 AND shown_at IS NULL
        RETURNING id
        """,
        audience_id,
        lease_id,
        shown_at,
        held_until,
    )
    return found is not None


async def end_leases(db: Connection, audience_id: UUID, key: str, now: datetime) -> None:
    """Let the next one have the place: this one is over."""
    await db.execute(
        """
        UPDATE guidance_leases
        SET ended_at = $3
        WHERE audience_id = $1 AND key = $2 AND ended_at IS NULL
        """,
        audience_id,
        key,
        now,
    )


async def add_decision(
    db: Connection,
    audience_id: UUID,
    key: str,
    version: int | None,
    *,
    reason: str | None,
    leaves: Any,
    now: datetime,
) -> None:
    """Keep why something was, or was not, allowed to interrupt."""
    await db.execute(
        """
        INSERT INTO guidance_decisions (id, audience_id, key, version, reason, leaves, at)
        VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7)
        """,
        new_id(),
        audience_id,
        key,
        version,
        reason,
        msgspec.json.encode(leaves).decode(),
        now,
    )


@dataclass(frozen=True)
class Decided:
    """A decision that was made."""

    key: str
    version: int | None
    reason: str | None
    leaves: list[dict[str, Any]]
    at: datetime


async def decisions(
    db: Connection, audience_id: UUID, *, key: str | None = None, most: int = 20
) -> list[Decided]:
    """The last decisions about somebody, of one content or of all."""
    rows = await db.fetch(
        """
        SELECT key, version, reason, leaves::text, at
        FROM guidance_decisions
        WHERE audience_id = $1 AND ($2::text IS NULL OR key = $2)
        ORDER BY id DESC
        LIMIT $3
        """,
        audience_id,
        key,
        most,
    )
    return [Decided(row[0], row[1], row[2], msgspec.json.decode(row[3]), row[4]) for row in rows]


async def take_event(db: Connection, event_id: UUID, now: datetime) -> bool:
    """Note an event as taken; False when it was."""
    taken = await db.fetchval(
        """
        INSERT INTO guidance_events (id, taken_at)
        VALUES ($1, $2)
        ON CONFLICT (id) DO NOTHING
        RETURNING id
        """,
        event_id,
        now,
    )
    return taken is not None


async def erase(db: Connection, user_id: UserId) -> None:
    """Delete everything about a person."""
    await db.execute("DELETE FROM guidance_audience WHERE user_id = $1", user_id)


@dataclass(frozen=True)
class Until:
    """What is kept no longer: rows from before these moments."""

    sessions: datetime
    visitors: datetime
    leases: datetime
    decisions: datetime
    events: datetime


async def forget(db: Connection, before: Until) -> int:
    """Delete what is kept no longer; how many rows."""
    return int(
        await db.fetchval(
            """
            WITH audience AS (
                DELETE FROM guidance_audience
                WHERE (session_id IS NOT NULL AND seen_at < $1)
                    OR (visitor IS NOT NULL AND seen_at < $2)
                RETURNING 1
            ), sessions AS (
                DELETE FROM guidance_sessions WHERE began_at < $2 RETURNING 1
            ), leases AS (
                DELETE FROM guidance_leases WHERE granted_at < $3 RETURNING 1
            ), decisions AS (
                DELETE FROM guidance_decisions WHERE at < $4 RETURNING 1
            ), events AS (
                DELETE FROM guidance_events WHERE taken_at < $5 RETURNING 1
            )
            SELECT (SELECT count(*) FROM audience) + (SELECT count(*) FROM sessions)
                + (SELECT count(*) FROM leases) + (SELECT count(*) FROM decisions)
                + (SELECT count(*) FROM events)
            """,
            before.sessions,
            before.visitors,
            before.leases,
            before.decisions,
            before.events,
        )
    )
