"""Importing users by the command: what is printed, what is written, and the exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_root import environment, values
from tests.commands import run, said

__all__ = ["environment"]

DANA = {"email": "dana@example.org", "emailVerified": True, "firstName": "Dana"}
IMPORT = ("users", "import", "--from", "json")
COUNT = "SELECT count(*) FROM users"


def written(folder: Path, content: Any) -> str:
    path = folder / "users.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def test_a_dry_run_prints_its_report_and_writes_nothing(
    environment: dict[str, str], tmp_path: Path
) -> None:
    told = said(
        run(
            environment, "users", "import", "--from", "json", written(tmp_path, [DANA]), "--dry-run"
        )
    )

    assert told.startswith("Dry run: nothing was written.\n\naccounts that would be added ")
    assert values(environment["DATABASE_URL"], COUNT) == [0]


def test_an_import_adds_them_and_a_second_one_nobody(
    environment: dict[str, str], tmp_path: Path
) -> None:
    words = [*IMPORT, written(tmp_path, [DANA])]

    first, second = said(run(environment, *words)), said(run(environment, *words))

    assert [line.split()[-1] for line in first.splitlines()][:3] == ["1", "0", "1"]
    assert second.startswith(f"{'accounts added':44}{0:>10}\n")
    assert values(environment["DATABASE_URL"], COUNT) == [1]


def test_refused_records_are_told_and_the_exit_code_is_1(
    environment: dict[str, str], tmp_path: Path
) -> None:
    report = tmp_path / "report"
    source = written(tmp_path, [DANA, {"email": "nobody"}])

    result = run(environment, *IMPORT, source, "--report", str(report))

    reason = "has no mail address that we could write to"
    assert result.returncode == 1
    assert f"  record 2: nobody {reason}" in result.stdout
    assert json.loads(report.read_text()) == {"row": 2, "email": "nobody", "reason": reason}
    assert values(environment["DATABASE_URL"], COUNT) == [1]


@pytest.mark.parametrize(
    ("content", "words", "why"),
    [
        ('[{"email": "dana@example.org"}, {"emai', [], "record 2 cannot be read"),
        ("no JSON at all", [], "neither a JSON array nor a JSON object a line"),
        ("[]", ["--hashes", __file__], "--hashes is for --from auth0"),
    ],
)
def test_what_cannot_be_read_is_a_sentence_and_the_exit_code_is_2(
    environment: dict[str, str], tmp_path: Path, content: str, words: list[str], why: str
) -> None:
    source = written(tmp_path, content)

    result = run(environment, *IMPORT, source, *words)

    assert result.returncode == 2
    assert why in result.stderr
    assert "Traceback" not in result.stderr


def test_without_a_database_nothing_is_tried(environment: dict[str, str], tmp_path: Path) -> None:
    environment["DATABASE_URL"] = "postgresql://app:word@127.0.0.1:1/x"

    result = run(environment, "users", "import", "--from", "csv", written(tmp_path, "email\n"))

    assert (result.returncode, result.stderr) == (2, "The database does not answer.\n")
