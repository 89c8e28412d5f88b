"""The SQL of idempotency keys."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from firstmile.kernel.database import Connection

KEPT = timedelta(hours=24)


class KeyInUse(Exception):
    """Another request holds the key and does not come to its end."""


@dataclass(frozen=True)
class Remembered:
    """A request that was answered: what was asked, and the sealed answer."""

    request_hash: bytes
    answer: bytes | None


async def claim(db: Connection, key_hash: bytes, request_hash: bytes, now: datetime) -> bool:
    """Claim a key for this request; False when it is taken.

    Waits for a claim in progress, and raises KeyInUse when that takes too long.
    """
    try:
        row = await _claimed(db, key_hash, request_hash, now)
    except asyncpg.LockNotAvailableError as late:
        raise KeyInUse from late
    return row is not None


async def _claimed(
    db: Connection, key_hash: bytes, request_hash: bytes, now: datetime
) -> asyncpg.Record | None:
    return await db.fetchrow(
        """
        INSERT INTO idempotency_keys (key_hash, request_hash, created_at)
        VALUES ($1, $2, $3)
        ON CONFLICT (key_hash) DO UPDATE
        SET request_hash = EXCLUDED.request_hash,
            answer = NULL,
            created_at = EXCLUDED.created_at
        WHERE idempotency_keys.created_at < $4
        RETURNING key_hash
        """,
        key_hash,
        request_hash,
        now,
        now - KEPT,
    )


async def remembered(db: Connection, key_hash: bytes) -> Remembered | None:
    """What is known of a key that is taken."""
    row = await db.fetchrow(
        """
        SELECT request_hash, answer
        FROM idempotency_keys
        WHERE key_hash = $1
        """,
        key_hash,
    )
    return None if row is None else Remembered(*row)


async def remember(db: Connection, key_hash: bytes, answer: bytes) -> None:
    """Keep the answer beside its key."""
    await db.execute(
        """
        UPDATE idempotency_keys
        SET answer = $2
        WHERE key_hash = $1
        """,
        key_hash,
        answer,
    )


async def forget_before(db: Connection, moment: datetime) -> int:
    """Delete keys older than `moment`; how many."""
    return int(
        await db.fetchval(
            """
            WITH gone AS (
                DELETE FROM idempotency_keys
                WHERE created_at < $1
                RETURNING 1
            )
            SELECT count(*) FROM gone
            """,
            moment,
        )
    )
