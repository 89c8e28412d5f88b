"""The SQL of SDK keys."""

from datetime import datetime
from uuid import UUID

import asyncpg

from firstmile.kernel.database import Connection
from firstmile.release.models import Author, KeyKind, SdkKey

COLUMNS = """
    id, environment, kind, name, label, creator_id, created_at, last_used_at,
    revoked_at, revoker_id, revoke_reason
"""


async def add(db: Connection, key: SdkKey, secret_hash: bytes) -> None:
    """Keep a new key by the hash of its text."""
    await db.execute(
        """
        INSERT INTO sdk_keys (
            id, environment, kind, name, label, creator_id, created_at, secret_hash
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        key.id,
        key.environment,
        key.kind,
        key.name,
        key.label,
        key.creator_id,
        key.created_at,
        secret_hash,
    )


async def all_keys(db: Connection) -> dict[bytes, SdkKey]:
    """Every key that opens something, by the hash of its text."""
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}, secret_hash
        FROM sdk_keys
        WHERE revoked_at IS NULL
        """
    )
    return {bytes(row["secret_hash"]): _key(row) for row in rows}


async def keys_of(db: Connection, environment: str) -> list[SdkKey]:
    """The keys of an environment, newest first."""
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
        FROM sdk_keys
        WHERE environment = $1 AND revoked_at IS NULL
        ORDER BY created_at DESC, id
        """,
        environment,
    )
    return [_key(row) for row in rows]


async def key(db: Connection, key_id: UUID) -> SdkKey | None:
    """A key that opens something."""
    row = await db.fetchrow(
        f"""
        SELECT {COLUMNS}
        FROM sdk_keys
        WHERE id = $1 AND revoked_at IS NULL
        """,
        key_id,
    )
    return None if row is None else _key(row)


async def revoked(db: Connection, most: int) -> list[SdkKey]:
    """Those of every environment that were revoked last, the latest first."""
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
        FROM sdk_keys
        WHERE revoked_at IS NOT NULL
        ORDER BY revoked_at DESC, id
        LIMIT $1
        """,
        most,
    )
    return [_key(row) for row in rows]


async def note_use(db: Connection, ids: list[UUID], now: datetime) -> None:
    """Note when these were used."""
    await db.execute("UPDATE sdk_keys SET last_used_at = $2 WHERE id = ANY($1)", ids, now)


async def revoke(
    db: Connection, key_id: UUID, author: Author, reason: str, now: datetime
) -> SdkKey | None:
    """End a key: the hash of its text goes. The key, or None when there was none."""
    row = await db.fetchrow(
        f"""
        UPDATE sdk_keys
        SET revoked_at = $2, revoker_id = $3, revoke_reason = $4, secret_hash = uuid_send(id)
        WHERE id = $1 AND revoked_at IS NULL
        RETURNING {COLUMNS}
        """,
        key_id,
        now,
        author.user_id,
        reason,
    )
    return None if row is None else _key(row)


async def forget_revoked_before(db: Connection, moment: datetime) -> int:
    """Delete what was revoked before; how many."""
    rows = await db.fetch("DELETE FROM sdk_keys WHERE revoked_at < $1 RETURNING id", moment)
    return len(rows)


def _key(row: asyncpg.Record) -> SdkKey:
    return SdkKey(
        row["id"],
        row["environment"],
        KeyKind(row["kind"]),
        row["name"],
        row["label"],
        row["creator_id"],
        row["created_at"],
        row["last_used_at"],
        row["revoked_at"],
        row["revoker_id"],
        row["revoke_reason"],
    )
