"""Keep verdicts on steps in the journal of editions."""

from pathlib import Path

from alembic import op

revision = "0028"
down_revision = "0027"

SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    """Add them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop them."""
    op.execute("ALTER TABLE journey_moves DROP COLUMN old_verdict, DROP COLUMN new_verdict")
