"""The SQL of what an account demands, of devices, and of values that are used once."""

from datetime import datetime
from uuid import UUID

from firstmile.identity.models import User
from firstmile.identity.policy import Demands
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId


async def demands_of(db: Connection, user: User) -> Demands:
    """What the account asks of whoever wants to come in."""
    row = await db.fetchrow(
        """
        SELECT
            EXISTS (
                SELECT 1 FROM totp_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL
            ) AS has_totp,
            EXISTS (SELECT 1 FROM passkeys WHERE user_id = $1) AS has_passkey,
            EXISTS (
                SELECT 1 FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL
            ) AS has_recovery_codes
        """,
        user.id,
    )
    return Demands(
        is_verified=user.is_verified,
        is_locked=user.locked_at is not None,
        **dict(row or {}),
    )


async def change_epoch(db: Connection, user_id: UserId, *, of_factors: bool) -> None:
    """Put every token of this person out of date, and every trusted device too when asked."""
    await db.execute(
        """
        UPDATE users
        SET epoch = epoch + 1,
            factors_epoch = factors_epoch + CASE WHEN $2 THEN 1 ELSE 0 END
        WHERE id = $1
        """,
        user_id,
        of_factors,
    )


async def spend(db: Connection, value_hash: bytes, expires_at: datetime) -> bool:
    """Use a value up; False when it was. Of two at once the second waits for the first."""
    row = await db.fetchrow(
        """
        INSERT INTO spent_values (value_hash, expires_at)
        VALUES ($1, $2)
        ON CONFLICT (value_hash) DO NOTHING
        RETURNING 1
        """,
        value_hash,
        expires_at,
    )
    return row is not None


async def known_device(db: Connection, email_key: str, secret_hashes: list[bytes]) -> bytes | None:
    """The hash by which this browser is known to the address, if it was signed in from here."""
    found: bytes | None = await db.fetchval(
        """
        SELECT devices.secret_hash
        FROM users
        JOIN devices ON devices.user_id = users.id
        WHERE users.email_key = $1 AND devices.secret_hash = ANY($2)
        """,
        email_key,
        secret_hashes,
    )
    return found


async def known_devices(db: Connection, email_key: str) -> list[bytes]:
    """The hashes of every browser known to the address."""
    rows = await db.fetch(
        """
        SELECT devices.secret_hash
        FROM users
        JOIN devices ON devices.user_id = users.id
        WHERE users.email_key = $1
        """,
        email_key,
    )
    return [row[0] for row in rows]


async def trusted_device(
    db: Connection, user: User, secret_hashes: list[bytes], now: datetime
) -> datetime | None:
    """Until when this browser stands for the second factor; None when it does not."""
    until: datetime | None = await db.fetchval(
        """
        SELECT trusted_until
        FROM devices
        WHERE user_id = $1
          AND secret_hash = ANY($2)
          AND trusted_until > $3
          AND trusted_epoch = $4
        """,
        user.id,
        secret_hashes,
        now,
        user.factors_epoch,
    )
    return until


async def note_device(
    db: Connection,
    user_id: UserId,
    device_id: UUID,
    secret_hashes: list[bytes],
    name: str,
    now: datetime,
) -> tuple[UUID, bool, bool]:
    """Note a sign-in from this browser: its id, whether it is new, whether it is the first."""
    row = await db.fetchrow(
        """
        WITH known AS (
            UPDATE devices
            SET last_used_at = $5, name = $4, secret_hash = ($3::bytea[])[1]
            WHERE user_id = $1 AND secret_hash = ANY($3)
            RETURNING id
        ), added AS (
            INSERT INTO devices (user_id, id, secret_hash, name, first_used_at, last_used_at)
            SELECT $1, $2, ($3::bytea[])[1], $4, $5, $5
            WHERE NOT EXISTS (SELECT 1 FROM known)
            RETURNING id
        )
        SELECT
            COALESCE((SELECT id FROM known), (SELECT id FROM added)),
            EXISTS (SELECT 1 FROM added),
            NOT EXISTS (SELECT 1 FROM devices WHERE user_id = $1)
        """,
        user_id,
        device_id,
        secret_hashes,
        name,
        now,
    )
    assert row is not None  # noqa: S101  a SELECT of three values gives a row
    return row[0], row[1], row[2]


async def trust_device(
    db: Connection, user_id: UserId, device_id: UUID, until: datetime, epoch: int
) -> None:
    """Let this browser stand for the second factor, while the factors stay what they are."""
    await db.execute(
        """
        UPDATE devices
        SET trusted_until = $3, trusted_epoch = $4
        WHERE user_id = $1 AND id = $2
        """,
        user_id,
        device_id,
        until,
        epoch,
    )
