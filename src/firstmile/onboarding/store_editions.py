"""The SQL of editions: what was put into force, and where each of them moved people."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId, new_id
from firstmile.onboarding.definitions import Definitions
from firstmile.onboarding.editions import Author, Edition
from firstmile.onboarding.migrating import Place
from firstmile.onboarding.moves import Move
from firstmile.onboarding.plans import Sums

EDITION = "number, applied_at, author, author_id, reason, digest, definitions, moves, made, text"

NOTE_MOVES = """
    INSERT INTO journey_moves (
        user_id, edition, step_key,
        old_status, old_version, old_row_version, old_snoozed_until, old_updated_at,
        new_status, new_version, new_row_version, new_snoozed_until, new_updated_at,
        old_verdict, new_verdict
    )
    SELECT
        moving.user_id, $1, change.step_key,
        own.status, own.version, own.row_version, own.snoozed_until, own.updated_at,
        change.status, change.version,
        1 + GREATEST(own.row_version, origin.row_version, past.old_row_version, 0),
        CASE WHEN change.status = 'snoozed' THEN
            COALESCE(past.old_snoozed_until, origin.snoozed_until)
        END,
        CASE WHEN change.status IS NOT NULL THEN
            COALESCE(past.old_updated_at, origin.updated_at, $2)
        END,
        own.verdict, past.old_verdict
    FROM unnest($3::uuid[], $4::integer[]) AS moving (user_id, point)
    JOIN unnest(
        $5::integer[], $6::text[], $7::text[], $8::integer[], $9::text[], $10::boolean[]
    )
        AS change (point, step_key, status, version, origins, is_stored) USING (point)
    LEFT JOIN journey_steps AS own
        ON own.user_id = moving.user_id AND own.step_key = change.step_key
    LEFT JOIN journey_moves AS past
        ON past.user_id = moving.user_id AND past.step_key = change.step_key
        AND past.edition = $11 AND change.is_stored
    LEFT JOIN LATERAL (
        SELECT
            max(row_version) AS row_version,
            max(snoozed_until) AS snoozed_until,
            max(updated_at) AS updated_at
        FROM journey_steps
        WHERE user_id = moving.user_id AND step_key = ANY(string_to_array(change.origins, ' '))
    ) AS origin ON true
"""


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
    await db.execute("LOCK TABLE journeys IN EXCLUSIVE MODE")


async def note_moves(
    db: Connection,
    edition: int,
    moving: Mapping[int, Sequence[UserId]],
    changes: Mapping[int, Mapping[str, Place | None]],
    *,
    undone: int | None,
    now: datetime,
) -> None:
    """Write into the journal where people are and where they will be; by point.

    The dates of a step are those of its origins, the latest of them, or of the journal of the
    edition that is undone. A row version only ever rises.
    """
    people = [(user_id, point) for point, users in moving.items() for user_id in users]
    flat = [(point, key, place) for point in moving for key, place in changes[point].items()]
    await db.execute(
        NOTE_MOVES,
        edition,
        now,
        [user_id for user_id, _ in people],
        [point for _, point in people],
        [point for point, _, _ in flat],
        [key for _, key, _ in flat],
        [place and place.status.value for _, _, place in flat],
        [place and place.version for _, _, place in flat],
        [" ".join(place.origins) if place else "" for _, _, place in flat],
        [bool(place and place.is_stored) for _, _, place in flat],
        undone,
    )


async def make_moves(db: Connection, edition: int, users: Sequence[UserId]) -> None:
    """Bring the steps of people to where the journal of an edition says they will be."""
    await db.execute(
        """
        INSERT INTO journey_steps (
            user_id, step_key, version, status, row_version, snoozed_until, updated_at, verdict
        )
        SELECT
            user_id, step_key, new_version, new_status, new_row_version, new_snoozed_until,
            new_updated_at, new_verdict
        FROM journey_moves
        WHERE edition = $1 AND user_id = ANY($2) AND new_status IS NOT NULL
        ON CONFLICT (user_id, step_key) DO UPDATE
        SET version = EXCLUDED.version,
            status = EXCLUDED.status,
            row_version = EXCLUDED.row_version,
            snoozed_until = EXCLUDED.snoozed_until,
            updated_at = EXCLUDED.updated_at,
            verdict = EXCLUDED.verdict
        """,
        edition,
        users,
    )
    await db.execute(
        """
        DELETE FROM journey_steps
        USING journey_moves
        WHERE edition = $1 AND journey_moves.user_id = ANY($2) AND new_status IS NULL
            AND journey_steps.user_id = journey_moves.user_id
            AND journey_steps.step_key = journey_moves.step_key
        """,
        edition,
        users,
    )


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


async def forget_moves_before(db: Connection, moment: datetime) -> int:
    """Delete the journal of editions older than `moment`; how many moves."""
    return int(
        await db.fetchval(
            """
            WITH gone AS (
                DELETE FROM journey_moves
                USING step_editions
                WHERE number = edition AND applied_at < $1
                RETURNING 1
            )
            SELECT count(*) FROM gone
            """,
            moment,
        )
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
