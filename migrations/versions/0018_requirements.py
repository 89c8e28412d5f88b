"""Routes wait for groups of steps, any of which is enough."""

from pathlib import Path

from alembic import op

revision = "0018"
down_revision = "0017"

SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    """Add the column."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE gated_routes DROP COLUMN needs_any")
