"""What limits did lately."""

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"

SQL = Path(__file__).with_suffix(".sql")
TABLES = ("limit_tallies", "limit_refusals")


def upgrade() -> None:
    """Create the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
