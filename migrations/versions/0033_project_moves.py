"""Keep where a change of the steps moved projects."""

from pathlib import Path

from alembic import op

revision = "0033"
down_revision = "0032"

SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    """Add their table."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE project_moves")
