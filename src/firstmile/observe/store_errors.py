"""The SQL of the error list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.observe.sightings import Kind, Sighting


class State(StrEnum):
    """What became of a group. A resolved one that is seen again is open again."""

    OPEN = "open"
    RESOLVED = "resolved"
    IGNORED = "ignored"


@dataclass(frozen=True)
class Seen:
    """How often something was seen, and when."""

    sighting: Sighting
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Group:
    """All sightings of the same."""

    id: UUID
    kind: Kind
    title: str
    place: str
    sample: dict[str, Any]
    count: int
    first_seen_at: datetime
    last_seen_at: datetime
    state: State


async def add(db: Connection, seen: Sequence[Seen], most: Mapping[Kind, int]) -> None:
    """Count these; of a kind with more groups than it may have, others give way.

    In the order of their ids, so that two processes never wait for each other.
    """
    rows = sorted(seen, key=lambda one: one.sighting.group)
    await db.execute(
        """
        INSERT INTO errors AS known
            (id, kind, title, place, sample, count, first_seen_at, last_seen_at)
        SELECT id, kind, title, place, sample::jsonb, count, first_seen_at, last_seen_at
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[],
            $7::timestamptz[], $8::timestamptz[])
            AS new (id, kind, title, place, sample, count, first_seen_at, last_seen_at)
        ORDER BY id
        ON CONFLICT (id) DO UPDATE
        SET count = known.count + EXCLUDED.count,
            sample = EXCLUDED.sample,
            last_seen_at = greatest(known.last_seen_at, EXCLUDED.last_seen_at),
            state = CASE known.state WHEN 'resolved' THEN 'open' ELSE known.state END
        """,
        [one.sighting.group for one in rows],
        [one.sighting.kind for one in rows],
        [one.sighting.title for one in rows],
        [one.sighting.place for one in rows],
        [msgspec.json.encode(one.sighting.sample).decode() for one in rows],
        [one.count for one in rows],
        [one.first for one in rows],
        [one.last for one in rows],
    )
    for kind in sorted({one.sighting.kind for one in rows}):
        await _make_room(db, kind, most[kind])


async def _make_room(db: Connection, kind: Kind, most: int) -> None:
    """Forget what is beyond `most`: first what was seen once, longest ago, and nobody settled."""
    await db.execute(
        """
        DELETE FROM errors
        WHERE id IN (
            SELECT id
            FROM errors
            WHERE kind = $1
            ORDER BY state <> 'open', count > 1, last_seen_at, id
            LIMIT greatest(0, (SELECT count(*) FROM errors WHERE kind = $1) - $2::bigint)
            FOR UPDATE SKIP LOCKED
        )
        """,
        kind,
        most,
    )


async def groups(db: Connection, state: State, limit: int) -> list[Group]:
    """The groups in this state, the last seen first."""
    rows = await db.fetch(
        """
        SELECT id, kind, title, place, sample, count, first_seen_at, last_seen_at, state
        FROM errors
        WHERE state = $1
        ORDER BY last_seen_at DESC, id
        LIMIT $2
        """,
        state,
        limit,
    )
    return [
        Group(
            id=row["id"],
            kind=Kind(row["kind"]),
            title=row["title"],
            place=row["place"],
            sample=msgspec.json.decode(row["sample"]),
            count=row["count"],
            first_seen_at=row["first_seen_at"],
            last_seen_at=row["last_seen_at"],
            state=State(row["state"]),
        )
        for row in rows
    ]


async def counts(db: Connection) -> dict[State, int]:
    """How many groups there are in each state."""
    rows = await db.fetch(
        """
        SELECT state, count(*) AS count
        FROM errors
        GROUP BY state
        """
    )
    return dict.fromkeys(State, 0) | {State(row["state"]): row["count"] for row in rows}


async def settle(db: Connection, group_id: UUID, state: State, by: UserId, now: datetime) -> bool:
    """Say what became of a group; whether there is such a group."""
    row = await db.fetchrow(
        """
        UPDATE errors
        SET state = $2, settled_by = $3, settled_at = $4
        WHERE id = $1
        RETURNING id
        """,
        group_id,
        state,
        by,
        now,
    )
    return row is not None


async def forget_before(db: Connection, moment: datetime) -> int:
    """Delete groups that were not seen since; how many."""
    return int(
        await db.fetchval(
            """
            WITH gone AS (
                DELETE FROM errors
                WHERE last_seen_at < $1
                RETURNING 1
            )
            SELECT count(*) FROM gone
            """,
            moment,
        )
    )
