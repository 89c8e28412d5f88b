"""Who agreed to a rollout where four eyes are asked for, and flags that switch at a moment."""

from pathlib import Path

from alembic import op

revision = "0016"
down_revision = "0015"

SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    """Add the columns and the table."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE flag_schedules")
    op.execute("ALTER TABLE flag_rollouts DROP COLUMN needs_second, DROP COLUMN second_id")
    op.execute("ALTER TABLE flag_rollouts DROP COLUMN second")
