"""The SQL of sessions and signing keys."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg
import msgspec

from firstmile.identity.models import Session, SignedInDevice
from firstmile.identity.policy import Evidence, proved_at
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import SessionId, UserId

SESSION = """
    id, user_id, proofs, device_id, device_name, network, refresh_salt, generation, created_at,
    rotated_at, last_used_at, expires_at, idle_seconds, is_remembered, ended_at, impersonator_id,
    impersonation_reason
"""
HOLDER = """
    WITH alive AS (
        SELECT
            id, user_id, last_used_at, expires_at, idle_seconds, proved_at, impersonator_id
        FROM sessions
        WHERE (id = $1 OR cookie_hash = ANY($2))
          AND ended_at IS NULL
          AND expires_at > $3
          AND last_used_at > $3 - make_interval(secs => idle_seconds)
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
        least(alive.expires_at, alive.last_used_at + make_interval(secs => alive.idle_seconds)),
        alive.proved_at,
        alive.impersonator_id,
        users.staff_role,
        users.epoch
    FROM alive
    JOIN users ON users.id = alive.user_id
    LEFT JOIN users AS staff ON staff.id = alive.impersonator_id
    WHERE users.locked_at IS NULL
      AND (
        alive.impersonator_id IS NULL
        OR (users.staff_role IS NULL AND staff.staff_role IS NOT NULL AND staff.locked_at IS NULL)
      )
"""


@dataclass(frozen=True)
class Holder:
    """A living session and the facts about its person that an Actor carries."""

    session_id: SessionId
    user_id: UserId
    locale: str
    roles: list[str]
    ends_at: datetime
    proved_at: datetime | None
    impersonator_id: UserId | None
    staff_role: str | None
    epoch: int


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
            created_at, last_used_at, expires_at, idle_seconds, is_remembered,
            proofs, proved_at, device_id, device_name, network, impersonator_id,
            impersonation_reason
        )
        VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        """,
        session.id,
        session.user_id,
        cookie_hash,
        session.refresh_salt,
        session.generation,
        session.rotated_at,
        session.last_used_at,
        session.expires_at,
        int(session.idle.total_seconds()),
        session.is_remembered,
        msgspec.json.encode(session.evidence).decode(),
        proved_at(session.evidence),
        session.device.id,
        session.device.name,
        session.device.network,
        session.impersonator_id,
        session.impersonation_reason,
    )


async def holder(
    db: Connection,
    *,
    now: datetime,
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
    )
    return None if row is None else Holder(*row)


async def lock_session(db: Connection, session_id: SessionId) -> Session | None:
    """The session, held until the transaction ends, so that refreshes take turns."""
    row = await db.fetchrow(
        f"SELECT {SESSION} FROM sessions WHERE id = $1 FOR UPDATE",
        session_id,
    )
    return None if row is None else _session(row)


async def sessions_of(db: Connection, user_id: UserId, now: datetime) -> list[Session]:
    """The living sessions of a person, the one used last first."""
    rows = await db.fetch(
        f"""
        SELECT {SESSION}
        FROM sessions
        WHERE user_id = $1
          AND ended_at IS NULL
          AND expires_at > $2
          AND last_used_at > $2 - make_interval(secs => idle_seconds)
        ORDER BY last_used_at DESC, id
        """,
        user_id,
        now,
    )
    return [_session(row) for row in rows]


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


async def end_session(
    db: Connection, user_id: UserId, session_id: SessionId, reason: str, now: datetime
) -> bool:
    """End one session of a person; False when it had ended or is not theirs."""
    row = await db.fetchrow(
        """
        UPDATE sessions
        SET ended_at = $4, end_reason = $3
        WHERE user_id = $1 AND id = $2 AND ended_at IS NULL
        RETURNING id
        """,
        user_id,
        session_id,
        reason,
        now,
    )
    return row is not None


async def end_sessions(
    db: Connection, user_id: UserId, reason: str, now: datetime, *, but: SessionId | None = None
) -> int:
    """End every session of a person, but one when it is named; how many were still good.

    Where they sit in the place of somebody else, it ends with theirs.
    """
    rows = await db.fetch(
        """
        UPDATE sessions
        SET ended_at = $3, end_reason = $2
        WHERE (user_id = $1 OR impersonator_id = $1)
          AND ended_at IS NULL
          AND id IS DISTINCT FROM $4
        RETURNING expires_at > $3 AND last_used_at > $3 - make_interval(secs => idle_seconds)
        """,
        user_id,
        reason,
        now,
        but,
    )
    return sum(was_alive for (was_alive,) in rows)


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


def _session(row: asyncpg.Record) -> Session:
    session_id, user_id, proofs, device_id, device_name, network, *rest = row
    salt, generation, created_at, rotated_at, used_at, expires_at, idle, remembered, *ends = rest
    return Session(
        session_id,
        user_id,
        msgspec.json.decode(proofs, type=Evidence),
        SignedInDevice(device_id, device_name, network),
        salt,
        generation,
        created_at,
        rotated_at,
        used_at,
        expires_at,
        timedelta(seconds=idle),
        remembered,
        *ends,
    )
