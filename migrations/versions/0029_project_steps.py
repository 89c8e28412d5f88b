"""Keep the steps that the members of a project share."""

from pathlib import Path

from alembic import op

revision = "0029"
down_revision = "0028"

SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    """Add their table."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE project_steps")
