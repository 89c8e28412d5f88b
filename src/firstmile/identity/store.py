"""The SQL of accounts, one-time tokens and failed sign-ins."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from firstmile.identity.models import Attempts, Lock, Purpose, User, key_of
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId

USER = """
    id, email, email_verified_at, password_hash, first_name, last_name, job_title,
    locale, time_zone, market, row_version, created_at, epoch, factors_epoch, staff_role,
    locked_at, deletion_at, avatar_id
"""
COUNT_ATTEMPT = """
    INSERT INTO sign_in_failures AS known (subject_hash, failures, last_at, locked_until)
    VALUES ($1, 1, $4, NULL)
    ON CONFLICT (subject_hash) DO UPDATE
    SET failures = CASE
            WHEN known.locked_until > $4 THEN known.failures + 1
            WHEN known.total + 1 >= $5 THEN $2
            WHEN known.locked_until <= $4 OR known.last_at < $4 - $3::interval THEN 1
            ELSE known.failures + 1
        END,
        total = known.total + CASE WHEN known.locked_until > $4 THEN 0 ELSE 1 END,
        locked_until = CASE
            WHEN known.locked_until > $4 THEN known.locked_until
            WHEN known.total + 1 >= $5 THEN 'infinity'
            WHEN known.locked_until <= $4 OR known.last_at < $4 - $3::interval THEN NULL
            WHEN known.failures + 1 >= $2 THEN $4 + $3::interval
        END,
        last_at = $4
    RETURNING failures
