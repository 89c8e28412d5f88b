# ruff: noqa: INP001
"""The shapes of a page of the reference."""

from collections.abc import Iterable, Sequence

NOTE = "*Generated from the code by `docs/generate.py`; a test compares them.*"


def page(title: str, *parts: str) -> str:
    """A page: its title, its parts, and where it comes from."""
    return "\n\n".join([f"# {title}", *parts, NOTE]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are put on one line each."""
    lines = [head, ["---"] * len(head), *rows]
    cells = [[" ".join(cell.replace("|", "\\|").split()) for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)
