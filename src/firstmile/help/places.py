"""Where somebody is, and which articles belong there."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from firstmile.protect.places import OWN, is_own, place_of


@dataclass(frozen=True)
class Place:
    """Where somebody is: a page, a step of theirs, what went wrong, or a field of a form.

    A page of Firstmile itself is named `firstmile:/profile`, one of an application `/profile`.
    """

    route: str | None = None
    step: str | None = None
    error: str | None = None
    field: str | None = None


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
    if place.route is None or kind != ("firstmile" if is_own(place.route) else "route"):
        return 0
    if fits(rest, place_of(place.route).removeprefix(OWN)):
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
