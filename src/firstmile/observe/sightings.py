"""One sight of something that went wrong, and what makes two of them the same."""

import traceback
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

MAX_TITLE, MAX_PLACE = 200, 300  # characters
MAX_FRAMES = 30
OURS = "/firstmile/"
GROUPS = UUID("019ac7f2-5d1e-7c40-9f5e-3b1f6a0c2d84")


class Kind(StrEnum):
    """Where it went wrong."""

    SERVER = "server"  # a request that we failed
    CSP = "csp"  # what a browser kept a page from doing


@dataclass(frozen=True)
class Sighting:
    """Something went wrong once. `sample` helps to find out why, and holds nothing of a person."""

    kind: Kind
    title: str
    place: str
    sample: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def group(self) -> UUID:
        """The same for all that share kind, title and place (RFC 9562, section 5.5)."""
        return uuid5(GROUPS, f"{self.kind}\0{self.title}\0{self.place}")


def sighting(kind: Kind, title: str, place: str, sample: dict[str, Any]) -> Sighting:
    """One whose words can be kept: short, and without what PostgreSQL does not take."""
    kept = {name: _kept(value) for name, value in sample.items()}
    return Sighting(kind, _clipped(title, MAX_TITLE), _clipped(place, MAX_PLACE), kept)


def failure(error: BaseException, *, route: str, correlation: str) -> Sighting:
    """A request that failed: the class of the error and the last line of ours.

    Its words are left out: they quote what was sent, and values of rows.
    """
    frames = traceback.extract_tb(error.__traceback__)
    told = [f"{_short(one.filename)}:{one.lineno} {one.name}" for one in frames]
    ours = [line for one, line in zip(frames, told, strict=True) if OURS in one.filename]
    cause = error.__cause__ or error.__context__
    sample = {
        "route": route,
        "correlationId": correlation,
        "frames": told[-MAX_FRAMES:],
        **({"because": _name(cause)} if cause is not None else {}),
    }
    return sighting(Kind.SERVER, _name(error), (ours or told or [route])[-1], sample)


def _name(error: BaseException) -> str:
    kind = type(error)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )


def _short(path: str) -> str:
    """A file within its package, wherever that is installed."""
    for start in ("/site-packages/", "/src/", "/lib/"):
        before, found, rest = path.rpartition(start)
        if found and before:
            return rest
    return path.rpartition("/")[2]


def _kept(value: Any) -> Any:
    if isinstance(value, list):
        return [_kept(one) for one in value]
    return _clipped(value, MAX_PLACE) if isinstance(value, str) else value


def _clipped(text: str, most: int) -> str:
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"
