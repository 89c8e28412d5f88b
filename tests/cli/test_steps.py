"""The verbs of steps: planned, applied with everybody moved along, exported and undone."""

import json
from pathlib import Path

import pytest
from tests.cli.test_root import environment, values
from tests.commands import run, said
from tests.conftest import ROOT

__all__ = ["environment"]

MOVES = "moves:\n  - rename: {from: complete-profile, to: about-you}\n"
PERSON = "'0192f0c1-7a5e-7000-8000-00000000000d'"
STATES = "SELECT step_key || ' ' || status FROM journey_steps ORDER BY 1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The steps of the demo with one of them renamed, and the migration that says so."""
    text = (ROOT / "steps" / "first-mile.yaml").read_text()
    (tmp_path / "first-mile.yaml").write_text(text.replace("complete-profile", "about-you"))
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "about-you.yaml").write_text(MOVES)
    return tmp_path


@pytest.fixture
def url(environment: dict[str, str]) -> str:
    """The database, with Dana in it, who has completed her profile."""
    url = environment["DATABASE_URL"]
    step = f"{PERSON}, 'complete-profile', 1, 'done', 1, NULL, now()"
    values(url, f"INSERT INTO journeys (user_id, started_at) VALUES ({PERSON}, now()) RETURNING 1")
    values(url, f"INSERT INTO journey_steps VALUES ({step}) RETURNING 1")
    return url


def test_a_step_is_renamed_and_called_as_before_again(
    environment: dict[str, str], url: str, folder: Path
) -> None:
    plan = json.loads(said(run(environment, "steps", "plan", str(folder), "--json")))
    assert values(url, STATES) == ["complete-profile done"]
    seen = ("--plan", plan["digest"], "--reason", "Plainer")
    applied = said(run(environment, "steps", "apply", str(folder), *seen))

    told = applied.splitlines()
    assert "renamed: complete-profile → about-you" in told
    assert told[-1] == "This is edition 2. 0 of 1 people move."
    assert values(url, STATES) == ["about-you done"]
    assert "Plainer" in said(run(environment, "steps", "history", "--number", "2"))

    said(run(environment, "steps", "undo"))
    assert values(url, STATES) == ["complete-profile done"]
    assert run(environment, "steps", "apply", str(folder), *seen).returncode == 2


def test_what_is_exported_is_applied_without_a_change(
    environment: dict[str, str], url: str, folder: Path, tmp_path: Path
) -> None:
    said(run(environment, "steps", "apply", str(folder)))
    said(run(environment, "steps", "export", str(tmp_path / "exported")))

    again = said(run(environment, "steps", "apply", str(tmp_path / "exported")))

    assert again == "added: none\nchanged: none\nremoved: none\n"
    moves = tmp_path / "exported" / "migrations" / "about-you.yaml"
    assert moves.read_text() == MOVES


def test_a_plan_says_who_would_lose_what_they_did(
    environment: dict[str, str], url: str, folder: Path
) -> None:
    (folder / "migrations" / "about-you.yaml").unlink()

    told = said(run(environment, "steps", "plan", str(folder)))

    assert "about-you: - → locked" in told
    assert "1 of 1 people move: 1 shut out of a route." in told


def test_mistakes_in_migrations_are_told_with_their_lines(
    environment: dict[str, str], folder: Path
) -> None:
    (folder / "migrations" / "about-you.yaml").write_text(
        "moves:\n  - rename: {from: complete-profile}\n  - merge:\n      from: [one]\n"
        "      into: two\n      done: some\n"
        "  - add: {step: one, done_if: {fact: rain}}\n  - jump: one\n"
    )

    result = run(environment, "steps", "lint", str(folder))

    assert result.returncode == 2
    assert [line.partition(": ")[0] for line in result.stderr.splitlines()] == [
        f"migrations/about-you.yaml:{line}" for line in (2, 4, 6, 7, 8)
    ]


def test_lint_tells_codes_and_a_plan_what_is_told_of_nobody(
    environment: dict[str, str], folder: Path
) -> None:
    file = folder / "first-mile.yaml"
    steps = file.read_text()
    file.write_text(steps.replace("key: payments", "key: payments\n    when: {anyOf: []}"))
    refused = run(environment, "steps", "lint", str(folder))
    file.write_text(
        steps.replace("key: payments", "key: payments\n    when: {attribute: plan, op: present}")
    )
    linted = run(environment, "steps", "lint", str(folder))
    planned = run(environment, "steps", "plan", str(folder))

    assert refused.returncode == 2
    assert refused.stderr.rstrip().endswith("nobody can meet this `when:` [when_nobody]")
    assert (linted.returncode, linted.stderr) == (0, "")
    assert "asks for 'plan', which your server has told of nobody so far" in planned.stderr
    assert planned.stderr.rstrip().endswith("[attribute_unknown]")
