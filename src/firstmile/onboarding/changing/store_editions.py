"""The SQL of editions: what was put into force, when, and whom it activated."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId, new_id
from firstmile.onboarding.changing.editions import Author, Edition
from firstmile.onboarding.changing.plans import Sums
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.moves import Move

EDITION = "number, applied_at, author, author_id, reason, digest, definitions, moves, made, text"
LOCK_JOURNEYS = "LOCK TABLE journeys IN EXCLUSIVE MODE"


async def edition_in_force(db: Connection) -> int:
    """The number of the edition in force, 0 for none."""
    return int(
        await db.fetchval("SELECT COALESCE(max(number), 0) FROM step_editions")  # by its key
    )


async def editions(db: Connection, *, most: int = 1000) -> list[Edition]:
    """Editions, the newest first."""
    rows = await db.fetch(
        f"""
        SELECT {EDITION}, sums, undoes
        FROM step_editions
        ORDER BY number DESC
        LIMIT $1
        """,
        most,
    )
    return [_edition(row) for row in rows]


async def people_at(db: Connection) -> dict[str, dict[str, int]]:
    """How many people are at which status of each step; those who never touched it are in none.

    Of a shared step it is how many projects.
    """
    rows = await db.fetch(
        """
        SELECT step_key, status, count(*)
        FROM (
            SELECT step_key, status FROM journey_steps
            UNION ALL
            SELECT step_key, status FROM project_steps
        ) AS kept
        GROUP BY step_key, status
        """
    )
    found: dict[str, dict[str, int]] = {}
    for key, status, count in rows:
        found.setdefault(key, {})[status] = count
    return found


async def attributes_told(db: Connection) -> frozenset[str]:
    """The names of all that the customer's server tells of anybody."""
    rows = await db.fetch(
        """
        SELECT DISTINCT name
        FROM journeys, jsonb_object_keys(attributes) AS name
        WHERE attributes <> '{}'
        """
    )
    return frozenset(row[0] for row in rows)


async def add_edition(db: Connection, edition: Edition) -> None:
    """Keep an edition."""
    await db.execute(
        """
        INSERT INTO step_editions (
            number, applied_at, author, author_id, reason, digest, definitions, moves, made, text,
            sums, undoes
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        edition.number,
        edition.applied_at,
        edition.author.name,
        edition.author.user_id,
        edition.reason,
        edition.digest,
        _json(edition.definitions),
        _json(edition.moves),
        _json(edition.made),
        edition.text,
        _json(edition.sums),
        edition.undoes,
    )


async def lock_journeys(db: Connection) -> None:
    """Let nobody change a journey until the transaction ends; reading goes on."""
    await db.execute(LOCK_JOURNEYS)


async def set_activated(db: Connection, users: Sequence[UserId], at: datetime | None) -> None:
    """Note that people are activated, or are not."""
    await db.execute(
        """
        UPDATE journeys
        SET activated_at = $2
        WHERE user_id = ANY($1)
        """,
        users,
        at,
    )


async def untold_activated(db: Connection, users: Sequence[UserId], kind: str) -> list[UserId]:
    """Those of them who are activated without a kept event of this kind, held meanwhile."""
    rows = await db.fetch(
        """
        SELECT user_id
        FROM journeys
        WHERE user_id = ANY($1) AND activated_at IS NOT NULL
            AND NOT EXISTS (
                SELECT FROM onboarding_events AS event
                WHERE event.user_id = journeys.user_id AND event.kind = $2
                    AND event.at >= journeys.activated_at
            )
        ORDER BY user_id
        FOR UPDATE
        """,
        users,
        kind,
    )
    return [UserId(row[0]) for row in rows]


async def add_events(
    db: Connection, kind: str, said: Iterable[tuple[Sequence[UserId], Any]], now: datetime
) -> None:
    """Keep the same event for many people at once, for a year."""
    rows = [(user_id, _json(facts)) for users, facts in said for user_id in users]
    await db.execute(
        """
        INSERT INTO onboarding_events (user_id, id, kind, facts, at)
        SELECT user_id, id, $3, facts::jsonb, $5
        FROM unnest($1::uuid[], $2::uuid[], $4::text[]) AS event (user_id, id, facts)
        """,
        [user_id for user_id, _ in rows],
        [new_id() for _ in rows],
        kind,
        [facts for _, facts in rows],
        now,
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value, order="sorted").decode()


def _edition(row: asyncpg.Record) -> Edition:
    user_id: UUID | None = row[3]
    return Edition(
        number=row[0],
        applied_at=row[1],
        author=Author(row[2], user_id),
        reason=row[4],
        digest=row[5],
        definitions=msgspec.json.decode(row[6], type=Definitions),
        moves=msgspec.json.decode(row[7], type=tuple[Move, ...]),
        made=msgspec.json.decode(row[8], type=dict[str, tuple[Move, ...]]),
        text=row[9],
        sums=msgspec.json.decode(row[10], type=Sums),
        undoes=row[11],
    )
