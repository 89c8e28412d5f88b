"""Count refusals apart by market and roles."""

from pathlib import Path

from alembic import op

revision = "0030"
down_revision = "0029"

SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    """Add what they are told apart by."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Add them up again."""
    op.execute(
        """
        CREATE TEMPORARY TABLE totals ON COMMIT DROP AS
        SELECT day, step_key, sum(times)::bigint AS times FROM step_refusals GROUP BY 1, 2;
        DELETE FROM step_refusals;
        ALTER TABLE step_refusals DROP COLUMN market, DROP COLUMN roles;
        ALTER TABLE step_refusals ADD PRIMARY KEY (day, step_key);
        INSERT INTO step_refusals SELECT * FROM totals;
        """
    )
