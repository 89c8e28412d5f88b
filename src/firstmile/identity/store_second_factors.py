"""The SQL of what a person sees of their second factors."""

from dataclasses import dataclass
from datetime import datetime

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId


@dataclass(frozen=True)
class Overview:
    """Which second factors there are, how many recovery codes are left, and who is trusted."""

    totp_since: datetime | None
    passkeys: int
    codes_left: int
    codes_made_at: datetime | None
    trusted_devices: int

    @property
    def is_on(self) -> bool:
        """Whether a sign-in takes two factors."""
        return self.totp_since is not None or self.passkeys > 0


async def overview_of(db: Connection, user_id: UserId, now: datetime) -> Overview:
    """The second factors of a person."""
    row = await db.fetchrow(
        """
        SELECT
            (SELECT confirmed_at FROM totp_factors WHERE user_id = $1),
            (SELECT count(*) FROM passkeys WHERE user_id = $1),
            (SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL),
            (SELECT max(created_at) FROM recovery_codes WHERE user_id = $1),
            (
                SELECT count(*)
                FROM devices
                JOIN users ON users.id = devices.user_id
                WHERE devices.user_id = $1
                  AND trusted_until > $2
                  AND trusted_epoch = users.factors_epoch
            )
        """,
        user_id,
        now,
    )
    return Overview(*(row or ()))


async def forget_trust(db: Connection, user_id: UserId, now: datetime) -> int:
    """Let no browser stand for the second factor any more; how many did."""
    return int(
        await db.fetchval(
            """
            WITH forgotten AS (
                UPDATE devices
                SET trusted_until = NULL, trusted_epoch = NULL
                WHERE user_id = $1 AND trusted_until > $2
                RETURNING 1
            )
            SELECT count(*) FROM forgotten
            """,
            user_id,
            now,
        )
    )
