"""Experiments, who met them, and what became of them."""

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"

SQL = Path(__file__).with_suffix(".sql")
TABLES = (
    "experiment_days",
    "experiment_moments",
    "experiment_exposures",
    "experiment_unit_names",
    "experiment_units",
    "experiment_unasked",
    "experiment_history",
    "experiment_phases",
    "experiments",
)


def upgrade() -> None:
    """Create the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
