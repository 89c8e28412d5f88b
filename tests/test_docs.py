"""The docs say what is true: links lead somewhere, symbols exist, examples work."""

import re
import subprocess
from pathlib import Path

import pytest

from firstmile.main import openapi_document
from firstmile.onboarding.files.definitions import parse_definitions
from firstmile.outside.postgres import EmbeddedPostgres
from firstmile.settings import Settings
from firstmile.targeting.flags import ErrorCode, Reason
from tests.conftest import a_place

ROOT = Path(__file__).parent.parent
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
ROUTE = re.compile(r"`((?:GET|POST|PUT|PATCH|DELETE) /api/[^`? ]+)")
HOLE = re.compile(r"\{[^}]+\}")
SETTING = re.compile(r"`([A-Z]{2,}(?:_[A-Z0-9]+)+)`")
ROW = re.compile(r"^\| [^|]+ \| `(\w+)` \| `([^`]+)` \|$", re.MULTILINE)


def _defines(source: str, symbol: str) -> bool:
    return bool(re.search(rf"^(?:class |(?:async )?def )?{symbol}\b", source, re.MULTILINE))


def _pages() -> list[Path]:
    """Every page of the repository; links of help articles are addresses, and held elsewhere."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    articles = "src/firstmile/help/articles/"
    return [ROOT / name for name in listed.stdout.split() if not name.startswith(articles)]


@pytest.mark.parametrize("page", _pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = [one for one in LINK.findall(page.read_text()) if "://" not in one]

    missing = [target for target in targets if not (page.parent / target).exists()]

    assert missing == []


def test_every_symbol_on_the_map_is_where_it_says() -> None:
    rows = ROW.findall((ROOT / "docs/map.md").read_text())

    lost = [
        (symbol, file) for symbol, file in rows if not _defines((ROOT / file).read_text(), symbol)
    ]

    assert len(rows) > 10
    assert lost == []


def test_every_route_of_the_docs_is_there() -> None:
    known = {
        f"{method.upper()} {HOLE.sub('{}', path)}"
        for path, methods in openapi_document()["paths"].items()
        for method in methods
    }
    named = {
        (page.name, HOLE.sub("{}", route))
        for page in (ROOT / "docs").glob("*/*.md")
        for route in ROUTE.findall(page.read_text())
    }

    assert len(named) > 50
    assert {(page, route) for page, route in named if route not in known} == set()


def test_every_setting_of_the_docs_is_there() -> None:
    named = {
        (page.name, setting)
        for page in (ROOT / "docs" / "how-to").glob("*.md")
        for setting in SETTING.findall(page.read_text())
    }
    settings = {name.upper() for name in Settings.model_fields}
    known = {*settings, *(f"{name}_FILE" for name in settings), "NAME_FILE"}  # any in a file
    known |= {*Reason, *ErrorCode}  # what OpenFeature writes the same way

    assert len(named) > 20
    assert {(page, setting) for page, setting in named if setting not in known} == set()


def test_the_example_of_a_step_is_a_step() -> None:
    text = (ROOT / "docs/how-to/write-steps.md").read_text()
    example = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0]
    shipped = (ROOT / "steps/first-mile.yaml").read_text()
    steps = shipped[: shipped.index("routes:")]
    added, routes = example.removeprefix("steps:\n").split("routes:\n")

    found = parse_definitions(f"{steps}{added}routes:\n{routes}")

    assert found.steps[-1].key == "invite-team"
    assert found.routes[0].path == "/reports"


def test_the_gate_of_the_readme_stands_before_an_application() -> None:
    text = (ROOT / "README.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    found: dict[str, object] = {}

    exec(example, found)

    assert "OnboardingGate" in repr(getattr(found["app"], "user_middleware", ""))


def test_the_readme_as_a_program(
    cluster: EmbeddedPostgres, demo_template: str, tmp_path: Path
) -> None:
    """What the tutorial tells to type shows what it says, for Dana of the demo cast."""
    text = (ROOT / "README.md").read_text()
    blocks = [one for one in re.findall(r"```console\n(.*?)```", text, re.DOTALL) if "curl" in one]
    commands = "\n".join(
        line.removeprefix("$ ")
        for block in blocks
        for line in block.splitlines()
        if line.startswith(("$ ", "    "))
    )

    with a_place(cluster, demo_template, tmp_path) as running:
        here = running.base_url.removeprefix("http://")
        said = subprocess.run(
            ["bash", "-euc", commands.replace("localhost:8000", here)],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )

    assert '"progress":11,"activated":false,"nextStep":"complete-profile"' in said.stdout
    assert '"error":"step_blocked"' in said.stdout
    assert '"blockedBy":["payments"],"nextStep":"complete-profile"' in said.stdout
