"""The SQL of authenticator apps."""

from dataclasses import dataclass
from datetime import datetime

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId


@dataclass(frozen=True)
class TotpFactor:
    """An authenticator app: its secret is sealed, and steps up to `last_step` are spent."""

    secret_sealed: bytes
    last_step: int
    created_at: datetime
    confirmed_at: datetime | None


async def totp_of(db: Connection, user_id: UserId) -> TotpFactor | None:
    """The app of a person, confirmed or not yet."""
    row = await db.fetchrow(
        """
        SELECT secret_sealed, last_step, created_at, confirmed_at
        FROM totp_factors
        WHERE user_id = $1
        """,
        user_id,
    )
    return None if row is None else TotpFactor(*row)


async def begin_totp(db: Connection, user_id: UserId, sealed: bytes, now: datetime) -> bool:
    """Keep the secret of an app that is not confirmed yet; False when one is confirmed."""
    row = await db.fetchrow(
        """
        INSERT INTO totp_factors AS known (user_id, secret_sealed, created_at)
        VALUES ($1, $2, $3)
        ON CONFLICT (user_id) DO UPDATE
        SET secret_sealed = $2, created_at = $3
        WHERE known.confirmed_at IS NULL
        RETURNING 1
        """,
        user_id,
        sealed,
        now,
    )
    return row is not None


async def confirm_totp(
    db: Connection, user_id: UserId, waiting: TotpFactor, step: int, now: datetime
) -> bool:
    """Take an app into use, its first step spent; False when another secret took its place."""
    row = await db.fetchrow(
        """
        UPDATE totp_factors
        SET confirmed_at = $4, last_step = $3
        WHERE user_id = $1 AND secret_sealed = $2 AND confirmed_at IS NULL
        RETURNING 1
        """,
        user_id,
        waiting.secret_sealed,
        step,
        now,
    )
    return row is not None


async def spend_step(db: Connection, user_id: UserId, step: int, sealed: bytes) -> bool:
    """Use a time step up, and every one before it; False when it was. Seals the secret anew."""
    row = await db.fetchrow(
        """
        UPDATE totp_factors
        SET last_step = $2, secret_sealed = $3
        WHERE user_id = $1 AND confirmed_at IS NOT NULL AND last_step < $2
        RETURNING 1
        """,
        user_id,
        step,
        sealed,
    )
    return row is not None


async def drop_totp(db: Connection, user_id: UserId) -> bool | None:
    """Delete the app; whether it was confirmed, None when there was none."""
    row = await db.fetchrow(
        """
        DELETE FROM totp_factors
        WHERE user_id = $1
        RETURNING confirmed_at IS NOT NULL
        """,
        user_id,
    )
    return None if row is None else bool(row[0])


async def sealed_secrets(
    db: Connection, limit: int, *, after: UserId | None = None
) -> list[tuple[UserId, bytes]]:
    """Secrets as they are sealed, by person; `after` goes on behind a batch."""
    rows = await db.fetch(
        """
        SELECT user_id, secret_sealed
        FROM totp_factors
        WHERE $2::uuid IS NULL OR user_id > $2
        ORDER BY user_id
        LIMIT $1
        """,
        limit,
        after,
    )
    return [(row["user_id"], row["secret_sealed"]) for row in rows]


async def reseal(db: Connection, user_id: UserId, old: bytes, new: bytes) -> None:
    """Keep the same secret sealed anew, unless it was meanwhile."""
    await db.execute(
        """
        UPDATE totp_factors
        SET secret_sealed = $3
        WHERE user_id = $1 AND secret_sealed = $2
        """,
        user_id,
        old,
        new,
    )
