"""The patterns of places that a content is shown at."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from firstmile.protect.places import OWN, is_own
from firstmile.targeting.comparing import pattern as pattern_of

MOST_PATTERN = 200  # characters
PATTERN = re.compile(rf"!?(?:{OWN})?/[\x21-\x7e]*")
_PART = re.compile(r"\*|:[A-Za-z_][A-Za-z0-9_]*")
_PLACE = re.compile(rf"(?:{OWN})?/(?![/\\])[^*\\]*")

Fits = Callable[[str], bool]


def is_pattern(text: str) -> bool:
    """Whether a text is a pattern: `/projects/*`, `/projects/:id/keys`, `!firstmile:/console/*`."""
    return len(text) <= MOST_PATTERN and PATTERN.fullmatch(text) is not None


def is_one_page(text: str) -> bool:
    """Whether a pattern is one page of our own or of the application, and no other site's."""
    return is_pattern(text) and _PLACE.fullmatch(text) is not None


def fitting(patterns: Iterable[str]) -> Fits:
    """Whether a place fits any of the patterns and none of those with `!`; without any, always.

    As in the URLPattern standard, `*` stands for anything and `:name` for one part. `/a/*` is
    also `/a` itself, because nobody means otherwise. Pages of Firstmile itself fit patterns that
    begin with `firstmile:`, and those of applications fit the others.
    """
    listed = list(patterns)
    wanted = [_compiled(one) for one in listed if not one.startswith("!")]
    unwanted = [_compiled(one[1:]) for one in listed if one.startswith("!")]

    def fits(place: str) -> bool:
        read = place.encode(errors="replace")
        is_wanted = not wanted or any(one.fullmatch(read) for one in wanted)
        return is_wanted and not any(one.fullmatch(read) for one in unwanted)

    return fits


def owners(routes: Iterable[str]) -> frozenset[bool]:
    """Whose pages these are about: True stands for Firstmile's, False for an application's."""
    wanted = [one for one in routes if not one.startswith("!")]
    return frozenset(map(is_own, wanted)) if wanted else frozenset((True, False))


def _compiled(pattern: str) -> Any:
    """Of RE2, as visitors choose the path: Python's own would take minutes for `/*-*-*-*-*x`."""
    whose = OWN if is_own(pattern) else ""
    path = pattern.removeprefix(whose)
    text = path if path == "/" else path.rstrip("/")
    ending = r"(?:/.*)?" if text.endswith("/*") else ""
    text = text.removesuffix("/*") if ending else text
    pieces, at = [whose], 0
    for part in _PART.finditer(text):
        pieces += [re.escape(text[at : part.start()]), ".*" if part[0] == "*" else "[^/]+"]
        at = part.end()
    return pattern_of("".join([*pieces, re.escape(text[at:]), ending]))
