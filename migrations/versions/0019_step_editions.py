"""Editions of the step definitions, and where each of them moved people."""

from pathlib import Path

from alembic import op

revision = "0019"
down_revision = "0018"

SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    """Create the tables; what is in force becomes the first edition."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE journey_moves")
    op.execute("DROP TABLE step_editions")
