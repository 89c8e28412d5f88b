"""Keep how journeys changed, so that decisions can be replayed."""

from pathlib import Path

from alembic import op

revision = "0027"
down_revision = "0026"

SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    """Add the history and what writes it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TRIGGER new_journeys_are_kept ON journeys")
    op.execute("DROP TRIGGER changed_journeys_are_kept ON journeys")
    op.execute("DROP TRIGGER new_steps_are_kept ON journey_steps")
    op.execute("DROP TRIGGER changed_steps_are_kept ON journey_steps")
    op.execute("DROP TRIGGER gone_steps_are_kept ON journey_steps")
    op.execute("DROP FUNCTION keep_new_journeys")
    op.execute("DROP FUNCTION keep_changed_journeys")
    op.execute("DROP FUNCTION keep_journey_steps")
    op.execute("DROP FUNCTION keep_gone_journey_steps")
    op.execute("DROP TABLE journey_history")
