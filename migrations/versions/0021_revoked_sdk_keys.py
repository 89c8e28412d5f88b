"""What is told of SDK keys that were revoked."""

from pathlib import Path

from alembic import op

revision = "0021"
down_revision = "0020"

SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    """Add the columns."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Delete what is revoked, as it was before, and drop the columns."""
    op.execute("DELETE FROM sdk_keys WHERE revoked_at IS NOT NULL")
    op.execute("ALTER TABLE sdk_keys DROP COLUMN revoked_at, DROP COLUMN revoker_id")
    op.execute("ALTER TABLE sdk_keys DROP COLUMN revoke_reason")
