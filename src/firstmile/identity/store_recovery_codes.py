"""The SQL of recovery codes."""

from datetime import datetime

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId


async def replace_codes(
    db: Connection, user_id: UserId, code_hashes: list[bytes], now: datetime
) -> None:
    """Keep these codes, and none from before."""
    await db.execute("DELETE FROM recovery_codes WHERE user_id = $1", user_id)
    await db.execute(
        """
        INSERT INTO recovery_codes (user_id, code_hash, created_at)
        SELECT $1, code_hash, $3
        FROM unnest($2::bytea[]) AS code_hash
        """,
        user_id,
        code_hashes,
        now,
    )


async def use_code(
    db: Connection, user_id: UserId, code_hashes: list[bytes], now: datetime
) -> bool:
    """Use a code up; False when it was, or never was one. Of two at once one gets the row."""
    row = await db.fetchrow(
        """
        UPDATE recovery_codes
        SET used_at = $3
        WHERE user_id = $1 AND code_hash = ANY($2) AND used_at IS NULL
        RETURNING 1
        """,
        user_id,
        code_hashes,
        now,
    )
    return row is not None


async def count_left(db: Connection, user_id: UserId) -> int:
    """How many codes were not used yet."""
    return int(
        await db.fetchval(
            """
            SELECT count(*)
            FROM recovery_codes
            WHERE user_id = $1 AND used_at IS NULL
            """,
            user_id,
        )
    )


async def drop_codes_without_factor(db: Connection, user_id: UserId) -> None:
    """Delete the codes of somebody who has no second factor any more."""
    await db.execute(
        """
        DELETE FROM recovery_codes
        WHERE user_id = $1
          AND NOT EXISTS (
              SELECT 1 FROM totp_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL
          )
          AND NOT EXISTS (SELECT 1 FROM passkeys WHERE user_id = $1)
        """,
        user_id,
    )
