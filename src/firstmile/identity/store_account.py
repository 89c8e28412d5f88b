"""The SQL of changes of address, pictures of people, and accounts that are to be deleted."""

from datetime import datetime
from uuid import UUID

import asyncpg

from firstmile.identity.account_models import AddressChange
from firstmile.identity.models import key_of
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId

CHANGE = """
    user_id, id, old_email, new_email, asked_at, confirm_until, revert_until, confirmed_at,
    cancelled_at, reverted_at
"""


async def add_change(db: Connection, change: AddressChange) -> None:
    """Note that a person wants another address."""
    await db.execute(
        """
        INSERT INTO address_changes (
            user_id, id, old_email, new_email, asked_at, confirm_until, revert_until
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        change.user_id,
        change.id,
        change.old_email,
        change.new_email,
        change.asked_at,
        change.confirm_until,
        change.revert_until,
    )


async def change_by_id(db: Connection, change_id: UUID) -> AddressChange | None:
    """A change of address, whatever became of it."""
    row = await db.fetchrow(f"SELECT {CHANGE} FROM address_changes WHERE id = $1", change_id)
    return None if row is None else AddressChange(*row)


async def open_change(db: Connection, user_id: UserId, now: datetime) -> AddressChange | None:
    """The change that waits for the new address to confirm it."""
    row = await db.fetchrow(
        f"""
        SELECT {CHANGE}
        FROM address_changes
        WHERE user_id = $1
          AND confirm_until > $2
          AND confirmed_at IS NULL
          AND cancelled_at IS NULL
          AND reverted_at IS NULL
        """,
        user_id,
        now,
    )
    return None if row is None else AddressChange(*row)


async def asked_since(db: Connection, user_id: UserId, moment: datetime) -> list[datetime]:
    """When a person asked for another address, oldest first."""
    rows = await db.fetch(
        """
        SELECT asked_at
        FROM address_changes
        WHERE user_id = $1 AND asked_at > $2
        ORDER BY asked_at
        """,
        user_id,
        moment,
    )
    return [row["asked_at"] for row in rows]


async def cancel_change(db: Connection, user_id: UserId, now: datetime) -> UUID | None:
    """End the open change, if there is one: its id."""
    change_id: UUID | None = await db.fetchval(
        """
        UPDATE address_changes
        SET cancelled_at = $2
        WHERE user_id = $1
          AND confirmed_at IS NULL
          AND cancelled_at IS NULL
          AND reverted_at IS NULL
        RETURNING id
        """,
        user_id,
        now,
    )
    return change_id


async def confirm_change(
    db: Connection, user_id: UserId, change_id: UUID, now: datetime
) -> AddressChange | None:
    """Use the link of the new address up; None when it opens nothing any more."""
    row = await db.fetchrow(
        f"""
        UPDATE address_changes
        SET confirmed_at = $3
        WHERE user_id = $1
          AND id = $2
          AND confirm_until > $3
          AND confirmed_at IS NULL
          AND cancelled_at IS NULL
          AND reverted_at IS NULL
        RETURNING {CHANGE}
        """,
        user_id,
        change_id,
        now,
    )
    return None if row is None else AddressChange(*row)


async def revert_change(
    db: Connection, user_id: UserId, change_id: UUID, now: datetime
) -> AddressChange | None:
    """Use the link of the old address up, and with it those of every change that came after.

    None when it opens nothing any more.
    """
    row = await db.fetchrow(
        f"""
        UPDATE address_changes
        SET reverted_at = $3
        WHERE user_id = $1 AND id = $2 AND revert_until > $3 AND reverted_at IS NULL
        RETURNING {CHANGE}
        """,
        user_id,
        change_id,
        now,
    )
    if row is None:
        return None
    change = AddressChange(*row)
    await db.execute(
        """
        UPDATE address_changes
        SET reverted_at = $3
        WHERE user_id = $1 AND asked_at >= $2 AND reverted_at IS NULL
        """,
        user_id,
        change.asked_at,
        now,
    )
    return change


async def set_address(db: Connection, user_id: UserId, email: str, now: datetime) -> bool:
    """Give a person another address, which is proved to be theirs; False when it is taken.

    Of two that reach for one address at once, one gets it.
    """
    await db.execute("SAVEPOINT address")
    try:
        await db.execute(
            """
            UPDATE users
            SET email = $2,
                email_key = $3,
                email_verified_at = $4,
                row_version = row_version + 1,
                updated_at = $4
            WHERE id = $1
            """,
            user_id,
            email,
            key_of(email),
            now,
        )
    except asyncpg.UniqueViolationError:
        await db.execute("ROLLBACK TO SAVEPOINT address")
        return False
    await db.execute("RELEASE SAVEPOINT address")
    return True


async def remove_newcomer(db: Connection, email: str, since: datetime) -> UserId | None:
    """Remove the account that took an address since then without proving it; whose it was."""
    user_id: UserId | None = await db.fetchval(
        """
        DELETE FROM users
        WHERE email_key = $1 AND created_at >= $2 AND email_verified_at IS NULL
        RETURNING id
        """,
        key_of(email),
        since,
    )
    return user_id


async def forget_changes(db: Connection, now: datetime) -> int:
    """Delete changes of address that no link can touch any more; how many."""
    return int(
        await db.fetchval(
            """
            WITH gone AS (
                DELETE FROM address_changes
                WHERE confirm_until < $1
                  AND revert_until < $1
                  AND asked_at < $1 - interval '1 day'
                RETURNING 1
            )
            SELECT count(*) FROM gone
            """,
            now,
        )
    )


async def set_avatar(
    db: Connection, user_id: UserId, file_id: UUID | None, now: datetime
) -> UUID | None:
    """Give a person another picture, or none; the picture they had."""
    former: UUID | None = await db.fetchval(
        """
        UPDATE users
        SET avatar_id = $2,
            row_version = users.row_version + 1,
            updated_at = $3
        FROM (SELECT id, avatar_id FROM users WHERE id = $1 FOR UPDATE) AS former
        WHERE users.id = former.id
        RETURNING former.avatar_id
        """,
        user_id,
        file_id,
        now,
    )
    return former


async def ask_deletion(
    db: Connection, user_id: UserId, deletion_at: datetime, now: datetime
) -> bool:
    """Say when an account is to be deleted; False when it was said before."""
    row = await db.fetchrow(
        """
        UPDATE users
        SET deletion_at = $2,
            row_version = row_version + 1,
            updated_at = $3
        WHERE id = $1 AND deletion_at IS NULL
        RETURNING id
        """,
        user_id,
        deletion_at,
        now,
    )
    return row is not None


async def keep_account(db: Connection, user_id: UserId, now: datetime) -> bool:
    """Let an account stay; False when it was not to be deleted."""
    row = await db.fetchrow(
        """
        UPDATE users
        SET deletion_at = NULL,
            row_version = row_version + 1,
            updated_at = $2
        WHERE id = $1 AND deletion_at IS NOT NULL
        RETURNING id
        """,
        user_id,
        now,
    )
    return row is not None


async def due_for_deletion(db: Connection, now: datetime, *, most: int) -> list[UserId]:
    """Whose account is to be deleted by now; held, so that nobody keeps it meanwhile."""
    rows = await db.fetch(
        """
        SELECT id
        FROM users
        WHERE deletion_at <= $1
        ORDER BY deletion_at, id
        LIMIT $2
        FOR UPDATE SKIP LOCKED
        """,
        now,
        most,
    )
    return [UserId(row["id"]) for row in rows]


async def hold_owned(db: Connection, user_id: UserId) -> None:
    """Let the owners of a project take turns, in one order."""
    await db.execute(
        """
        SELECT projects.id
        FROM projects
        JOIN memberships ON memberships.project_id = projects.id
        WHERE memberships.user_id = $1 AND memberships.role = 'owner'
        ORDER BY projects.id
        FOR UPDATE OF projects
        """,
        user_id,
    )


async def projects_of_one(db: Connection, user_id: UserId) -> list[tuple[UUID, str]]:
    """The projects that nobody but this person is in, with their names."""
    rows = await db.fetch(
        """
        SELECT projects.id, projects.name
        FROM memberships AS own
        JOIN projects ON projects.id = own.project_id
        WHERE own.user_id = $1
          AND NOT EXISTS (
            SELECT 1
            FROM memberships AS others
            WHERE others.project_id = own.project_id AND others.user_id <> $1
        )
        ORDER BY projects.name, projects.id
        """,
        user_id,
    )
    return [(row["id"], row["name"]) for row in rows]


async def remove_account(db: Connection, user_id: UserId) -> None:
    """Delete an account with all that hangs on it."""
    await db.execute("DELETE FROM users WHERE id = $1", user_id)
