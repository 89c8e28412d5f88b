"""The source of the package as syntax trees, for tests that read it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "firstmile"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def trees() -> dict[str, ast.Module]:
    """Every file of the package by its path in it."""
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text())
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def named(*names: str) -> dict[str, ast.Module]:
    """The files of these names in any package."""
    return {path: tree for path, tree in trees().items() if Path(path).name in names}


def texts(tree: ast.Module) -> Iterator[str]:
    """Every string of a file that is not a docstring."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | Function)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def functions(tree: ast.Module) -> Iterator[Function]:
    """Every function of a file."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def imported(tree: ast.Module) -> set[str]:
    """The modules a file imports, by their full names."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found
