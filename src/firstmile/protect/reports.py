"""What browsers report of our content security policy, read as sightings."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec

from firstmile.observe.errors import ErrorList
from firstmile.observe.sightings import Kind, Sighting, sighting

PATH = "/api/v1/reports/csp"
NAME = "csp"  # of the endpoint, in `Reporting-Endpoints` and `report-to`
REPORT = "application/csp-report"  # CSP 2; Firefox and Safari
REPORTS = "application/reports+json"  # Reporting API; Chromium
MOST = 20  # reports of one request that are read

DIRECTIVE = re.compile(r"[a-z-]{1,40}")
KEYWORD = re.compile(r"[a-z-]{1,40}")
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\w-]{40,}")
# Scripts that a person's own browser put into the page: nothing we could repair.
NOT_OURS = ("chrome-extension", "moz-extension", "safari-extension", "safari-web-extension")
DISPOSITIONS = ("enforce", "report")


class Reports:
    """Takes reports to the error list."""

    def __init__(self, errors: ErrorList, *, origin: str) -> None:
        self._errors = errors
        self._origin = origin

    def take(self, kind: str, body: bytes) -> None:
        """Note what is in a body of this media type; ValueError when it cannot be read."""
        for one in sightings_in(kind, body, self._origin):
            self._errors.note(one)


def sightings_in(kind: str, body: bytes, origin: str) -> list[Sighting]:
    """Those about pages of ours; ValueError when the body is not what its kind says.

    Kept are the directive, the origin of what was blocked, the path of the page and the line of
    the script. Queries, samples of code and ids in paths are dropped: they may be somebody's.
    """
    if kind not in (REPORT, REPORTS):
        raise ValueError("no report")
    try:
        sent = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as garbage:
        raise ValueError("not JSON") from garbage
    bodies = list(_bodies(kind, sent))
    found = (_sighting(one, origin) for one in bodies[:MOST])
    return [one for one in found if one is not None]


def _bodies(kind: str, sent: Any) -> Iterator[dict[str, Any]]:
    if kind == REPORT:
        if not isinstance(sent, dict) or not isinstance(sent.get("csp-report"), dict):
            raise ValueError("no csp-report")
        old = sent["csp-report"]
        yield {
            "documentURL": old.get("document-uri"),
            "effectiveDirective": old.get("effective-directive") or old.get("violated-directive"),
            "blockedURL": old.get("blocked-uri"),
            "sourceFile": old.get("source-file"),
            "lineNumber": old.get("line-number"),
            "disposition": old.get("disposition"),
        }
        return
    if not isinstance(sent, list):
        raise ValueError("no list")  # noqa: TRY004  of what somebody sent, not of our types
    for report in sent:
        if isinstance(report, dict) and report.get("type") == "csp-violation":
            body = report.get("body")
            yield body if isinstance(body, dict) else {}


def _sighting(body: dict[str, Any], origin: str) -> Sighting | None:
    directive = _text(body, "effectiveDirective").partition(" ")[0]
    page, source = _text(body, "documentURL"), _text(body, "sourceFile")
    blocked = _blocked(_text(body, "blockedURL"))
    is_ours = _origin_of(page) == origin and not source.startswith(NOT_OURS)
    if not DIRECTIVE.fullmatch(directive) or not is_ours or blocked in NOT_OURS:
        return None
    path, line = _path_of(page), body.get("lineNumber")
    script = ""
    if source:
        is_own = _origin_of(source) == origin
        where = _path_of(source) if is_own else _origin_of(source) or "elsewhere"
        script = f"{where}:{line}" if isinstance(line, int) else where
    disposition = _text(body, "disposition")
    sample = {
        "directive": directive,
        "blocked": blocked,
        "page": path,
        "script": script,
        "disposition": disposition if disposition in DISPOSITIONS else "enforce",
    }
    title = f"{directive}: {blocked or 'something'}"
    return sighting(Kind.CSP, title, f"{path} ({script})" if script else path, sample)


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    return value[:2000] if isinstance(value, str) else ""


def _blocked(url: str) -> str:
    """The origin of what was blocked, its scheme when it has none, or a word such as `inline`."""
    if KEYWORD.fullmatch(url):
        return url
    return _origin_of(url) or url.partition(":")[0][:40]


def _origin_of(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""


def _path_of(url: str) -> str:
    return ID.sub("…", urlsplit(url).path) or "/"
