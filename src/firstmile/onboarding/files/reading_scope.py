"""Checks what a step of a project may say: what its members can share, and nothing else."""

from firstmile.onboarding.files.fields import PROJECT_FACTS, SCOPES
from firstmile.onboarding.files.lined_yaml import Lined
from firstmile.onboarding.files.reading_needs import Wrong
from firstmile.onboarding.step_models import Scope


def check_scope(step: Lined, wrong: Wrong) -> None:
    """Say what is wrong with the scope of a step, and with what does not go with it."""
    scope = step.get("scope", Scope.USER)
    if scope not in SCOPES:
        wrong(step.line_of("scope"), f"scope is one of: {', '.join(SCOPES)}")
    if scope != Scope.PROJECT:
        return
    verification = step.get("verification")
    if isinstance(verification, Lined):
        _check_verification(verification, wrong)
    due = step.get("due")
    if isinstance(due, Lined) and "days" in due:
        told = "a step of a project is due on a `date`: its members do not begin together"
        wrong(due.line_of("days"), told)


def _check_verification(verification: Lined, wrong: Wrong) -> None:
    fact = verification.get("fact")
    if isinstance(fact, str) and fact not in PROJECT_FACTS:
        wrong(
            verification.line_of("fact"),
            f"'{fact}' is about a person; of a project is: {', '.join(PROJECT_FACTS)}",
        )
