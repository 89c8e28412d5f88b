"""The SQL of accounts that come from another system."""

from datetime import datetime

from firstmile.identity.models import User, key_of
from firstmile.kernel.database import Connection


async def known_keys(db: Connection, keys: list[str]) -> set[str]:
    """Those of these keys of addresses that have an account."""
    rows = await db.fetch("SELECT email_key FROM users WHERE email_key = ANY($1)", keys)
    return {row["email_key"] for row in rows}


async def add_user(db: Connection, user: User, lock_reason: str, now: datetime) -> bool:
    """Add an account as it was elsewhere; False when the address has one."""
    row = await db.fetchrow(
        """
        INSERT INTO users (
            id, email, email_key, email_verified_at, password_hash, first_name, last_name,
            locale, time_zone, market, locked_at, lock_reason, created_at, updated_at
        )
        VALUES (
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
            CASE WHEN $11::timestamptz IS NOT NULL THEN $12::text END, $13, $14
        )
        ON CONFLICT (email_key) DO NOTHING
        RETURNING id
        """,
        user.id,
        user.email,
        key_of(user.email),
        user.email_verified_at,
        user.password_hash,
        user.first_name,
        user.last_name,
        user.locale,
        user.time_zone,
        user.market,
        user.locked_at,
        lock_reason,
        user.created_at,
        now,
    )
    return row is not None
