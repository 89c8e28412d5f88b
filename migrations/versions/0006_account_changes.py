"""Changes of address, uploads, and accounts that are to be deleted."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"

SQL = Path(__file__).with_suffix(".sql")
TABLES = ("file_tries", "files", "address_changes")


def upgrade() -> None:
    """Create the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP INDEX users_to_delete")
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
