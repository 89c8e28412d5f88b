"""The reference says what the code says."""

import subprocess
import sys

import pytest
from tests.promises.source import ROOT


def generate(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "docs" / "generate.py"), *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_reference_is_the_one_the_code_writes(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--accept"):
        assert generate().returncode == 0

    compared = generate("--check")

    assert (compared.stdout, compared.stderr, compared.returncode) == ("", "", 0)


@pytest.mark.parametrize(
    "page", ["routes", "errors", "steps", "settings", "cli", "events", "metrics", "asvs"]
)
def test_every_page_is_reached_from_the_index(page: str) -> None:
    index = (ROOT / "docs" / "reference" / "index.md").read_text()

    assert f"({page}.md)" in index
