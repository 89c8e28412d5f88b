"""Which routes must be asked about for the path of a request."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

EVERYTHING = ("/*",)
UNGATED = (
    "/health",
    "/healthz",
    "/livez",
    "/readyz",
    "/metrics",  # machines ask these, without a person
    "/favicon.ico",
    "/robots.txt",
    "/.well-known/*",  # browsers and robots, before anyone signs in
    "/static/*",  # needed to draw the page that says no
)


class Paths:
    """Patterns compiled once: what is protected, what is exempt, and under which route to ask.

    `*` stands for anything within one segment, `**` for anything,
    and a final `/*` for the folder itself and all below it.
    """

    def __init__(
        self,
        protect: Iterable[str] = EVERYTHING,
        exempt: Iterable[str] = UNGATED,
        routes: Mapping[str, str] | None = None,
        *,
        ignore_case: bool = False,
    ) -> None:
        self._fold = str.lower if ignore_case else str
        self._protected = [self._pattern(glob) for glob in protect]
        self._exempt = [self._pattern(glob) for glob in exempt]
        self._routes = [(self._pattern(glob), route) for glob, route in (routes or {}).items()]

    def to_ask(self, path: str) -> tuple[str, ...]:
        """The routes the gate must allow before this path is served; empty when it is not gated."""
        gated = [reading for reading in readings(self._fold(path)) if self._is_gated(reading)]
        return tuple(dict.fromkeys(map(self._route, gated)))

    def _is_gated(self, path: str) -> bool:
        return _any(self._protected, path) and not _any(self._exempt, path)

    def _route(self, path: str) -> str:
        return next((route for pattern, route in self._routes if pattern.fullmatch(path)), path)

    def _pattern(self, glob: str) -> re.Pattern[str]:
        if not glob.startswith("/"):
            raise ValueError(f"A path pattern starts with a slash: {glob!r}")
        return _compile(self._fold(glob))


def readings(path: str) -> tuple[str, ...]:
    """The one or two ways a path can be read: as the application sees it, and resolved.

    Frameworks differ on `//`, dot segments, backslashes and double encoding (RFC 3986, 6.2.2).
    Both must be allowed, so neither a strict nor a lenient router is reached past the gate.
    """
    as_seen = path.rstrip("/") or "/"
    return tuple(dict.fromkeys([as_seen, _resolved(path)]))


def _resolved(path: str) -> str:
    segments: list[str] = []
    for segment in _decoded(path).replace("\\", "/").split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in ("", "."):
            segments.append(segment)
    return "/" + "/".join(segments)


def _decoded(path: str) -> str:
    for _ in range(3):  # deeper nesting is decoded by no known server
        path = unquote(path)
    return path


def _any(patterns: Iterable[re.Pattern[str]], path: str) -> bool:
    return any(pattern.fullmatch(path) for pattern in patterns)


def _compile(glob: str) -> re.Pattern[str]:
    stem, below = (glob[:-2], "(?:/.*)?") if glob.endswith("/*") else (glob.rstrip("/") or "/", "")
    parts = re.split(r"(\*\*|\*)", stem)
    wildcards = {"**": ".*", "*": "[^/]*"}
    return re.compile(
        "".join(wildcards.get(part, re.escape(part)) for part in parts) + below, re.DOTALL
    )
