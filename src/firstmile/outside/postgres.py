"""The embedded PostgreSQL: a server of our own that starts and ends with us."""

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self
from urllib.parse import quote

import psutil

from firstmile.outside.ownership import owned
from firstmile.outside.postgres_place import (
    SHELTER,
    PostgresUnavailable,
    binaries_for,
    home_of,
    server_user,
    socket_folder,
)
from firstmile.outside.postgres_programs import NAME, Programs
from firstmile.outside.processes import is_alive

_SMALL_BOX = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "synchronous_commit": "on",
    "fsync": "on",
    "jit": "off",  # compiling costs more than our short statements take
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",  # a week of days, each overwritten after seven
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
}
_FOR_TESTS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_NOTHING: Mapping[str, str] = MappingProxyType({})


class EmbeddedPostgres:
    """A PostgreSQL server whose data lives in `folder`; a context manager.

    `parameters` are server settings over the defaults for a small machine. `shelter` is where root
    keeps what the server's user cannot reach in place; `home` tells where the data really is.
    """

    def __init__(
        self, folder: Path, *, parameters: Mapping[str, str] = _NOTHING, shelter: Path = SHELTER
    ) -> None:
        self.folder = folder.resolve()
        self.home = self.folder
        self._parameters = {**_SMALL_BOX, **parameters}
        self._shelter = shelter
        self._claims = ExitStack()
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, *, patience: float = 120.0) -> None:
        """Start the server, again if it has died, and return when it takes connections.

        Raises FolderTaken when another process owns the folder, PostgresUnavailable when the
        server does not come up within `patience` seconds; recovery after a crash needs some.
        """
        if self.is_running():
            return
        try:
            if self._server is None:
                self._claim()
            self._bring_up(time.monotonic() + patience)
        except OSError as error:
            self.stop(at_once=True)
            raise PostgresUnavailable(f"PostgreSQL could not be started: {error}.") from error
        except BaseException:
            self.stop(at_once=True)
            raise

    def stop(self, *, at_once: bool = False) -> None:
        """Stop the server, with a clean shutdown unless `at_once`, and give up the folder."""
        ways = {signal.SIGINT: 30, signal.SIGQUIT: 5, signal.SIGKILL: 5}  # seconds for each
        try:
            for way, seconds in list(ways.items())[at_once:]:
                if self._server and self._server.poll() is None:
                    self._server.send_signal(way)
                    with suppress(subprocess.TimeoutExpired):
                        self._server.wait(seconds)
        finally:
            self._server = None
            self._claims.close()

    def is_running(self) -> bool:
        """Say whether the server process of this object is alive."""
        return self._server is not None and self._server.poll() is None

    @property
    def pid(self) -> int | None:
        """The process id of the server, while it runs."""
        return self._server.pid if self._server and self.is_running() else None

    @property
    def url(self) -> str:
        """The address for libpq and asyncpg, with the password in it; known once started."""
        password = (self._cluster / "password").read_text().strip()
        return f"postgresql://{NAME}:{quote(password)}@/{NAME}?host={quote(str(self._socket))}&port=5432"

    def _claim(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._claims.enter_context(owned(self.folder))
        self.home = home_of(self.folder, self._shelter)
        if self.home != self.folder:
            self._claims.enter_context(owned(self.home))
        self._cluster = self.home / "cluster"
        user = server_user(self._cluster)
        self._programs = Programs(binaries_for(user, self._shelter), user)

    def _bring_up(self, deadline: float) -> None:
        if not self._cluster.exists():
            self._programs.make_cluster(self._cluster, is_synced=self._parameters["fsync"] == "on")
        self._refuse_another_version()
        self._socket = socket_folder(self._cluster, self._programs.user)
        self._claims.callback(_remove_if_empty, self._socket)
        self._end_former(deadline)
        while not self._serve(deadline):
            time.sleep(0.1)

    def _refuse_another_version(self) -> None:
        made_by = (self._cluster / "data" / "PG_VERSION").read_text().strip()
        ours = self._programs.major_version()
        if made_by != str(ours):
            raise PostgresUnavailable(
                f"The database in {self._cluster} was made by PostgreSQL {made_by}, and "
                f"{self._programs.folder} holds {ours}. Dump it with the old, load it with the new."
            )

    def _end_former(self, deadline: float) -> None:
        """End a server that outlived its owner; the folder is ours, so no other may run on it."""
        former = self._former()
        if former:
            with suppress(psutil.NoSuchProcess):
                former.send_signal(signal.SIGINT)
        while former and is_alive(former):
            if time.monotonic() > deadline:
                raise PostgresUnavailable(
                    f"An earlier PostgreSQL (process {former.pid}) does not end. "
                    f"Its log is in {self._cluster / 'log'}."
                )
            time.sleep(0.01)
        # What is left names a process that is gone, or by now a stranger, or a zombie that the
        # first process of a container never buries: all of them would keep PostgreSQL waiting.
        (self._cluster / "data" / "postmaster.pid").unlink(missing_ok=True)
        for left in self._socket.glob(".s.PGSQL.*"):
            left.unlink()

    def _former(self) -> psutil.Process | None:
        try:
            process = psutil.Process(int(self._pid_file()[0]))
            return process if str(self._cluster / "data") in process.cmdline() else None
        except (IndexError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
            return None

    def _serve(self, deadline: float) -> bool:
        """Return True when ready, False while children of a killed server hold its memory."""
        with (self.home / "start.log").open("wb") as output:
            self._server = self._programs.start_server(self._arguments(), output.fileno())
        while self._server.poll() is None:
            status = self._pid_file()
            if status[:1] == [str(self._server.pid)] and status[7:8] == ["ready"]:
                return True
            if time.monotonic() > deadline:
                raise PostgresUnavailable(f"PostgreSQL is not ready in time. {self._last_words()}")
            time.sleep(0.01)
        if "shared memory block" in self._last_words() and time.monotonic() < deadline:
            return False
        raise PostgresUnavailable(f"PostgreSQL ended while starting. {self._last_words()}")

    def _arguments(self) -> Sequence[str]:
        settings = {
            **self._parameters,
            "unix_socket_directories": '"' + str(self._socket).replace('"', '""') + '"',
            "log_directory": str(self._cluster / "log"),
        }
        options = [part for item in settings.items() for part in ("-c", "=".join(item))]
        return ["-D", str(self._cluster / "data"), *options]

    def _pid_file(self) -> Sequence[str]:
        try:
            text = (self._cluster / "data" / "postmaster.pid").read_text()
        except FileNotFoundError:
            return []
        return [line.strip() for line in text.splitlines()]

    def _last_words(self) -> str:
        logs = sorted((self._cluster / "log").glob("*.log"), key=lambda log: log.stat().st_mtime)
        sources = (self.home / "start.log", *logs[-1:])
        lines = [
            line for log in sources for line in log.read_text("utf-8", "replace").splitlines()[-4:]
        ]
        return "It said: " + " / ".join(lines)


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


@contextmanager
def temporary_cluster(
    folder: Path, *, parameters: Mapping[str, str] = _NOTHING
) -> Iterator[EmbeddedPostgres]:
    """Run a server for tests: quick because it syncs nothing, and gone with its data afterwards.

    Data that may not live in `folder` goes to a temporary folder, never to the system's places.
    """
    shelter = Path(tempfile.mkdtemp(prefix="firstmile-"))
    shelter.chmod(0o755)
    server = EmbeddedPostgres(folder, parameters={**_FOR_TESTS, **parameters}, shelter=shelter)
    try:
        with server:
            yield server
    finally:
        shutil.rmtree(folder / "cluster", ignore_errors=True)
        (folder / "elsewhere").unlink(missing_ok=True)
        shutil.rmtree(shelter, ignore_errors=True)
