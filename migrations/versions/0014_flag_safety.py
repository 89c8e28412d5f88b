"""Changes of flags that a second person looks at, and what flags serve."""

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"

SQL = Path(__file__).with_suffix(".sql")
TABLES = ("flag_strangers", "flag_servings", "flag_proposals")
COLUMNS = ("approver_id", "approver", "is_emergency")


def upgrade() -> None:
    """Create the tables and columns."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop them."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    for column in COLUMNS:
        op.execute(f"ALTER TABLE flag_revisions DROP COLUMN {column}")
