"""Logs as events with fields, one JSON object a line, with secrets and people taken out."""

import asyncio
import atexit
import logging
import re
import sys
from collections.abc import MutableMapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Protocol
from uuid import UUID

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
    r"|[\w.+-]+(?:@|%40)[\w-]+\.[\w.-]+"  # a mail address, also in a URL
    r"|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"  # user and password in a URL
    r"|(?i:(?<=password=)|(?<=secret=)|(?<=cookie: )|(?<=session=))[^\s;&]+"
    r"|(?i:bearer)\s+\S+"
    r"|(?<=token=)[\w.-]+"
    r"|(?<![\w-])[\w-]{43}(?![\w-])"  # 256 random bits, as `kernel.ids.new_token` writes them
)
# Written by us and free of people; a route is its template, never the path.
OURS = frozenset({"event", "at", "level", "role", "correlationId", "route"})
PLAIN = (int, float, bool, type(None), UUID, datetime)

Entry = MutableMapping[str, Any]


class Sink(Protocol):
    """Where lines go."""

    def write(self, lines: bytes) -> None:
        """Take whole lines, each with its newline."""


class Stdout:
    """Lines on standard output."""

    def write(self, lines: bytes) -> None:
        """Write and flush, so that a crash loses nothing."""
        sys.stdout.buffer.write(lines)
        sys.stdout.buffer.flush()


class Together:
    """Hands a sink the lines of one turn of the event loop in one piece, and others at once.

    Each write costs a system call and gives up the interpreter lock, a tenth of a request.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._lines: list[bytes] = []
        self._lock = Lock()
        self._turn: asyncio.AbstractEventLoop | None = None
        atexit.register(self.flush)

    def write(self, line: bytes) -> None:
        """Take one whole line with its newline."""
        with self._lock:
            self._lines.append(line)
        try:
            turn = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
            return
        if self._turn is not turn:
            self._turn = turn
            turn.call_soon(self.flush)

    def flush(self) -> None:
        """Hand over what there is."""
        self._turn = None
        with self._lock:
            lines, self._lines = self._lines, []
        if lines:
            self._sink.write(b"".join(lines))


class Logs:
    """Sends every line to standard output and `combined.log`, and some to files of their own."""

    def __init__(self, folder: Path | None) -> None:
        self._all = [Together(Stdout())]
        self._errors: list[Together] = []
        self._http: list[Together] = []
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._all.append(Together(LogFile(folder / "combined.log")))
            self._errors.append(Together(LogFile(folder / "error.log")))
            self._http.append(Together(LogFile(folder / "http.log")))

    def write(self, entry: Entry) -> None:
        """Write one event to every place that wants it."""
        line = msgspec.json.encode(entry, enc_hook=str) + b"\n"
        is_error = entry.get("level") in ("error", "critical")
        sinks = list(self._all)
        if is_error:
            sinks += self._errors
        if entry.get("event") == "request":
            sinks += self._http
        for sink in sinks:
            sink.write(line)
            if is_error:
                sink.flush()


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
    RequestLines.go_to(logs if threshold <= logging.INFO else None, role)
    logging.basicConfig(handlers=[_Forward()], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)


class RequestLines:
    """Writes the one line of each request, past the chain: there is nothing in it to take out.

    It is written so often that the chain would cost a twentieth of a request.
    """

    _straight: tuple[Logs, str] | None = None

    @classmethod
    def go_to(cls, logs: Logs | None, role: str) -> None:
        """Write to `logs` from now on, or through the chain when there are none."""
        cls._straight = None if logs is None else (logs, role)

    @classmethod
    def write(cls, method: str, route: str, status: int, ms: float) -> None:
        """The canonical line; `route` is the template, never the path that was asked for."""
        said = {"method": method, "route": route, "status": status, "ms": ms}
        if cls._straight is None or status >= 500 or status == 0:
            log = structlog.get_logger()
            (log.error if status >= 500 or status == 0 else log.info)("request", **said)
            return
        logs, role = cls._straight
        ours = {"event": "request", "level": "info", "at": datetime.now(UTC), "role": role}
        logs.write({**said, **ours, "correlationId": correlation_id.get()})


def redact(_: Any, __: str, entry: Entry) -> Entry:
    """Take credentials and personal data out of an event, by field name and by form."""
    for field, value in entry.items():
        if field not in OURS:
            entry[field] = REDACTED if _is_secret(field) else _clean(value)
    return entry


@lru_cache(maxsize=1000)
def _is_secret(field: str) -> bool:
    return SECRET_FIELD.search(field) is not None


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return SECRET_TEXT.sub(REDACTED, value) if len(value) > 5 else value
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, dict):
        return {k: REDACTED if SECRET_FIELD.search(str(k)) else _clean(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return _clean_items(value)
    if isinstance(value, bytes):
        return _clean(value.decode(errors="replace"))
    return _clean(msgspec.to_builtins(value, enc_hook=str))


def _clean_items(items: Sequence[Any]) -> list[Any]:
    cleaned = [_clean(item) for item in items]
    # A header as ASGI has it: a name, and what must not be shown.
    if len(cleaned) == 2 and isinstance(cleaned[0], str) and SECRET_FIELD.search(cleaned[0]):
        return [cleaned[0], REDACTED]
    return cleaned


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
