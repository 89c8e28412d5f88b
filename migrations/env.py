"""Runs migrations on one connection, one process at a time."""

from alembic import context
from sqlalchemy import text
from sqlalchemy.engine import Connection

LOCK = 7021530422  # any number of our own: two deploys at once take turns


def migrate(connection: Connection) -> None:
    """Apply what is missing in one transaction."""
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        context.run_migrations()


migrate(context.config.attributes["connection"])
