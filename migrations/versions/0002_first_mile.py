"""Accounts, mail and onboarding."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

SQL = Path(__file__).with_suffix(".sql")
TABLES = (
    "idempotency_keys",
    "onboarding_events",
    "journey_steps",
    "journeys",
    "gated_routes",
    "step_definitions",
    "mails",
    "memberships",
    "projects",
    "signing_keys",
    "sign_in_failures",
    "one_time_tokens",
    "sessions",
    "users",
)


def upgrade() -> None:
    """Create the tables."""
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
