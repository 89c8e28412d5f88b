"""The SQL of who is staff."""

from firstmile.kernel.access import StaffRole
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId


async def staff(db: Connection) -> list[tuple[str, StaffRole]]:
    """Everybody who is staff, by address, with their role."""
    rows = await db.fetch(
        """
        SELECT email, staff_role
        FROM users
        WHERE staff_role IS NOT NULL
        ORDER BY email_key
        """
    )
    return [(row["email"], StaffRole(row["staff_role"])) for row in rows]


async def set_staff_role(db: Connection, user_id: UserId, role: StaffRole | None) -> bool:
    """Make a person staff in this role, or staff no more; False when nothing changed."""
    row = await db.fetchrow(
        """
        UPDATE users
        SET staff_role = $2
        WHERE id = $1 AND staff_role IS DISTINCT FROM $2
        RETURNING id
        """,
        user_id,
        role,
    )
    return row is not None
