"""The SQL of what happened to accounts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId


@dataclass(frozen=True)
class Happening:
    """Something that happened to an account; `staff_id` when staff did it."""

    id: UUID
    kind: str
    facts: dict[str, Any]
    staff_id: UUID | None
    at: datetime


async def add(db: Connection, user_id: UserId, happening: Happening) -> None:
    """Keep what happened; nothing when the account is gone by the end of the same work."""
    await db.execute(
        """
        INSERT INTO account_events (user_id, id, kind, facts, staff_id, at)
        SELECT id, $2, $3, $4, $5, $6
        FROM users
        WHERE id = $1
        """,
        user_id,
        happening.id,
        happening.kind,
        msgspec.json.encode(happening.facts).decode(),
        happening.staff_id,
        happening.at,
    )


async def recent(
    db: Connection, user_id: UserId, limit: int, *, before: UUID | None = None
) -> list[Happening]:
    """What happened to an account, the newest first; `before` goes on after a page."""
    rows = await db.fetch(
        """
        SELECT id, kind, facts, staff_id, at
        FROM account_events
        WHERE user_id = $1 AND ($3::uuid IS NULL OR id < $3)
        ORDER BY id DESC
        LIMIT $2
        """,
        user_id,
        limit,
        before,
    )
    return [Happening(row[0], row[1], msgspec.json.decode(row[2]), row[3], row[4]) for row in rows]


async def forget_before(db: Connection, moment: datetime) -> int:
    """Delete what is older than `moment`; how many."""
    return int(
        await db.fetchval(
            """
            WITH gone AS (
                DELETE FROM account_events
                WHERE at < $1
                RETURNING 1
            )
            SELECT count(*) FROM gone
            """,
            moment,
        )
    )
