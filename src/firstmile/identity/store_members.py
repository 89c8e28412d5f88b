"""The SQL of who is in a project."""

from uuid import UUID

import asyncpg

from firstmile.identity.models import Role
from firstmile.identity.project_models import Member
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId

MEMBER = """
    users.id, users.first_name, users.last_name, users.email, users.locale,
    memberships.role, memberships.created_at
"""


async def members_of(db: Connection, project_id: UUID) -> list[Member]:
    """Everybody in a project: owners first, then by name."""
    rows = await db.fetch(
        f"""
        SELECT {MEMBER}
        FROM memberships
        JOIN users ON users.id = memberships.user_id
        WHERE memberships.project_id = $1
        ORDER BY
            array_position(ARRAY['owner', 'admin', 'member', 'viewer'], memberships.role),
            lower(users.first_name),
            lower(users.last_name),
            users.id
        """,
        project_id,
    )
    return [_member(row) for row in rows]


async def member_of(db: Connection, project_id: UUID, user_id: UserId) -> Member | None:
    """One of them; None for a person who is not in the project."""
    row = await db.fetchrow(
        f"""
        SELECT {MEMBER}
        FROM memberships
        JOIN users ON users.id = memberships.user_id
        WHERE memberships.project_id = $1 AND memberships.user_id = $2
        """,
        project_id,
        user_id,
    )
    return None if row is None else _member(row)


async def role_of(db: Connection, project_id: UUID, user_id: UserId) -> Role | None:
    """What a person is in a project; None when they are not in it."""
    role = await db.fetchval(
        "SELECT role FROM memberships WHERE project_id = $1 AND user_id = $2",
        project_id,
        user_id,
    )
    return None if role is None else Role(role)


async def count_owners(db: Connection, project_id: UUID) -> int:
    """How many people own a project; ask while holding it, or the answer is old."""
    return int(
        await db.fetchval(
            "SELECT count(*) FROM memberships WHERE project_id = $1 AND role = 'owner'",
            project_id,
        )
    )


async def is_member(db: Connection, project_id: UUID, email_key: str) -> bool:
    """Whether the person of this address is in a project."""
    return bool(
        await db.fetchval(
            """
            SELECT EXISTS (
                SELECT 1
                FROM memberships
                JOIN users ON users.id = memberships.user_id
                WHERE memberships.project_id = $1 AND users.email_key = $2
            )
            """,
            project_id,
            email_key,
        )
    )


async def set_role(db: Connection, project_id: UUID, user_id: UserId, role: Role) -> None:
    """Change what a person is in a project."""
    await db.execute(
        "UPDATE memberships SET role = $3 WHERE project_id = $1 AND user_id = $2",
        project_id,
        user_id,
        role,
    )


async def remove_member(db: Connection, project_id: UUID, user_id: UserId) -> None:
    """Take a person out of a project."""
    await db.execute(
        "DELETE FROM memberships WHERE project_id = $1 AND user_id = $2",
        project_id,
        user_id,
    )


async def alone_owned(db: Connection, user_id: UserId) -> list[tuple[UUID, str]]:
    """The projects that would have no owner without this person, while others are in them.

    An owner whose account is to be deleted is none to count on, and a project that is closed
    needs none. Each is held, so that no owner leaves meanwhile.
    """
    rows = await db.fetch(
        """
        SELECT projects.id, projects.name
        FROM projects
        JOIN memberships AS own ON own.project_id = projects.id
        WHERE own.user_id = $1
          AND own.role = 'owner'
          AND projects.deletion_at IS NULL
          AND EXISTS (
            SELECT 1
            FROM memberships AS others
            WHERE others.project_id = projects.id AND others.user_id <> $1
        )
          AND NOT EXISTS (
            SELECT 1
            FROM memberships AS owners
            JOIN users ON users.id = owners.user_id
            WHERE owners.project_id = projects.id
              AND owners.user_id <> $1
              AND owners.role = 'owner'
              AND users.deletion_at IS NULL
        )
        ORDER BY projects.name, projects.id
        FOR UPDATE OF projects
        """,
        user_id,
    )
    return [(row["id"], row["name"]) for row in rows]


def _member(row: asyncpg.Record) -> Member:
    user_id, first_name, last_name, email, locale, role, joined_at = row
    return Member(user_id, first_name, last_name, email, locale, Role(role), joined_at)
