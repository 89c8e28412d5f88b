"""Count events for projects, and keep who asked a server about a step of one."""

from pathlib import Path

from alembic import op

revision = "0031"
down_revision = "0030"

SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    """Add their table and their column."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop them."""
    op.execute("ALTER TABLE project_steps DROP COLUMN asked_by")
    op.execute("DROP TABLE project_events")
