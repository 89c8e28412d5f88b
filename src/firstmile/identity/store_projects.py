"""The SQL of projects and memberships."""

from datetime import datetime
from uuid import UUID

import asyncpg

from firstmile.identity.models import Project, Role
from firstmile.kernel.access import Actor
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId

PROJECT = """
    projects.id, projects.name, memberships.role, projects.billing_name,
    projects.billing_email, projects.created_at, projects.deletion_at
"""


async def add_project(
    db: Connection, project_id: UUID, name: str, owner: UserId, now: datetime
) -> None:
    """Add a project with its owner."""
    await db.execute(
        """
        WITH project AS (
            INSERT INTO projects (id, name, created_at, updated_at)
            VALUES ($1, $2, $4, $4)
            RETURNING id
        )
        INSERT INTO memberships (user_id, project_id, role, created_at)
        SELECT $3, id, 'owner', $4 FROM project
        """,
        project_id,
        name,
        owner,
        now,
    )


async def lock_project(db: Connection, project_id: UUID) -> None:
    """Let changes to one project take turns; hold it before the people in it."""
    await db.execute("SELECT id FROM projects WHERE id = $1 FOR UPDATE", project_id)


async def add_member(
    db: Connection, project_id: UUID, user_id: UserId, role: Role, now: datetime
) -> None:
    """Add a person to a project, or change what they are in it."""
    await db.execute(
        """
        INSERT INTO memberships (user_id, project_id, role, created_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (user_id, project_id) DO UPDATE SET role = EXCLUDED.role
        """,
        user_id,
        project_id,
        role,
        now,
    )


async def projects_of(db: Connection, user_id: UserId) -> list[Project]:
    """The projects of a person with their role in each, oldest first."""
    rows = await db.fetch(
        f"""
        SELECT {PROJECT}
        FROM memberships
        JOIN projects ON projects.id = memberships.project_id
        WHERE memberships.user_id = $1
        ORDER BY projects.created_at, projects.id
        """,
        user_id,
    )
    return [_project(row) for row in rows]


async def project_of(db: Connection, actor: Actor, project_id: UUID) -> Project | None:
    """A project the actor belongs to; None for a stranger's."""
    row = await db.fetchrow(
        f"""
        SELECT {PROJECT}
        FROM memberships
        JOIN projects ON projects.id = memberships.project_id
        WHERE memberships.user_id = $1 AND projects.id = $2
        """,
        actor.user_id,
        project_id,
    )
    return None if row is None else _project(row)


async def name_of(db: Connection, project_id: UUID) -> str | None:
    """What a project is called; None when there is none."""
    name: str | None = await db.fetchval("SELECT name FROM projects WHERE id = $1", project_id)
    return name


async def roles_of(db: Connection, user_id: UserId) -> list[str]:
    """What the person is, in any project."""
    rows = await db.fetch(
        "SELECT DISTINCT role FROM memberships WHERE user_id = $1 ORDER BY role",
        user_id,
    )
    return [row["role"] for row in rows]


async def owners_beside(db: Connection, actor: Actor) -> list[str]:
    """First names of the owners of the projects the actor belongs to."""
    rows = await db.fetch(
        """
        SELECT DISTINCT users.first_name
        FROM memberships AS mine
        JOIN memberships AS theirs ON theirs.project_id = mine.project_id
        JOIN users ON users.id = theirs.user_id
        WHERE mine.user_id = $1 AND theirs.role = 'owner'
        ORDER BY users.first_name
        """,
        actor.user_id,
    )
    return [row["first_name"] for row in rows]


async def set_billing_contact(
    db: Connection, project_id: UUID, name: str, email: str, now: datetime
) -> None:
    """Note whom to send the invoices to."""
    await db.execute(
        """
        UPDATE projects
        SET billing_name = $2, billing_email = $3, updated_at = $4
        WHERE id = $1
        """,
        project_id,
        name,
        email,
        now,
    )


async def rename(db: Connection, project_id: UUID, name: str, now: datetime) -> None:
    """Give a project another name."""
    await db.execute(
        "UPDATE projects SET name = $2, updated_at = $3 WHERE id = $1",
        project_id,
        name,
        now,
    )


async def set_deletion(
    db: Connection, project_id: UUID, deletion_at: datetime | None, now: datetime
) -> None:
    """Note when a project is to be removed, or that it is to stay."""
    await db.execute(
        "UPDATE projects SET deletion_at = $2, updated_at = $3 WHERE id = $1",
        project_id,
        deletion_at,
        now,
    )


async def due_for_removal(db: Connection, now: datetime) -> list[UUID]:
    """The deleted projects whose time of grace is over; each is held."""
    rows = await db.fetch(
        """
        SELECT id
        FROM projects
        WHERE deletion_at <= $1
        ORDER BY id
        FOR UPDATE
        """,
        now,
    )
    return [row["id"] for row in rows]


async def remove_project(db: Connection, project_id: UUID) -> None:
    """Delete a project with its memberships, invitations and keys."""
    await db.execute("DELETE FROM projects WHERE id = $1", project_id)


def _project(row: asyncpg.Record) -> Project:
    project_id, name, role, *rest = row
    return Project(project_id, name, Role(role), *rest)
