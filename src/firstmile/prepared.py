"""Whether a database has been through `firstmile prepare` as it is written now."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import psycopg
from psycopg import sql

_PACKAGE = Path(__file__).parent
_MIGRATIONS = _PACKAGE.parents[1] / "migrations"


def is_prepared(url: str, steps: Path) -> bool:
    """Say whether preparing again would change nothing.

    The database carries a mark of the code, the migrations and the steps it was prepared with, and
    of the revision it was at: the mark is lost with the data, and wrong after a migration by hand.
    """
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
            "WHERE datname = current_database()"
        ).fetchone()
        return row is not None and row[0] == _mark(connection, steps)


def note_prepared(url: str, steps: Path) -> None:
    """Mark the database as prepared."""
    with psycopg.connect(url) as connection:
        connection.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                sql.Identifier(connection.info.dbname), sql.Literal(_mark(connection, steps))
            )
        )


def _mark(connection: psycopg.Connection, steps: Path) -> str:
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except psycopg.errors.UndefinedTable:
        row = None
    return f"revision {row[0] if row else None}, prepared by {_fingerprint(steps)}"


def _fingerprint(steps: Path) -> str:
    digest = hashlib.sha256()
    for file in _sources(steps):
        digest.update(f"{file}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _sources(steps: Path) -> Iterable[Path]:
    yield from sorted(_PACKAGE.rglob("*.py"))
    for folder in (_MIGRATIONS, _PACKAGE / "help" / "articles", steps):
        yield from sorted(
            file for file in folder.rglob("*") if file.suffix != ".pyc" and file.is_file()
        )
