"""Guidance: contents with their versions, what is published, and whose attention was taken."""

from pathlib import Path

from alembic import op

revision = "0020"
down_revision = "0019"

SQL = Path(__file__).with_suffix(".sql")
TABLES = (
    "guidance_events",
    "guidance_counts",
    "guidance_decisions",
    "guidance_leases",
    "guidance_past",
    "guidance_sessions",
    "guidance_audience",
    "guidance_quiet",
    "guidance_ledger",
    "guidance_published",
    "guidance_editions",
    "guidance_drafts",
)


def upgrade() -> None:
    """Create the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
