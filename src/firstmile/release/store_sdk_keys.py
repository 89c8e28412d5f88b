"""The SQL of SDK keys."""

from datetime import datetime
from uuid import UUID

import asyncpg

from firstmile.kernel.database import Connection
from firstmile.release.models import KeyKind, SdkKey


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
    """Every key, by the hash of its text."""
    rows = await db.fetch(
        """
        SELECT id, environment, kind, name, label, creator_id, created_at, last_used_at, secret_hash
        FROM sdk_keys
        """
    )
    return {bytes(row["secret_hash"]): _key(row) for row in rows}


async def keys_of(db: Connection, environment: str) -> list[SdkKey]:
    """The keys of an environment, newest first."""
    rows = await db.fetch(
        """
        SELECT id, environment, kind, name, label, creator_id, created_at, last_used_at
        FROM sdk_keys
        WHERE environment = $1
        ORDER BY created_at DESC, id
        """,
        environment,
    )
    return [_key(row) for row in rows]


async def note_use(db: Connection, ids: list[UUID], now: datetime) -> None:
    """Note when these were used."""
    await db.execute("UPDATE sdk_keys SET last_used_at = $2 WHERE id = ANY($1)", ids, now)


async def forget(db: Connection, key_id: UUID) -> SdkKey | None:
    """Delete a key; what it was, or None when there was none."""
    row = await db.fetchrow(
        """
        DELETE FROM sdk_keys
        WHERE id = $1
        RETURNING id, environment, kind, name, label, creator_id, created_at, last_used_at
        """,
        key_id,
    )
    return None if row is None else _key(row)


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
    )
