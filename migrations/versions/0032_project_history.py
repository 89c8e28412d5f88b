"""Keep how projects and their members changed, so that decisions about shared steps replay."""

from pathlib import Path

from alembic import op

revision = "0032"
down_revision = "0031"

SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    """Add the history and what writes it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop them."""
    for table in ("memberships", "projects", "project_steps"):
        op.execute(f"DROP TRIGGER new_{table}_are_kept ON {table}")
        op.execute(f"DROP TRIGGER changed_{table}_are_kept ON {table}")
    for table in ("memberships", "project_steps"):
        op.execute(f"DROP TRIGGER gone_{table}_are_kept ON {table}")
        op.execute(f"DROP FUNCTION keep_{table}")
        op.execute(f"DROP FUNCTION keep_gone_{table}")
    op.execute("DROP FUNCTION keep_new_projects")
    op.execute("DROP FUNCTION keep_changed_projects")
    op.execute("DROP TABLE membership_history")
    op.execute("DROP TABLE project_history")
    op.execute("DROP TABLE project_history_since")
