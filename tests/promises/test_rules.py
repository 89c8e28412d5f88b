"""Rules take values and give values: no clock, no chance, no world."""

import ast

import pytest
from tests.promises.source import imported, named, trees

RULES = named(
    "models.py",
    "project_models.py",
    "attention.py",
    "places.py",
    "account_models.py",
    "experiment_models.py",
    "step_models.py",
    "requirements.py",
    "reasons.py",
    "reading_needs.py",
    "reading_verification.py",
    "verifying.py",
    "deadlines.py",
    "dues.py",
    "judging.py",
    "signatures.py",
    "funnel.py",
    "permissions.py",
    "providers.py",
    "totp.py",
    "claims.py",
    "linking.py",
    "policy.py",
    "gates.py",
    "rollouts.py",
    "definitions.py",
    "fields.py",
    "lined_yaml.py",
    "events.py",
    "events_openid.py",
    "events_projects.py",
    "editions.py",
    "migrating.py",
    "moves.py",
    "plans.py",
    "advice.py",
    "audiences.py",
    "unwise.py",
    "reading_moves.py",
    "schema.py",
    "writing.py",
    "conclusions.py",
    "corrections.py",
    "cuped.py",
    "distributions.py",
    "estimates.py",
    "diffs.py",
    "excerpts.py",
    "places.py",
    "words.py",
    "figures.py",
    "guardrails.py",
    "moments.py",
    "comparing.py",
    "power.py",
    "read_out.py",
    "sample_ratio.py",
    "sentences.py",
    "sequential.py",
    "strata.py",
)
WORLD = {
    "asyncio", "http", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "shutil",
    "signal", "socket", "ssl", "structlog", "subprocess", "tempfile", "threading", "time",
    "urllib.request", "uuid_utils",
}  # fmt: skip
CLOCK = {"now", "utcnow", "today", "time", "monotonic", "perf_counter", "fromtimestamp", "sleep"}
CHANCE = {"uuid1", "uuid4", "uuid7", "new_id", "new_token", "urandom", "token_urlsafe", "choice"}
DOORS = {"open", "print", "input", "exec", "eval", "__import__"}
# What a rule may touch all the same, and why.
ALLOWED = {
    "onboarding/files/definitions.py": {"pathlib"},  # is handed a folder, and reads its files
}


# A verb about rollouts is called as their rules are, and is none of them.
RULES = {path: tree for path, tree in RULES.items() if not path.startswith(("cli/", "demo/"))}
RULES |= {p: tree for p, tree in trees().items() if p.startswith(("targeting/", "rich_text/"))}
RULES |= {
    path: tree
    for path, tree in trees().items()
    if path.startswith("release/importing") and path != "release/importing/plan.py"
}

ALLOWED_CALLS = {
    "targeting/comparing.py": {"fromtimestamp"},  # of a number that is handed in, with its zone
}


def called(tree: ast.Module) -> set[str]:
    """The last words of everything a file calls."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {call.attr if isinstance(call, ast.Attribute) else ast.unparse(call) for call in calls}


def test_there_are_rules_to_look_at() -> None:
    assert {"identity/models.py", "onboarding/models.py", "onboarding/gates.py"} <= set(RULES)


@pytest.mark.parametrize("path", RULES)
def test_a_rule_waits_for_nothing(path: str) -> None:
    waiting = ast.Await | ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith

    if path != "kernel/events.py":
        assert [node.lineno for node in ast.walk(RULES[path]) if isinstance(node, waiting)] == []


@pytest.mark.parametrize("path", RULES)
def test_a_rule_is_handed_its_time_and_its_chance(path: str) -> None:
    assert called(RULES[path]) & (CLOCK | CHANCE | DOORS) == ALLOWED_CALLS.get(path, set())


@pytest.mark.parametrize("path", RULES)
def test_a_rule_does_not_reach_into_the_world(path: str) -> None:
    assert imported(RULES[path]) & WORLD == ALLOWED.get(path, set())


def test_an_action_takes_its_time_from_its_work() -> None:
    """So that a test, and a retry, sees one moment for all that happens together."""
    verbs = {
        path: tree
        for path, tree in trees().items()
        if path.startswith(("identity/", "onboarding/")) and "authenticate" not in path
    }

    assert {path for path, tree in verbs.items() if called(tree) & (CLOCK - {"fromtimestamp"})} == (
        set()
    )
