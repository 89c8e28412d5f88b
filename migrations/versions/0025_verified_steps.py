"""Attributes of people, verdicts on steps, and events that are counted."""

from pathlib import Path

from alembic import op

revision = "0025"
down_revision = "0024"

SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    """Add them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE counted_events")
    op.execute("ALTER TABLE gated_routes DROP COLUMN condition, DROP COLUMN markets")
    op.execute("ALTER TABLE journey_steps DROP COLUMN verdict")
    op.execute("ALTER TABLE journeys DROP COLUMN attributes")
