"""The things `main.py` builds once, found again by their type."""

from typing import TypeVar

T = TypeVar("T")


class Parts:
    """One instance of each part of the service."""

    def __init__(self, *parts: object) -> None:
        self._table: dict[type, object] = {}
        self.add(*parts)

    def add(self, *parts: object) -> None:
        """Put parts in; each is found under its own class."""
        for part in parts:
            self._table[type(part)] = part

    def add_as(self, kind: type[T], part: T) -> None:
        """Put a part in under one of its base classes."""
        self._table[kind] = part

    def get(self, kind: type[T]) -> T:
        """The part of this class; LookupError when `main.py` built none."""
        part = self._table.get(kind)
        if not isinstance(part, kind):
            raise LookupError(f"no part of type {kind.__qualname__}")  # noqa: TRY004  it is missing
        return part
