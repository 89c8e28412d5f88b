"""The SQL of the accounts that an audit makes for itself."""

from datetime import datetime

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId


async def add_second_factor(db: Connection, user_id: UserId, now: datetime) -> None:
    """Let a sign-in ask for a second factor; no code fits it."""
    await db.execute(
        """
        INSERT INTO totp_factors (user_id, secret_sealed, created_at, confirmed_at)
        VALUES ($1, '', $2, $2)
        """,
        user_id,
        now,
    )


async def set_failures(
    db: Connection, subject_hash: bytes, failures: int, locked_until: datetime | None, now: datetime
) -> None:
    """Set how often a sign-in failed, so that every try finds the same."""
    await db.execute(
        """
        INSERT INTO sign_in_failures (subject_hash, failures, last_at, locked_until)
        VALUES ($1, $2, $4, $3)
        ON CONFLICT (subject_hash) DO UPDATE
        SET failures = $2, total = 1, locked_until = $3, last_at = $4
        """,
        subject_hash,
        failures,
        locked_until,
        now,
    )


async def remove_people(db: Connection, beginning: str) -> int:
    """Delete every account whose address begins so; how many."""
    rows = await db.fetch(
        """
        DELETE FROM users
        WHERE starts_with(email_key, $1)
        RETURNING id
        """,
        beginning,
    )
    return len(rows)
