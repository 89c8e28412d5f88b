# ruff: noqa: INP001
"""The page that holds what we do against what OWASP ASVS 5.0 and NIST 800-63B-4 ask."""

import ast
import re
from collections import defaultdict
from pathlib import Path

from asvs_requirements import REQUIREMENTS
from markdown import page, table

ROOT = Path(__file__).parent.parent
TESTS = (ROOT / "tests", ROOT / "clients" / "python" / "tests")
MARK = "asvs"


def asvs_page() -> str:
    """The page; raises ValueError for a mark of no requirement, or a requirement of no test."""
    proofs = marked()
    unknown, unproved = proofs.keys() - REQUIREMENTS, REQUIREMENTS.keys() - proofs
    if unknown or unproved:
        raise ValueError(f"unknown: {sorted(unknown)}; without a test: {sorted(unproved)}")
    rows = [
        (number, asked.what, asked.ours, "<br>".join(f"`{one}`" for one in sorted(proofs[number])))
        for number, asked in sorted(REQUIREMENTS.items(), key=lambda item: in_order(item[0]))
    ]
    return page(
        "ASVS",
        "What OWASP ASVS 5.0 and NIST 800-63B-4 ask of identity, what we do, and the proof.",
        "Each row names a requirement by its number, says it in our words (read the standard for"
        " its own), gives our default, and the tests that would fail if it were not so. A"
        " requirement that is not here is not claimed.",
        table(["Requirement", "Asks", "Firstmile", "Proved by"], rows),
    )


def marked() -> dict[str, set[str]]:
    """The tests of each requirement, as `path::name`."""
    found: dict[str, set[str]] = defaultdict(set)
    for folder in TESTS:
        for path in sorted(folder.rglob("test_*.py")):
            tree = ast.parse(path.read_text())
            everywhere = _numbers(_module_marks(tree))
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    if not node.name.startswith("test_"):
                        continue
                    for number in {*everywhere, *_numbers(node.decorator_list)}:
                        found[number].add(f"{path.relative_to(ROOT).as_posix()}::{node.name}")
    return found


def in_order(number: str) -> tuple[str, list[int]]:
    """Sorts 6.2.10 after 6.2.9, and each standard by itself."""
    return number.partition(" ")[0].rstrip("0123456789."), [
        int(part) for part in re.findall(r"\d+", number.rpartition(" ")[2])
    ]


def _numbers(marks: list[ast.expr]) -> set[str]:
    return {
        str(argument.value)
        for mark in marks
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == f"pytest.mark.{MARK}"
        for argument in mark.args
        if isinstance(argument, ast.Constant)
    }


def _module_marks(tree: ast.Module) -> list[ast.expr]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            value = node.value
            return value.elts if isinstance(value, ast.List) else [value]
    return []
