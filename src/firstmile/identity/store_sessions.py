"""The SQL of sessions and signing keys."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from firstmile.identity.models import Session
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import SessionId, UserId

SESSION = """
    id, user_id, refresh_salt, generation, rotated_at, last_used_at, expires_at, ended_at
"""
HOLDER = """
    WITH alive AS (
        SELECT id, user_id, last_used_at, expires_at
        FROM sessions
        WHERE (id = $1 OR cookie_hash = ANY($2))
          AND ended_at IS NULL
          AND expires_at > $3
          AND last_used_at > $3 - $4::interval
    ), touched AS (
        UPDATE sessions
        SET last_used_at = $3
        FROM alive
        WHERE sessions.id = alive.id AND alive.last_used_at < $3 - interval '1 minute'
    )
    SELECT
        alive.id,
        alive.user_id,
        users.locale,
        ARRAY(
            SELECT DISTINCT role FROM memberships WHERE user_id = alive.user_id ORDER BY role
        ),
        alive.last_used_at,
        alive.expires_at
    FROM alive
    JOIN users ON users.id = alive.user_id
"""


@dataclass(frozen=True)
class Holder:
    """A living session and the facts about its person that an Actor carries."""

    session_id: SessionId
    user_id: UserId
    locale: str
    roles: list[str]
    last_used_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class KeyRow:
    """One signing key as it is kept: the private half sealed."""

    kid: str
    state: str
    public_jwk: dict[str, str]
    private_sealed: bytes
    state_since: datetime


async def add_session(db: Connection, session: Session, cookie_hash: bytes) -> None:
    """Keep a session that just began."""
    await db.execute(
        """
        INSERT INTO sessions (
            id, user_id, cookie_hash, refresh_salt, generation, rotated_at,
            created_at, last_used_at, expires_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)
        """,
        session.id,
        session.user_id,
        cookie_hash,
        session.refresh_salt,
        session.generation,
        session.rotated_at,
        session.last_used_at,
        session.expires_at,
    )


async def holder(
    db: Connection,
    *,
    now: datetime,
    idle: timedelta,
    session_id: SessionId | None = None,
    cookie_hashes: list[bytes] | None = None,
) -> Holder | None:
    """Whoever holds a living session, found by its id or by its cookie; notes its use.

    The use is written at most once a minute, so that reading stays reading.
    """
    row = await db.fetchrow(
        HOLDER,
        session_id,
        cookie_hashes or [],
        now,
        idle,
    )
    return None if row is None else Holder(*row)


async def lock_session(db: Connection, session_id: SessionId) -> Session | None:
    """The session, held until the transaction ends, so that refreshes take turns."""
    row = await db.fetchrow(
        f"SELECT {SESSION} FROM sessions WHERE id = $1 FOR UPDATE",
        session_id,
    )
    return None if row is None else Session(*row)


async def rotate(db: Connection, session_id: SessionId, now: datetime) -> int:
    """Move to the next generation of refresh tokens."""
    return int(
        await db.fetchval(
            """
            UPDATE sessions
            SET generation = generation + 1, rotated_at = $2, last_used_at = $2
            WHERE id = $1
            RETURNING generation
            """,
            session_id,
            now,
        )
    )


async def end_session(db: Connection, session_id: SessionId, reason: str, now: datetime) -> bool:
    """End one session; False when it had ended."""
    row = await db.fetchrow(
        """
        UPDATE sessions
        SET ended_at = $3, end_reason = $2
        WHERE id = $1 AND ended_at IS NULL
        RETURNING id
        """,
        session_id,
        reason,
        now,
    )
    return row is not None


async def end_sessions(db: Connection, user_id: UserId, reason: str, now: datetime) -> None:
    """End every session of a person."""
    await db.execute(
        """
        UPDATE sessions
        SET ended_at = $3, end_reason = $2
        WHERE user_id = $1 AND ended_at IS NULL
        """,
        user_id,
        reason,
        now,
    )


async def signing_keys(db: Connection, *, for_update: bool = False) -> list[KeyRow]:
    """Every signing key, newest state first; locked against another rotation when asked."""
    if for_update:
        await db.execute("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE")
    rows = await db.fetch(
        """
        SELECT kid, state, public_jwk, private_sealed, state_since
        FROM signing_keys
        ORDER BY state_since DESC, kid
        """
    )
    return [
        KeyRow(kid, state, msgspec.json.decode(jwk), sealed, since)
        for kid, state, jwk, sealed, since in rows
    ]


async def add_signing_key(db: Connection, key: KeyRow, now: datetime) -> None:
    """Keep a new key."""
    await db.execute(
        """
        INSERT INTO signing_keys (kid, state, public_jwk, private_sealed, created_at, state_since)
        VALUES ($1, $2, $3, $4, $5, $5)
        """,
        key.kid,
        key.state,
        msgspec.json.encode(key.public_jwk).decode(),
        key.private_sealed,
        now,
    )


async def move_signing_key(db: Connection, kid: str, state: str, now: datetime) -> None:
    """Put a key into its next state."""
    await db.execute(
        """
        UPDATE signing_keys
        SET state = $2, state_since = $3
        WHERE kid = $1
        """,
        kid,
        state,
        now,
    )


async def reseal_signing_key(db: Connection, kid: str, private_sealed: bytes) -> None:
    """Keep the same key sealed anew."""
    await db.execute(
        "UPDATE signing_keys SET private_sealed = $2 WHERE kid = $1",
        kid,
        private_sealed,
    )


async def drop_signing_key(db: Connection, kid: str) -> None:
    """Forget a key that no living token was signed with."""
    await db.execute("DELETE FROM signing_keys WHERE kid = $1", kid)