"""


async def add_user(db: Connection, user: User) -> bool:
    """Add an account; False when the address has one."""
    row = await db.fetchrow(
        """
        INSERT INTO users (
            id, email, email_key, password_hash, first_name, last_name, locale,
            created_at, updated_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
        ON CONFLICT (email_key) DO NOTHING
        RETURNING id
        """,
        user.id,
        user.email,
        key_of(user.email),
        user.password_hash,
        user.first_name,
        user.last_name,
        user.locale,
        user.created_at,
    )
    return row is not None


async def user_by_email(db: Connection, email: str) -> User | None:
    """The account of this address, however it is spelled."""
    row = await db.fetchrow(f"SELECT {USER} FROM users WHERE email_key = $1", key_of(email))
    return None if row is None else User(*row)


async def user_by_id(db: Connection, user_id: UserId) -> User:
    """The account of a person who is known to exist; LookupError when it does not."""
    row = await db.fetchrow(f"SELECT {USER} FROM users WHERE id = $1", user_id)
    if row is None:
        raise LookupError("no such account")
    return User(*row)


async def verify_email(db: Connection, user_id: UserId, now: datetime) -> User | None:
    """Mark the address as theirs; None when it already was."""
    row = await db.fetchrow(
        f"""
        UPDATE users
        SET email_verified_at = $2,
            row_version = row_version + 1,
            updated_at = $2
        WHERE id = $1 AND email_verified_at IS NULL
        RETURNING {USER}
        """,
        user_id,
        now,
    )
    return None if row is None else User(*row)


async def lock_user(db: Connection, user_id: UserId) -> None:
    """Let changes to one person's place in projects take turns."""
    await db.execute("SELECT id FROM users WHERE id = $1 FOR UPDATE", user_id)


async def set_password(db: Connection, user_id: UserId, password_hash: str, now: datetime) -> None:
    """Keep another password hash."""
    await db.execute(
        """
        UPDATE users
        SET password_hash = $2, updated_at = $3
        WHERE id = $1
        """,
        user_id,
        password_hash,
        now,
    )


async def set_profile(
    db: Connection, user_id: UserId, changes: dict[str, Any], now: datetime
) -> User:
    """Change what is given of first_name, last_name, job_title, time_zone, locale and market."""
    row = await db.fetchrow(
        f"""
        UPDATE users
        SET first_name = COALESCE($2, first_name),
            last_name = COALESCE($3, last_name),
            job_title = CASE WHEN $4::text IS NULL THEN job_title ELSE NULLIF($4, '') END,
            time_zone = COALESCE($5, time_zone),
            locale = COALESCE($6, locale),
            market = COALESCE($7, market),
            row_version = row_version + 1,
            updated_at = $8
        WHERE id = $1
        RETURNING {USER}
        """,
        user_id,
        changes.get("first_name"),
        changes.get("last_name"),
        changes.get("job_title"),
        changes.get("time_zone"),
        changes.get("locale"),
        changes.get("market"),
        now,
    )
    if row is None:
        raise LookupError("no such account")
    return User(*row)


async def add_token(
    db: Connection,
    token_id: UUID,
    user_id: UserId,
    purpose: Purpose,
    token_hash: bytes,
    *,
    now: datetime,
    expires_at: datetime,
) -> bool:
    """Keep the hash of a token that was just made; False when its row is there already."""
    row = await db.fetchrow(
        """
        INSERT INTO one_time_tokens (
            id, user_id, purpose, token_hash, created_at, expires_at
        )
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO NOTHING
        RETURNING id
        """,
        token_id,
        user_id,
        purpose,
        token_hash,
        now,
        expires_at,
    )
    return row is not None


async def redeem(
    db: Connection, purpose: Purpose, hashes: list[bytes], now: datetime
) -> UserId | None:
    """Use a token up; whose it was. Of two at once one gets the row and the other nothing."""
    row = await db.fetchrow(
        """
        UPDATE one_time_tokens
        SET used_at = $3
        WHERE token_hash = ANY($1)
          AND purpose = $2
          AND used_at IS NULL
          AND expires_at > $3
        RETURNING user_id
        """,
        hashes,
        purpose,
        now,
    )
    return None if row is None else UserId(row["user_id"])


async def is_redeemable(
    db: Connection, purpose: Purpose, hashes: list[bytes], now: datetime
) -> bool:
    """Whether a token would be taken, without using it."""
    return bool(
        await db.fetchval(
            """
            SELECT EXISTS (
                SELECT 1
                FROM one_time_tokens
                WHERE token_hash = ANY($1)
                  AND purpose = $2
                  AND used_at IS NULL
                  AND expires_at > $3
            )
            """,
            hashes,
            purpose,
            now,
        )
    )


async def owner_of_token(
    db: Connection, purpose: Purpose, hashes: list[bytes], now: datetime
) -> User | None:
    """Whose token it is, if it would be taken, without using it."""
    row = await db.fetchrow(
        f"""
        SELECT {USER}
        FROM users
        WHERE id = (
            SELECT user_id
            FROM one_time_tokens
            WHERE token_hash = ANY($1)
              AND purpose = $2
              AND used_at IS NULL
              AND expires_at > $3
        )
        """,
        hashes,
        purpose,
        now,
    )
    return None if row is None else User(*row)


async def void_tokens(db: Connection, user_id: UserId, purpose: Purpose, now: datetime) -> None:
    """Make every open token of this purpose worthless."""
    await db.execute(
        """
        UPDATE one_time_tokens
        SET used_at = $3
        WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL
        """,
        user_id,
        purpose,
        now,
    )


async def count_attempt(
    db: Connection,
    subject_hash: bytes,
    *,
    limit: int,
    lockout: timedelta,
    now: datetime,
    limit_in_all: int | None = None,
) -> Attempts:
    """Count a try before it is judged, so that many at once are all counted.

    With `limit_in_all` judged tries in a row the lock has no end. Tries while it is locked are
    not judged, so they do not count towards it: nobody closes an address in a minute.
    """
    failures = await db.fetchval(
        COUNT_ATTEMPT,
        subject_hash,
        limit,
        lockout,
        now,
        limit_in_all,
    )
    return Attempts(failures=failures, limit=limit)


async def is_locked(db: Connection, subject_hash: bytes, now: datetime) -> bool:
    """Whether sign-ins of this subject are refused now."""
    return bool(
        await db.fetchval(
            """
            SELECT EXISTS (
                SELECT 1 FROM sign_in_failures WHERE subject_hash = $1 AND locked_until > $2
            )
            """,
            subject_hash,
            now,
        )
    )


async def lock_of(db: Connection, subject_hashes: list[bytes], now: datetime) -> Lock | None:
    """The longest lock on any of these subjects."""
    row = await db.fetchrow(
        """
        SELECT max(locked_until) IS NOT NULL, NULLIF(max(locked_until), 'infinity')
        FROM sign_in_failures
        WHERE subject_hash = ANY($1) AND locked_until > $2
        """,
        subject_hashes,
        now,
    )
    return Lock(row[1]) if row and row[0] else None


async def forget_attempts(db: Connection, subject_hashes: list[bytes]) -> None:
    """The person proved who they are: what was counted is forgotten."""
    await db.execute(
        "DELETE FROM sign_in_failures WHERE subject_hash = ANY($1)",
        subject_hashes,
    )


async def clean_up(db: Connection, now: datetime) -> dict[str, int]:
    """Delete what has expired of tokens, sessions, failures and spent values; how many of each."""
    row = await db.fetchrow(
        """
        WITH tokens AS (
            DELETE FROM one_time_tokens WHERE expires_at < $1 RETURNING 1
        ), sessions AS (
            DELETE FROM sessions
            WHERE expires_at < $1 OR ended_at < $1 - interval '1 day'
            RETURNING 1
        ), failures AS (
            DELETE FROM sign_in_failures
            WHERE last_at < $1 - interval '30 days'
              AND locked_until IS DISTINCT FROM 'infinity'
            RETURNING 1
        ), spent AS (
            DELETE FROM spent_values WHERE expires_at < $1 RETURNING 1
        ), devices AS (
            DELETE FROM devices WHERE last_used_at < $1 - interval '400 days' RETURNING 1
        )
        SELECT
            (SELECT count(*) FROM spent) AS spent_values,
            (SELECT count(*) FROM devices) AS devices,
            (SELECT count(*) FROM tokens) AS tokens,
            (SELECT count(*) FROM sessions) AS sessions,
            (SELECT count(*) FROM failures) AS failures
        """,
        now,
    )
    return dict(row or {})
