"""Help: articles with their versions, what is read and searched of them, and what is counted."""

from pathlib import Path

from alembic import op

revision = "0023"
down_revision = "0022"

SQL = Path(__file__).with_suffix(".sql")
TABLES = (
    "help_settled_searches",
    "help_searches",
    "help_feedback",
    "help_openings",
    "help_synonyms",
    "help_words",
    "help_published",
    "help_versions",
    "help_articles",
    "help_categories",
)


def upgrade() -> None:
    """Create the tables, and add pg_trgm."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(SQL.read_text())


def downgrade() -> None:
    """Drop the tables, and pg_trgm where it is ours and nobody else's index needs it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    op.execute(
        """
        DO $$
        BEGIN
            IF EXISTS (
                SELECT FROM pg_extension
                WHERE extname = 'pg_trgm' AND extowner = current_user::regrole
            ) THEN
                DROP EXTENSION pg_trgm;
            END IF;
        EXCEPTION WHEN dependent_objects_still_exist THEN
            NULL;
        END $$
        """
    )
