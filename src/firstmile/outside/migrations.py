"""Brings the tables up to date, or back, with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Unavailable

FOLDER = Path(__file__).parents[3] / "migrations"
CONNECT_SECONDS = 5


def migrate(url: str, *, to: str = "head") -> str | None:
    """Apply the migrations up to `to`; the revision the database is at afterwards.

    Raises Unavailable when the database does not answer.
    """
    config = _config()
    with _connected(url) as connection:
        config.attributes["connection"] = connection
        current = MigrationContext.configure(connection).get_current_revision()
        if to == "head" and current == _head(config):
            return current
        connection.rollback()
        if to != "base" and (to == "head" or (current or "") < to):
            command.upgrade(config, to)
        else:
            command.downgrade(config, to)
        connection.commit()
        return MigrationContext.configure(connection).get_current_revision()


def revisions(url: str) -> tuple[str | None, str | None]:
    """The revision the database is at, and the newest there is.

    Raises Unavailable when the database does not answer.
    """
    with _connected(url) as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current, _head(_config())


def _connected(url: str) -> Connection:
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        poolclass=NullPool,
        connect_args={"connect_timeout": CONNECT_SECONDS},
    )
    try:
        return engine.connect()
    except OperationalError as failure:
        raise Unavailable(N_("The database does not answer."), retry_after=5) from failure


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def _head(config: Config) -> str | None:
    return ScriptDirectory.from_config(config).get_current_head()
