"""The SQL of flags that go on or off at a moment."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import asyncpg
import msgspec

from firstmile.kernel.database import Connection
from firstmile.release.models import Author
from firstmile.release.sayings import Says


class State(StrEnum):
    """What became of a schedule."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Schedule:
    """A flag that goes on, or off, at `due_at`; within a minute after it."""

    id: UUID
    environment: str
    key: str
    enabled: bool
    due_at: datetime
    author: Author
    reason: str
    state: State = State.PLANNED
    says: Says = ()
    ended_at: datetime | None = None


async def add_schedule(db: Connection, one: Schedule, now: datetime) -> None:
    """Write a new schedule."""
    await db.execute(
        """
        INSERT INTO flag_schedules (
            id, environment, key, enabled, due_at, state, says, author_id, author, reason,
            created_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        one.id,
        one.environment,
        one.key,
        one.enabled,
        one.due_at,
        one.state,
        _written(one.says),
        one.author.user_id,
        one.author.name,
        one.reason,
        now,
    )


async def save_schedule(db: Connection, one: Schedule) -> None:
    """Write what became of a schedule."""
    await db.execute(
        """
        UPDATE flag_schedules
        SET state = $2, says = $3, ended_at = $4
        WHERE id = $1
        """,
        one.id,
        one.state,
        _written(one.says),
        one.ended_at,
    )


async def lock_schedule(db: Connection, schedule_id: UUID) -> Schedule | None:
    """A schedule, held for the transaction."""
    row = await db.fetchrow(
        """
        SELECT id, environment, key, enabled, due_at, state, says, author_id, author, reason,
            ended_at
        FROM flag_schedules
        WHERE id = $1
        FOR UPDATE
        """,
        schedule_id,
    )
    return None if row is None else _schedule(row)


async def due_schedules(db: Connection, now: datetime) -> list[Schedule]:
    """Those whose moment has come, the oldest first."""
    rows = await db.fetch(
        """
        SELECT id, environment, key, enabled, due_at, state, says, author_id, author, reason,
            ended_at
        FROM flag_schedules
        WHERE ended_at IS NULL AND due_at <= $1
        ORDER BY due_at
        """,
        now,
    )
    return [_schedule(row) for row in rows]


async def schedules_of(
    db: Connection, environment: str | None, key: str | None = None, *, most: int = 50
) -> list[Schedule]:
    """Those of one environment or all, of one flag or all: what is to come first."""
    rows = await db.fetch(
        """
        SELECT id, environment, key, enabled, due_at, state, says, author_id, author, reason,
            ended_at
        FROM flag_schedules
        WHERE ($1::text IS NULL OR environment = $1) AND ($2::text IS NULL OR key = $2)
        ORDER BY ended_at DESC NULLS FIRST, due_at
        LIMIT $3
        """,
        environment,
        key,
        most,
    )
    return [_schedule(row) for row in rows]


def _written(says: Says) -> str:
    return msgspec.json.encode(says).decode()


def _schedule(row: asyncpg.Record) -> Schedule:
    return Schedule(
        id=row["id"],
        environment=row["environment"],
        key=row["key"],
        enabled=row["enabled"],
        due_at=row["due_at"],
        author=Author(row["author"], row["author_id"]),
        reason=row["reason"],
        state=State(row["state"]),
        says=msgspec.json.decode(row["says"], type=Says),
        ended_at=row["ended_at"],
    )
