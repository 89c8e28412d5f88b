"""The house is built as it says: arrows, names, sizes, and a first sentence on every file."""

import ast
import re
from pathlib import Path

import pytest
from tests.promises.source import PACKAGE, ROOT, functions, imported, trees

SIBLINGS = ("identity", "onboarding", "release", "guidance", "privacy", "help")
# Who may know two siblings, and why.
KNOWS_TWO = {
    "cleaning.py": "deletes what is over, in every package",
    "demo/people.py": "seeds a cast with accounts and journeys",
    "main.py": "mounts every package",
    "neighbourhood.py": "answers guidance for the packages beside it",
    "rights.py": "gathers the rights of every package",
    "service.py": "builds every part",
    "settings.py": "composes the settings of every package",
    "web/console_parts.py": "names the sections of every package",
    "web/console_explain.py": "staff see the person and why a step is closed to them",
    "web/console_guidance.py": "staff see who published what",
    "web/console_help.py": "staff see who wrote a version of an article",
    "web/console_kill_switch.py": "staff see who switched what",
    "web/console_rollouts.py": "staff see who planned a rollout",
    "web/console_steps.py": "staff see who changed the steps",
    "web/console_people.py": "staff see the person and their journey",
    "web/console_sdk_keys.py": "staff see who made a key and who revoked it",
    "web/embedded.py": "asks who it is, and answers as onboarding does",
    "web/embedded_state.py": "an embed is told the journey and the content in one answer",
    "web/profile.py": "a person says who they are, and how many tips they want",
    "web/rendering.py": "a page knows its person, and asks for their consent",
    "web/schemas_embedded.py": "the JSON of both in one answer",
    "web/flag_history.py": "says who changed a flag by name",
    "web/journey.py": "a page shows the person and the journey",
    "web/telling.py": "puts journeys and choices into the words of a page",
    "wiring.py": "connects what one announces with what the other does",
}
KERNEL_FILES, KERNEL_LINES = 17, 150
FILE_LINES, FUNCTION_LINES = 400, 40
VAGUE = re.compile(
    r"utils?|helpers?|common|misc|shared|base|managers?|handlers?|processors?|infos?"
)
VAGUE_CLASS = re.compile(r"(Util|Utils|Helper|Helpers|Manager|Handler|Processor|Base|Mixin)$")
# Names that are refused elsewhere, and why they are right here.
ALLOWED_NAMES = {"service.py": "the service as a whole, which is what it builds"}
MEDIUM = 250  # lines a file has at most as a rule


def test_only_the_roof_and_the_pages_know_two_siblings() -> None:
    both = {
        path
        for path, tree in trees().items()
        if sum(
            any(module.startswith(f"firstmile.{sibling}") for module in imported(tree))
            for sibling in SIBLINGS
        )
        > 1
    }

    assert both == set(KNOWS_TWO)


def test_the_kernel_stays_small() -> None:
    """Blank lines are not counted: they make nothing harder to read."""
    lines = {
        path.name: sum(1 for line in path.read_text().splitlines() if line.strip())
        for path in (PACKAGE / "kernel").glob("*.py")
        if path.name != "__init__.py"
    }

    assert len(lines) <= KERNEL_FILES
    assert {name: count for name, count in lines.items() if count > KERNEL_LINES} == {}


def test_no_file_is_too_long() -> None:
    lengths = {path: len((PACKAGE / path).read_text().splitlines()) for path in trees()}

    assert {path: length for path, length in lengths.items() if length > FILE_LINES} == {}
    assert sum(length > MEDIUM for length in lengths.values()) <= len(lengths) // 10


def test_no_function_is_too_long() -> None:
    lengths = {
        f"{path}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path, tree in trees().items()
        for node in functions(tree)
    }

    assert {name: length for name, length in lengths.items() if length > FUNCTION_LINES} == {}
    assert sorted(lengths.values())[len(lengths) // 2] <= 12


def test_no_file_has_a_name_for_anything() -> None:
    names = {Path(path).stem for path in trees()} | {Path(path).parent.name for path in trees()}

    assert {name for name in names if VAGUE.fullmatch(name)} == set()
    assert {path for path in trees() if Path(path).stem == "service"} == set(ALLOWED_NAMES)


def test_no_class_has_a_name_for_anything() -> None:
    classes = [
        node.name
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]

    assert [name for name in classes if VAGUE_CLASS.search(name)] == []


@pytest.mark.parametrize("folder", ["src", "tests", "docs", "migrations", "clients", "bench"])
def test_every_file_opens_with_what_it_holds(folder: str) -> None:
    opened = {
        path.relative_to(ROOT).as_posix(): (ast.get_docstring(ast.parse(path.read_text())) or "")
        for path in (ROOT / folder).rglob("*.py")
        if not {"build", "node_modules"} & set(path.parts)
    }

    wrong = {
        path for path, said in opened.items() if not said.partition("\n")[0].endswith((".", ":"))
    }
    assert wrong == set()


def test_only_a_work_commits() -> None:
    """One door out: whoever commits elsewhere answers before the transaction is done."""
    commits = {
        path
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value == "COMMIT"
    }

    assert commits == {"kernel/work.py"}


def test_no_task_is_started_in_passing() -> None:
    """What must happen after a request is a job, which survives the process."""
    tasks = {
        path
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ("create_task", "ensure_future")
    }

    assert tasks == {
        "outside/freshness.py",  # keeps snapshots new as long as the service is open
        "outside/hints.py",  # listens as long as the service is open
        "protect/event_streams.py",  # hears that a client left for as long as its stream is open
        "release/replica.py",  # keeps the switches up to date as long as the service is open
        "protect/limiter.py",  # looks after Redis as long as the service is open
        "observe/gathering.py",  # writes what was counted as long as the service is open
    }


def test_nobody_waits_with_what_may_swallow_a_cancellation() -> None:
    """`asyncio.wait_for` may before Python 3.12; `asyncio.timeout` never does."""
    waiting = {
        path
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "wait_for"
    }

    assert waiting == set()
