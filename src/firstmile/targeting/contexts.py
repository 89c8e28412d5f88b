"""What is known of whoever a question is about, and how an attribute of it is read."""

from collections.abc import Callable, Mapping
from typing import Any

Context = Mapping[str, Any]
Reader = Callable[[Context], Any]

TARGETING_KEY = "targetingKey"


def reader(attribute: str) -> Reader:
    """What reads an attribute: by its whole name, else `plan.name` as the name within the plan.

    What is not there is None.
    """
    outer, dot, inner = attribute.partition(".")
    if not dot:
        return lambda context: context.get(attribute)
    within = reader(inner)

    def read(context: Context) -> Any:
        if attribute in context:
            return context[attribute]
        found = context.get(outer)
        return within(found) if isinstance(found, Mapping) else None

    return read


def unit_of(value: Any) -> str | None:
    """A value as the text that is hashed; None for what identifies nobody."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        is_whole = isinstance(value, int) or (value.is_integer() and abs(value) < 2**53)
        return str(int(value)) if is_whole else repr(value)
    return None
