"""Where somebody is, and which articles belong there."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Place:
    """Where somebody is: a page, a step of theirs, what went wrong, or a field of a form.

    `is_own` when the page is one of Firstmile itself, and not of an application around it.
    """

    route: str | None = None
    step: str | None = None
    error: str | None = None
    field: str | None = None
    is_own: bool = False


def nearness(contexts: Iterable[str], place: Place) -> int:
    """How closely an article belongs to a place; 0 when it does not.

    What went wrong comes before the field, that before the step, and that before the page; of
    pages the one that is named most closely.
    """
    return max((_near(one, place) for one in contexts), default=0)


def fits(pattern: str, route: str) -> bool:
    """Whether a page is one of a pattern: `*` is one part of a path, at the end any number."""
    return _compiled(pattern).fullmatch(_path(route)) is not None


def _near(context: str, place: Place) -> int:
    kind, _, rest = context.partition(":")
    if kind == "error" and rest == place.error:
        return 4000
    if kind == "field" and rest.partition("#")[0] == place.field:
        return 3000
    if kind == "step" and rest == place.step:
        return 2000
    is_page = kind == "route" or (kind == "firstmile" and place.is_own)
    if is_page and place.route is not None and fits(rest, place.route):
        return 1000 if "*" not in rest else len(_parts(rest)) * 10 + (not rest.endswith("*"))
    return 0


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = _parts(pattern)
    written = ["[^/]+" if part == "*" else re.escape(part) for part in parts]
    if parts and parts[-1] == "*":
        written[-1] = ".+"
    return re.compile("/" + "/".join(written))


def _parts(path: str) -> Sequence[str]:
    return _path(path).strip("/").split("/")


def _path(route: str) -> str:
    """The path of an address, without its query and without a slash at its end."""
    path = re.split(r"[?#]", route, maxsplit=1)[0]
    return path.rstrip("/") or "/"
