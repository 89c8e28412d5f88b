"""Routes of an application, and the patterns that a content is shown on."""

import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

MOST_PATTERN = 200  # characters
PATTERN = re.compile(r"!?/[\x21-\x7e]*")
_PART = re.compile(r"\*|:[A-Za-z_][A-Za-z0-9_]*")

Fits = Callable[[str], bool]


def path_of(route: str) -> str:
    """The path of a route, without query, fragment and a slash at its end."""
    try:
        path = urlsplit(route).path
    except ValueError:
        path = route.partition("?")[0].partition("#")[0]
    return "/" + path.strip("/")


def is_pattern(text: str) -> bool:
    """Whether a text is a pattern: `/projects/*`, `/projects/:id/keys`, `!/console/*`."""
    return len(text) <= MOST_PATTERN and PATTERN.fullmatch(text) is not None


def fitting(patterns: Iterable[str]) -> Fits:
    """Whether a path fits any of the patterns and none of those with `!`; without any, always.

    As in the URLPattern standard, `*` stands for anything and `:name` for one part. `/a/*` is
    also `/a` itself, because nobody means otherwise.
    """
    listed = list(patterns)
    wanted = [_compiled(one) for one in listed if not one.startswith("!")]
    unwanted = [_compiled(one[1:]) for one in listed if one.startswith("!")]

    def fits(path: str) -> bool:
        is_wanted = not wanted or any(one.fullmatch(path) for one in wanted)
        return is_wanted and not any(one.fullmatch(path) for one in unwanted)

    return fits


def _compiled(pattern: str) -> re.Pattern[str]:
    text = pattern if pattern == "/" else pattern.rstrip("/")
    ending = r"(?:/.*)?" if text.endswith("/*") else ""
    text = text.removesuffix("/*") if ending else text
    pieces, at = [], 0
    for part in _PART.finditer(text):
        pieces += [re.escape(text[at : part.start()]), ".*" if part[0] == "*" else "[^/]+"]
        at = part.end()
    return re.compile("".join([*pieces, re.escape(text[at:]), ending]))
