"""What people agreed to, with the words they read, append-only."""

from pathlib import Path

from alembic import op

revision = "0022"
down_revision = "0021"

SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    """Create the tables and their guard."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE consents, consent_notices")
    op.execute("DROP FUNCTION refuse_changed_consent")
