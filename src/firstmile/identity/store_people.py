"""The SQL of finding people and of locking their accounts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import SessionId, UserId


@dataclass(frozen=True)
class Found:
    """A person as a list of people shows them."""

    id: UserId
    email: str
    first_name: str
    last_name: str
    verified_at: datetime | None
    locked_at: datetime | None
    deletion_at: datetime | None
    staff_role: str | None
    created_at: datetime

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class Seat:
    """A session in the place of somebody: why, whose, and how long."""

    reason: str
    name: str
    ends_at: datetime


async def people(
    db: Connection, query: str, limit: int, *, before: UUID | None = None
) -> list[Found]:
    """Who has this id, or a name or address that begins so; the newest first."""
    rows = await db.fetch(
        """
        SELECT
            id, email, first_name, last_name, email_verified_at, locked_at, deletion_at,
            staff_role, created_at
        FROM users
        WHERE (
            id = $1
            OR email_key LIKE $2
            OR lower(first_name || ' ' || last_name) LIKE $2
            OR lower(last_name) LIKE $2
        )
        AND ($3::uuid IS NULL OR id < $3)
        ORDER BY id DESC
        LIMIT $4
        """,
        _id_in(query),
        _beginning(query),
        before,
        limit,
    )
    return [Found(*row) for row in rows]


async def staff(db: Connection) -> list[Found]:
    """Everybody who is staff, the highest roles first."""
    rows = await db.fetch(
        """
        SELECT
            id, email, first_name, last_name, email_verified_at, locked_at, deletion_at,
            staff_role, created_at
        FROM users
        WHERE staff_role IS NOT NULL
        ORDER BY array_position(ARRAY['admin', 'operator', 'support'], staff_role), email_key
        """
    )
    return [Found(*row) for row in rows]


async def names_of(db: Connection, user_ids: list[UUID]) -> dict[UUID, str]:
    """The names of people by their ids."""
    rows = await db.fetch(
        """
        SELECT id, first_name || ' ' || last_name
        FROM users
        WHERE id = ANY($1)
        """,
        user_ids,
    )
    return {row[0]: row[1] for row in rows}


async def lock_reason(db: Connection, user_id: UserId) -> str | None:
    """Why staff locked the account."""
    reason: str | None = await db.fetchval("SELECT lock_reason FROM users WHERE id = $1", user_id)
    return reason


async def lock(db: Connection, user_id: UserId, reason: str, now: datetime) -> bool:
    """Close an account; False when it was."""
    row = await db.fetchrow(
        """
        UPDATE users
        SET locked_at = $3, lock_reason = $2
        WHERE id = $1 AND locked_at IS NULL
        RETURNING id
        """,
        user_id,
        reason,
        now,
    )
    return row is not None


async def unlock(db: Connection, user_id: UserId) -> bool:
    """Open an account again; False when it was open."""
    row = await db.fetchrow(
        """
        UPDATE users
        SET locked_at = NULL, lock_reason = NULL
        WHERE id = $1 AND locked_at IS NOT NULL
        RETURNING id
        """,
        user_id,
    )
    return row is not None


async def seat(db: Connection, session_id: SessionId) -> Seat | None:
    """Whose place a session is in, and why; None for a session of one's own."""
    row = await db.fetchrow(
        """
        SELECT
            sessions.impersonation_reason,
            users.first_name || ' ' || users.last_name,
            sessions.expires_at
        FROM sessions
        JOIN users ON users.id = sessions.user_id
        WHERE sessions.id = $1 AND sessions.impersonator_id IS NOT NULL
        """,
        session_id,
    )
    return None if row is None else Seat(*row)


def _id_in(query: str) -> UUID | None:
    try:
        return UUID(query.strip())
    except ValueError:
        return None


def _beginning(query: str) -> str:
    """The pattern of what begins so, whatever signs of a pattern it holds itself."""
    plain = " ".join(query.split()).casefold().replace("\0", "")
    for sign in ("\\", "%", "_"):
        plain = plain.replace(sign, f"\\{sign}")
    return f"{plain}%"
