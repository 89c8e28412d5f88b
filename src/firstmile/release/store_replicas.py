"""The SQL of replicas: which processes run, and which state of the switches each is in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from firstmile.kernel.database import Connection


@dataclass(frozen=True)
class Seen:
    """A process that runs. Delays are in milliseconds, None before the first was measured."""

    id: UUID
    role: str
    version: str
    wire: str
    started_at: datetime
    seen_at: datetime
    revision: int
    applied_at: datetime
    delay_ms: float | None
    p50_ms: float | None
    p99_ms: float | None


@dataclass(frozen=True)
class Report:
    """What a process says of itself: the revision it is in, when that was made, its delays."""

    id: UUID
    role: str
    version: str
    wire: str
    revision: int
    changed_at: datetime
    p50_ms: float | None
    p99_ms: float | None


async def report(db: Connection, said: Report) -> float | None:
    """Note what a process says, and how long its revision took to come into force there.

    In milliseconds by the database's clock; of a revision that it was in already, what was noted
    then. None for a process that is new here, which found the revision made.
    """
    delay_ms: float | None = await db.fetchval(
        """
        INSERT INTO replicas AS known (
            id, role, version, wire, revision, p50_ms, p99_ms, started_at, seen_at, applied_at
        )
        VALUES (
            $1, $2, $3, $4, $5, $6, $7, clock_timestamp(), clock_timestamp(), clock_timestamp()
        )
        ON CONFLICT (id) DO UPDATE
        SET wire = excluded.wire,
            seen_at = excluded.seen_at,
            revision = excluded.revision,
            applied_at = CASE known.revision
                WHEN excluded.revision THEN known.applied_at
                ELSE excluded.applied_at
            END,
            delay_ms = CASE known.revision
                WHEN excluded.revision THEN known.delay_ms
                ELSE 1000 * extract(epoch FROM excluded.applied_at - $8::timestamptz)
            END,
            p50_ms = excluded.p50_ms,
            p99_ms = excluded.p99_ms
        RETURNING delay_ms
        """,
        said.id,
        said.role,
        said.version,
        said.wire,
        said.revision,
        said.p50_ms,
        said.p99_ms,
        said.changed_at,
    )
    return delay_ms


async def replicas(db: Connection, within: timedelta) -> list[Seen]:
    """The processes that were seen within this time, in the order they began."""
    rows = await db.fetch(
        """
        SELECT
            id, role, version, wire, started_at, seen_at, revision, applied_at,
            delay_ms, p50_ms, p99_ms
        FROM replicas
        WHERE seen_at > clock_timestamp() - $1::interval
        ORDER BY role, started_at, id
        """,
        within,
    )
    return [Seen(**row) for row in rows]


async def forget_replica(db: Connection, replica_id: UUID) -> None:
    """Forget a process that ends."""
    await db.execute("DELETE FROM replicas WHERE id = $1", replica_id)


async def forget_replicas_before(db: Connection, moment: datetime) -> int:
    """Forget those that ended without a word; how many."""
    rows = await db.fetch("DELETE FROM replicas WHERE seen_at < $1 RETURNING 1", moment)
    return len(rows)
