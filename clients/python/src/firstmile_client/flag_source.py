"""Keeps the flags of an environment current in the background: streamed, polled, and on disk."""

import logging
import os
import random
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx
import msgspec

from firstmile_client.targeting.snapshots import Contents, Snapshot

log = logging.getLogger("firstmile_client")

CONFIGURATION = "/api/v1/flags/configuration"
STREAM = "/ofrep/v1/stream"
SILENCE = 40.0  # seconds; a stream says something every 15
REFUSED = frozenset({401, 403})
_UNANSWERED = (httpx.HTTPError, httpx.StreamError, msgspec.MsgspecError)


@dataclass(frozen=True)
class FlagSettings:
    """Settings of local evaluation. Times are in seconds; `transport` is for tests."""

    deadline: float = 5.0  # for the first configuration, which the start of the application awaits
    poll: float = 30.0  # between two questions while there is no stream
    stale_after: float = 120.0  # without word from Firstmile: each flag holds to its `onUnknown`
    stream: bool = True  # hear of changes at once
    keep_in: Path | None = None  # a file for the last known, to start with when nobody answers
    bootstrap: Path | None = None  # a configuration you ship, for the very first start
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)  # for `FLAG_<KEY>`
    transport: httpx.BaseTransport | None = None


class Audience(Protocol):
    """Who is told what happens to the configuration."""

    def changed(self, flags: list[str]) -> None:
        """Another configuration holds; these flags differ."""

    def answered(self) -> None:
        """Firstmile said something, changed or not."""

    def unanswered(self, why: str) -> None:
        """Firstmile said nothing for so long that the flags are stale."""

    def refused(self, why: str) -> None:
        """The key opens nothing: nothing more is asked."""


class FlagSource:
    """One environment's flags; `snapshot` is replaced as a whole and may be read by any thread."""

    def __init__(self, base_url: str, key: str, settings: FlagSettings, audience: Audience) -> None:
        self.snapshot: Snapshot | None = None
        self.is_refused = False
        self._settings = settings
        self._audience = audience
        self._tag: str | None = None
        self._answered_at = float("-inf")
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._line: socket.socket | None = None
        self._client = httpx.Client(
            base_url=base_url,
            headers={"authorization": f"Bearer {key}"},
            timeout=settings.deadline,
            transport=settings.transport,
        )

    @property
    def is_stale(self) -> bool:
        """Whether nobody can say any more that these are the flags in force."""
        return time.monotonic() - self._answered_at > self._settings.stale_after

    def start(self) -> None:
        """Ask once, fall back on what is kept, and go on in a thread until stopped."""
        self._ask()
        for path in (self._settings.keep_in, self._settings.bootstrap):
            if self.snapshot is None and path is not None:
                self.snapshot = read(path)
        if not self.is_refused:
            self._thread = threading.Thread(target=self._go_on, name="firstmile-flags", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread and close the connections."""
        self._stopping.set()
        line = self._line
        if line is not None:  # it waits for the next word of a stream
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(self._settings.deadline)
        self._client.close()

    def _go_on(self) -> None:
        while not self._stopping.is_set():
            was_open = self._settings.stream and self._follow()
            # A server that restarts is back soon, and is not asked by everybody at once.
            pause = random.uniform(0.5, 3) if was_open else self._settings.poll  # noqa: S311
            self._stopping.wait(pause)
            if self._stopping.is_set() or not self._ask():
                return

    def _follow(self) -> bool:
        """Ask again at each event of a stream, until it ends; whether there was one."""
        try:
            with self._client.stream("GET", STREAM, timeout=SILENCE) as answer:
                if answer.status_code != 200:
                    return False
                self._line = answer.extensions["network_stream"].get_extra_info("socket")
                self._read(answer)
                return True
        except _UNANSWERED:
            return self._line is not None
        finally:
            self._line = None

    def _read(self, answer: httpx.Response) -> None:
        for line in answer.iter_lines():
            if self._stopping.is_set():
                return
            self._heard()
            if line.startswith("data: "):
                told = msgspec.json.decode(line[6:])
                if not self._ask(str(told.get("etag", ""))):
                    return

    def _ask(self, at_least: str = "") -> bool:
        """Fetch what changed; False once the key was refused. `at_least` is an event's tag."""
        headers = {} if self._tag is None else {"if-none-match": self._tag}
        params = {"flagConfigEtag": at_least} if at_least else {}
        try:
            answer = self._client.get(CONFIGURATION, headers=headers, params=params)
            if answer.status_code in REFUSED:
                self.is_refused = True
                self._audience.refused(f"Firstmile answered {answer.status_code}.")
                return False
            if answer.status_code == 200:
                self._take(answer)
            elif answer.status_code != 304:
                answer.raise_for_status()
        except _UNANSWERED as error:
            log.warning("firstmile_flags_unavailable", extra={"answer": type(error).__name__})
            if self.is_stale:
                self._audience.unanswered(f"Firstmile does not answer: {type(error).__name__}.")
        else:
            self._heard()
        return True

    def _heard(self) -> None:
        self._answered_at = time.monotonic()
        self._audience.answered()

    def _take(self, answer: httpx.Response) -> None:
        contents = msgspec.json.decode(answer.content, type=Contents)
        before, self.snapshot = self.snapshot, Snapshot(contents)
        self._tag = answer.headers.get("etag")
        if self._settings.keep_in is not None:
            keep(self._settings.keep_in, answer.content)
        if before is not None and (changed := changes(before.contents, contents)):
            self._audience.changed(changed)


def changes(before: Contents, after: Contents) -> list[str]:
    """The flags that may come to something else; all of them when a segment changed."""
    old, new = ({flag.key: flag for flag in one.flags} for one in (before, after))
    if before.segments != after.segments:
        return sorted(old.keys() | new.keys())
    return sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))


def read(path: Path) -> Snapshot | None:
    """A configuration from a file; None when there is none, or none that can be read."""
    try:
        return Snapshot(msgspec.json.decode(path.read_bytes(), type=Contents))
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError):
        log.warning("firstmile_flags_file_unreadable", extra={"file": path.name})
        return None


def keep(path: Path, content: bytes) -> None:
    """Write the last known; a full disk is no reason not to serve."""
    try:
        written = path.with_name(f"{path.name}.{os.getpid()}")
        written.write_bytes(content)
        written.replace(path)
    except OSError:
        log.warning("firstmile_flags_not_kept", exc_info=True)
