"""The SQL of passkeys."""

from datetime import datetime

from firstmile.identity.authenticators import Asserted, Passkey, Registered
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId

PASSKEY = """
    user_id, id, public_key, sign_count, transports, aaguid, name, is_backed_up, created_at,
    last_used_at
"""


async def passkeys_of(db: Connection, user_id: UserId) -> list[Passkey]:
    """The passkeys of a person, oldest first."""
    rows = await db.fetch(
        f"""
        SELECT {PASSKEY}
        FROM passkeys
        WHERE user_id = $1
        ORDER BY created_at, id
        """,
        user_id,
    )
    return [Passkey(*row) for row in rows]


async def passkey(db: Connection, user_id: UserId, passkey_id: bytes) -> Passkey | None:
    """One passkey of a person."""
    row = await db.fetchrow(
        f"""
        SELECT {PASSKEY}
        FROM passkeys
        WHERE user_id = $1 AND id = $2
        """,
        user_id,
        passkey_id,
    )
    return None if row is None else Passkey(*row)


async def lock_passkey(db: Connection, user_id: UserId, passkey_id: bytes) -> Passkey | None:
    """One passkey, held until the transaction ends, so that its uses take turns."""
    row = await db.fetchrow(
        f"""
        SELECT {PASSKEY}
        FROM passkeys
        WHERE user_id = $1 AND id = $2
        FOR UPDATE
        """,
        user_id,
        passkey_id,
    )
    return None if row is None else Passkey(*row)


async def add_passkey(
    db: Connection, user_id: UserId, new: Registered, name: str, now: datetime
) -> Passkey | None:
    """Keep a new passkey; None when its id is taken, by whomever."""
    row = await db.fetchrow(
        f"""
        INSERT INTO passkeys (
            user_id, id, public_key, sign_count, transports, aaguid, name, is_backed_up, created_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (id) DO NOTHING
        RETURNING {PASSKEY}
        """,
        user_id,
        new.id,
        new.public_key,
        new.sign_count,
        new.transports,
        new.aaguid,
        name,
        new.is_backed_up,
        now,
    )
    return None if row is None else Passkey(*row)


async def note_use(db: Connection, passkey: Passkey, use: Asserted, now: datetime) -> None:
    """Note that a passkey was used, and how far it has counted."""
    await db.execute(
        """
        UPDATE passkeys
        SET sign_count = GREATEST(sign_count, $3), is_backed_up = $4, last_used_at = $5
        WHERE user_id = $1 AND id = $2
        """,
        passkey.user_id,
        passkey.id,
        use.sign_count,
        use.is_backed_up,
        now,
    )


async def rename_passkey(
    db: Connection, user_id: UserId, passkey_id: bytes, name: str
) -> Passkey | None:
    """Give a passkey another name; None when the person has none of this id."""
    row = await db.fetchrow(
        f"""
        UPDATE passkeys
        SET name = $3
        WHERE user_id = $1 AND id = $2
        RETURNING {PASSKEY}
        """,
        user_id,
        passkey_id,
        name,
    )
    return None if row is None else Passkey(*row)


async def remove_passkey(db: Connection, user_id: UserId, passkey_id: bytes) -> str | None:
    """Forget a passkey: the name it had, or None when the person has none of this id."""
    name: str | None = await db.fetchval(
        """
        DELETE FROM passkeys
        WHERE user_id = $1 AND id = $2
        RETURNING name
        """,
        user_id,
        passkey_id,
    )
    return name
