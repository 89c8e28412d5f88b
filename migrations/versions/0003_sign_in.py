"""What a sign-in proved, second factors, devices, and hints as rows."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"

SQL = Path(__file__).with_suffix(".sql")
TABLES = (
    "hints",
    "account_events",
    "passkeys",
    "recovery_codes",
    "totp_factors",
    "spent_values",
    "devices",
)
INDEXES = ("users_by_name", "users_by_last_name", "users_by_email_prefix")
COLUMNS = {
    "sign_in_failures": ("total",),
    "sessions": (
        "idle_seconds",
        "is_remembered",
        "proofs",
        "proved_at",
        "device_id",
        "device_name",
        "network",
        "impersonator_id",
        "impersonation_reason",
    ),
    "users": (
        "epoch",
        "factors_epoch",
        "staff_role",
        "locked_at",
        "lock_reason",
        "deletion_at",
        "avatar_id",
    ),
}


def upgrade() -> None:
    """Create the tables."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    for index in INDEXES:
        op.execute(f"DROP INDEX {index}")
    for table, columns in COLUMNS.items():
        dropped = ", ".join(f"DROP COLUMN {column}" for column in columns)
        op.execute(f"ALTER TABLE {table} {dropped}")
