"""The SQL of connections to accounts at identity providers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from firstmile.identity.claims import Identity
from firstmile.kernel.database import Connection as Database
from firstmile.kernel.ids import UserId


@dataclass(frozen=True)
class Connection:
    """An account at a provider that opens an account of ours."""

    id: UUID
    provider: str
    label: str
    connected_at: datetime
    last_used_at: datetime | None


async def lock_identity(db: Database, identity: Identity) -> None:
    """Let those who come with the same identity take turns, known or not."""
    await db.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
        f"{identity.issuer} {identity.subject}",
    )


async def user_of(db: Database, identity: Identity) -> UserId | None:
    """Whose account this identity opens: issuer and subject decide, and nothing else."""
    found: UserId | None = await db.fetchval(
        """
        SELECT user_id
        FROM connected_accounts
        WHERE issuer = $1 AND subject = $2
        """,
        identity.issuer,
        identity.subject,
    )
    return found


async def note_use(db: Database, identity: Identity, now: datetime) -> None:
    """Somebody signed in by it; the provider may call it something else by now."""
    await db.execute(
        """
        UPDATE connected_accounts
        SET last_used_at = $4, label = $3
        WHERE issuer = $1 AND subject = $2
        """,
        identity.issuer,
        identity.subject,
        identity.label,
        now,
    )


async def add_connection(
    db: Database,
    user_id: UserId,
    connection_id: UUID,
    identity: Identity,
    now: datetime,
    *,
    used_at: datetime | None,
) -> None:
    """Connect an identity that is locked and known to open no account."""
    await db.execute(
        """
        INSERT INTO connected_accounts (
            user_id, id, issuer, subject, provider, label, connected_at, last_used_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        user_id,
        connection_id,
        identity.issuer,
        identity.subject,
        identity.provider,
        identity.label,
        now,
        used_at,
    )


async def connections_of(db: Database, user_id: UserId) -> list[Connection]:
    """The connections of a person, the oldest first."""
    rows = await db.fetch(
        """
        SELECT id, provider, label, connected_at, last_used_at
        FROM connected_accounts
        WHERE user_id = $1
        ORDER BY connected_at, id
        """,
        user_id,
    )
    return [Connection(*row) for row in rows]


async def remove_connection(db: Database, user_id: UserId, connection_id: UUID) -> bool:
    """Remove a connection of a person; False when it is not theirs."""
    row = await db.fetchrow(
        """
        DELETE FROM connected_accounts
        WHERE user_id = $1 AND id = $2
        RETURNING id
        """,
        user_id,
        connection_id,
    )
    return row is not None


async def has_passkey(db: Database, user_id: UserId) -> bool:
    """Whether the person can sign in by a passkey."""
    return bool(
        await db.fetchval(
            "SELECT EXISTS (SELECT 1 FROM passkeys WHERE user_id = $1)",
            user_id,
        )
    )
