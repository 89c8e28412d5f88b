"""The verbs of rollouts."""

import pytest
from tests.cli.test_root import environment, values
from tests.commands import run, said

__all__ = ["environment"]

PLAN = ("rollouts", "plan", "short-checklist", "--reason", "Fewer words")
STAGES = ("--stage", "5=1d", "--stage", "100=30m")


@pytest.fixture
def prepared(environment: dict[str, str]) -> dict[str, str]:
    """The demo, whose rollout is under way."""
    said(run(environment, "prepare"))
    return environment


def test_a_rollout_is_listed_stopped_and_planned_by_command(prepared: dict[str, str]) -> None:
    listed = said(run(prepared, "rollouts", "list"))
    rollout = listed.split()[0]
    stopped = said(run(prepared, "rollouts", "stop", rollout, "--back", "--reason", "Not today"))
    planned = said(run(prepared, *PLAN, *STAGES, "--guard", "errors=0.5"))
    after = said(run(prepared, "rollouts", "list"))

    assert "short-checklist  at 25 % of 5 > 25 > 50 > 100  It holds 25% as planned." in listed
    assert stopped == f"{rollout} is over: short-checklist is at 0 %.\n"
    assert planned.endswith("is under way: short-checklist is at 5 %.\n")
    assert [line.split()[1] for line in after.splitlines()] == ["running", "stopped"]
    url = prepared["DATABASE_URL"]
    assert values(url, "SELECT author FROM flag_rollouts WHERE ended_at IS NULL") == ["cli"]


def test_what_cannot_be_done_is_said(prepared: dict[str, str]) -> None:
    again = run(prepared, *PLAN, *STAGES)
    unclear = run(prepared, *PLAN, "--stage", "some")

    assert "This flag has a rollout under way. Stop it first." in again.stderr
    assert "some is no stage" in unclear.stderr
    assert (again.returncode, unclear.returncode) == (2, 2)
