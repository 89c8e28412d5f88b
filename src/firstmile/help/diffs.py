"""What differs between two versions, line by line."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from firstmile.help.models import Content


class Change(StrEnum):
    """What became of a line."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Line:
    """A line of one or both of two versions."""

    change: Change
    text: str


@dataclass(frozen=True)
class Difference:
    """The part of an article that differs, such as `en.body`, with its lines."""

    part: str
    lines: tuple[Line, ...]


def differences(before: Content, after: Content) -> list[Difference]:
    """Every part that differs, in the order of the form; a part that is new has only new lines."""
    old, new = _parts(before), _parts(after)
    names = [*old, *(name for name in new if name not in old)]
    return [
        Difference(name, tuple(_lines(old.get(name, ""), new.get(name, ""))))
        for name in names
        if old.get(name, "") != new.get(name, "")
    ]


def _parts(content: Content) -> dict[str, str]:
    parts = {
        f"{language}.{name}": str(getattr(text, name))
        for language, text in sorted(content.texts.items())
        for name in ("title", "summary", "body")
    }
    return parts | {
        "category": content.category,
        "contexts": "\n".join(content.contexts),
        "related": "\n".join(content.related),
        "audience": "staff" if content.is_for_staff else "everyone",
    }


def _lines(before: str, after: str) -> Iterator[Line]:
    old, new = before.splitlines(), after.splitlines()
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            yield from (Line(Change.SAME, text) for text in old[old_from:old_to])
        else:
            yield from (Line(Change.REMOVED, text) for text in old[old_from:old_to])
            yield from (Line(Change.ADDED, text) for text in new[new_from:new_to])
