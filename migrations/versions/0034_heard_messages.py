"""Keep which signed messages were heard, and what each is about, in one place."""

from pathlib import Path

from alembic import op

revision = "0034"
down_revision = "0033"

SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    """Add their table."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE heard_messages")
