"""The SQL of API keys."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from firstmile.identity.models import Project
from firstmile.identity.project_models import ApiKey
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId


@dataclass(frozen=True)
class KeyHolder:
    """What a living key opens: one project, within its scopes."""

    project: Project
    scopes: frozenset[str]


async def add_key(
    db: Connection,
    project_id: UUID,
    key: ApiKey,
    secret_hash: bytes,
    *,
    creator_id: UserId,
) -> None:
    """Keep a new key by the hash of its secret."""
    await db.execute(
        """
        INSERT INTO api_keys (
            id, project_id, label, secret_hash, name, scopes, creator_id, created_at, expires_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        key.id,
        project_id,
        key.label,
        secret_hash,
        key.name,
        key.scopes,
        creator_id,
        key.created_at,
        key.expires_at,
    )


async def keys_of(db: Connection, project_id: UUID, now: datetime) -> list[ApiKey]:
    """The keys of a project that open something, newest first."""
    rows = await db.fetch(
        """
        SELECT
            api_keys.id,
            api_keys.label,
            api_keys.name,
            api_keys.scopes,
            users.first_name || ' ' || users.last_name,
            api_keys.created_at,
            api_keys.expires_at,
            api_keys.last_used_at
        FROM api_keys
        LEFT JOIN users ON users.id = api_keys.creator_id
        WHERE api_keys.project_id = $1
          AND api_keys.revoked_at IS NULL
          AND (api_keys.expires_at IS NULL OR api_keys.expires_at > $2)
        ORDER BY api_keys.created_at DESC, api_keys.id
        """,
        project_id,
        now,
    )
    return [ApiKey(*row) for row in rows]


async def holder(db: Connection, secret_hashes: list[bytes], now: datetime) -> KeyHolder | None:
    """What the key of this secret opens; notes its use, at most once a minute.

    Asked for each time and never remembered: a key that is revoked is so on every replica.
    """
    row = await db.fetchrow(
        """
        WITH alive AS (
            SELECT id, project_id, scopes, last_used_at
            FROM api_keys
            WHERE secret_hash = ANY($1)
              AND revoked_at IS NULL
              AND (expires_at IS NULL OR expires_at > $2)
        ), touched AS (
            UPDATE api_keys
            SET last_used_at = $2
            FROM alive
            WHERE api_keys.id = alive.id
              AND (alive.last_used_at IS NULL OR alive.last_used_at < $2 - interval '1 minute')
        )
        SELECT
            alive.scopes,
            projects.id,
            projects.name,
            projects.billing_name,
            projects.billing_email,
            projects.created_at,
            projects.deletion_at
        FROM alive
        JOIN projects ON projects.id = alive.project_id
        """,
        secret_hashes,
        now,
    )
    if row is None:
        return None
    scopes, project_id, name, *rest = row
    return KeyHolder(Project(project_id, name, None, *rest), frozenset(scopes))


async def revoke_key(db: Connection, project_id: UUID, key_id: UUID, now: datetime) -> bool:
    """Close a key of this project; False when it was closed or is another project's."""
    row = await db.fetchrow(
        """
        UPDATE api_keys
        SET revoked_at = $3
        WHERE project_id = $1 AND id = $2 AND revoked_at IS NULL
        RETURNING id
        """,
        project_id,
        key_id,
        now,
    )
    return row is not None


async def forget_before(db: Connection, moment: datetime) -> int:
    """Delete keys that were revoked or over before then; how many."""
    rows = await db.fetch(
        "DELETE FROM api_keys WHERE least(revoked_at, expires_at) < $1 RETURNING id",
        moment,
    )
    return len(rows)
