"""What `firstmile up` promises, asked of the real command."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from firstmile.outside.processes import is_alive

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A data folder that all claims share: the first start of a folder is the slow one."""
    with tempfile.TemporaryDirectory(prefix="firstmile-up-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


class Run:
    """A running `firstmile up`."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.address = f"http://localhost:{port}"
        self.said: list[str] = []

    def read_until(self, word: str) -> str:
        """Read on until a line with `word` in it; the line."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if word in line:
                return line
        pytest.fail(f"{word!r} was not said, but: {''.join(self.said)}")

    def child(self, verb: str) -> psutil.Process:
        """The child that runs `firstmile <verb>`."""
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if child.cmdline()[-1] == verb)

    def family(self) -> list[psutil.Process]:
        """All processes below this one."""
        return psutil.Process(self.process.pid).children(recursive=True)


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def up(home: Path, port: int | None = None, **settings: str) -> Iterator[Run]:
    chosen = port or a_free_port()
    dropped = ("DATABASE_URL", "REDIS_URL", "BASE_URL", "FIRSTMILE_HOME", "FIRSTMILE_ENV")
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    command = [sys.executable, "-m", "firstmile", "up", "--port", str(chosen), "--home", str(home)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**environment, "LOG_LEVEL": "info", **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        run = Run(process, chosen)
        try:
            yield run
        finally:
            family = []
            with suppress(psutil.NoSuchProcess):
                family = run.family()
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()
            for left in family:
                with suppress(psutil.NoSuchProcess):
                    left.kill()


def eventually(is_true: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_true():
            return True
        time.sleep(0.05)
    return False


def is_ready(run: Run) -> bool:
    try:
        return httpx.get(f"{run.address}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_it_says_where_to_go_and_how_to_sign_in_once_it_is_ready(home: Path) -> None:
    with up(home) as run:
        run.read_until("Ctrl-C")

        said = "".join(run.said)
        assert f"Open     {run.address}\n" in said
        assert f"{run.address}/dev/mail" in said
        for name in ("alice", "bob", "charlie", "dana"):
            assert f"{name}@example.org" in said
        assert "password: " in said
        assert "\x1b" not in said  # colours are for terminals
        assert is_ready(run)


def test_the_printed_sign_in_works(home: Path) -> None:
    with up(home) as run:
        password = run.read_until("password: ").split("password: ")[1].strip()

        answer = httpx.post(
            f"{run.address}/api/v1/auth/login",
            json={"email": "alice@example.org", "password": password},
        )

        assert answer.status_code == 200


def test_ctrl_c_stops_everything_in_order(home: Path) -> None:
    with up(home) as run:
        run.read_until("Ctrl-C")
        web, worker, family = run.child("serve"), run.child("work"), run.family()
        ended: list[str] = []

        os.killpg(run.process.pid, signal.SIGINT)
        while len(ended) < 2:
            for name, process in (("web", web), ("worker", worker)):
                if name not in ended and not is_alive(process):
                    ended.append(name)

        assert run.process.wait(20) == 0
        assert ended == ["web", "worker"]
        assert not any(map(is_alive, family))


def test_a_second_signal_stops_it_at_once(home: Path) -> None:
    with up(home, DRAIN_SECONDS="20") as run:
        run.read_until("Ctrl-C")
        family = run.family()
        run.process.send_signal(signal.SIGINT)
        time.sleep(0.7)  # sooner it would count as an echo of the first
        assert run.process.poll() is None

        run.process.send_signal(signal.SIGINT)

        assert run.process.wait(5) == 1
        assert eventually(lambda: not any(map(is_alive, family)), 5)


@pytest.mark.parametrize("verb", ["serve", "work"])
def test_a_child_that_dies_is_started_again(home: Path, verb: str) -> None:
    with up(home) as run:
        run.read_until("Ctrl-C")
        first = run.child(verb)

        first.kill()

        run.read_until("started it again")
        assert run.child(verb).pid != first.pid
        assert eventually(lambda: is_ready(run))


def test_the_database_is_started_again_when_it_dies(home: Path) -> None:
    with up(home) as run:
        run.read_until("Ctrl-C")
        postgres = next(child for child in run.family() if "postgres" in child.name())

        postgres.kill()

        run.read_until("PostgreSQL ended by itself")
        assert eventually(lambda: is_ready(run))


def test_nothing_outlives_a_killed_owner_and_it_starts_again_on_the_same_port(home: Path) -> None:
    port = a_free_port()
    with up(home, port) as run:
        run.read_until("Ctrl-C")
        family = run.family()
        os.killpg(run.process.pid, signal.SIGKILL)
        run.process.wait()

        with up(home, port) as again:
            again.read_until("Ctrl-C")

        assert eventually(lambda: not any(map(is_alive, family)))


def test_a_second_one_on_the_same_folder_is_told_who_has_it(home: Path) -> None:
    with up(home) as run:
        run.read_until("Ctrl-C")

        with up(home) as second:
            said = second.read_until("in use by process")

            assert second.process.wait(20) == 2
        assert str(home) in said
        assert str(run.process.pid) in said
        assert is_ready(run)


def test_a_taken_port_is_told_with_its_owner_and_a_way_out(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with up(home, port) as run:
            said = run.read_until("is taken")

            assert run.process.wait(20) == 2
            assert f"Port {port}" in said
            assert f"(process {os.getpid()})" in said
            assert f"make run PORT={port + 1}" in said


def test_a_start_that_cannot_succeed_ends_with_the_reason(home: Path) -> None:
    with up(home, WEB_WORKERS="none") as run:
        run.read_until("WEB_WORKERS")

        assert run.process.wait(30) == 1
        assert "Ctrl-C" not in "".join(run.said)


def test_steps_that_changed_are_applied_at_the_next_start(home: Path, tmp_path: Path) -> None:
    steps = (ROOT / "steps" / "first-mile.yaml").read_text()
    (tmp_path / "steps.yaml").write_text(steps)
    with up(home, STEPS_DIR=str(tmp_path)) as run:
        run.read_until("Ctrl-C")
    (tmp_path / "steps.yaml").write_text("not: [steps")

    with up(home, STEPS_DIR=str(tmp_path)) as run:
        run.read_until("could not be prepared")

        assert run.process.wait(20) == 1
