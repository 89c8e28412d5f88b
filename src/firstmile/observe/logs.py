"""Logs as events with fields, one JSON object a line, with secrets and people taken out."""

import logging
import re
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Protocol

import msgspec
import structlog

from firstmile.kernel.correlation import correlation_id
from firstmile.observe.logfiles import LogFile

REDACTED = "[redacted]"
SECRET_FIELD = re.compile(
    r"pass(word|wd)|secret|token|authorization|cookie|csrf|api_?key|email|address|recipient"
    r"|first_?name|last_?name|(^|_)ip($|_)|phone|code$",
    re.IGNORECASE,
)
SECRET_TEXT = re.compile(
    r"eyJ[\w-]+\.[\w-]+\.[\w-]+"  # a JSON web token
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"  # a mail address
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user and password in a URL
    r"|(?i:bearer)\s+\S+"
    r"|(?<=token=)[\w-]+"
)

Entry = MutableMapping[str, Any]


class Sink(Protocol):
    """Where lines go."""

    def write(self, line: bytes) -> None:
        """Take one whole line with its newline."""


class Stdout:
    """Lines on standard output."""

    def write(self, line: bytes) -> None:
        """Write and flush, so that a crash loses nothing."""
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()


class Logs:
    """Sends every line to standard output and `combined.log`, and some to files of their own."""

    def __init__(self, folder: Path | None) -> None:
        self._all: list[Sink] = [Stdout()]
        self._errors: list[Sink] = []
        self._http: list[Sink] = []
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._all.append(LogFile(folder / "combined.log"))
            self._errors.append(LogFile(folder / "error.log"))
            self._http.append(LogFile(folder / "http.log"))

    def write(self, entry: Entry) -> None:
        """Write one event to every place that wants it."""
        line = msgspec.json.encode(entry, enc_hook=str) + b"\n"
        sinks = list(self._all)
        if entry.get("level") in ("error", "critical"):
            sinks += self._errors
        if entry.get("event") == "request":
            sinks += self._http
        for sink in sinks:
            sink.write(line)


def configure_logs(*, level: str, folder: Path | None, role: str) -> None:
    """Send structlog and the standard library's logging through one chain of ours."""
    logs = Logs(folder)
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            _Labels(role),
            redact,
            _Delivery(logs),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_Forward()], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)


def redact(_: Any, __: str, entry: Entry) -> Entry:
    """Take credentials and personal data out of an event, by field name and by form."""
    for field, value in entry.items():
        if field in ("event", "at", "level", "role", "correlationId"):
            continue
        entry[field] = REDACTED if SECRET_FIELD.search(field) else _clean(value)
    return entry


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return SECRET_TEXT.sub(REDACTED, value) if len(value) > 5 else value
    if isinstance(value, dict):
        return {k: REDACTED if SECRET_FIELD.search(str(k)) else _clean(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


class _Labels:
    """Says which process wrote the line and for which request."""

    def __init__(self, role: str) -> None:
        self._role = role

    def __call__(self, _: Any, __: str, entry: Entry) -> Entry:
        entry["role"] = self._role
        if current := correlation_id.get():
            entry["correlationId"] = current
        return entry


class _Delivery:
    """The end of the chain: the line is written, nothing is left to do."""

    def __init__(self, logs: Logs) -> None:
        self._logs = logs

    def __call__(self, _: Any, __: str, entry: Entry) -> Any:
        self._logs.write(entry)
        raise structlog.DropEvent


class _Forward(logging.Handler):
    """Brings the lines of libraries into the same chain."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it again as one of our events."""
        structlog.get_logger().log(
            record.levelno,
            "library",
            logger=record.name,
            said=record.getMessage(),
            exc_info=record.exc_info,
        )
