"""Firstmile as it runs in production: web and worker in processes of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from firstmile.settings import Settings

START_SECONDS = 30.0


@dataclass
class Running:
    """A running service: where it is, and its processes."""

    base_url: str
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    log: Path = Path()

    def start(self, verb: str) -> subprocess.Popen[bytes]:
        """Start a verb of the command, `serve` or `work`, as a process."""
        with self.log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "firstmile", verb],
                env=self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes[verb] = process
        return process

    def kill(self, verb: str) -> None:
        """`kill -9` a process with its children."""
        process = self.processes.pop(verb)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def stop(self) -> None:
        """Ask all to end, as an operator would."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(20)
        self.processes.clear()

    def wait_ready(self) -> None:
        """Return when `/readyz` answers 200."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.base_url}/readyz", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"not ready in {START_SECONDS} s:\n{self.log.read_text()}")

    def mails(self) -> list[dict[str, Any]]:
        """What the development mailbox holds, newest first."""
        found: list[dict[str, Any]] = httpx.get(f"{self.base_url}/dev/mail.json").json()
        return found


@contextmanager
def running_service(
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    verbs: Sequence[str] = ("serve", "work"),
    **given: str,
) -> Iterator[Running]:
    """Web and worker running on a free port, stopped at the end; only `serve` where no job is."""
    port = free_port()
    environment = environment_of(settings, {"PORT": str(port), **given})
    base_url = f"http://{host}:{port}"
    environment.setdefault("BASE_URL", base_url)
    service = Running(base_url, environment, log=settings.firstmile_home / "running.log")
    try:
        for verb in verbs:
            service.start(verb)
        service.wait_ready()
        yield service
    finally:
        service.stop()


def environment_of(settings: Settings, given: Mapping[str, str]) -> dict[str, str]:
    """The environment that makes these settings, and nothing of ours besides."""
    assert settings.database_url is not None
    assert settings.secret_key is not None
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),  # the source beside these tests
        "FIRSTMILE_ENV": settings.firstmile_env,
        "FIRSTMILE_HOME": str(settings.firstmile_home),
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "STEPS_DIR": str(settings.steps_dir),
        "BCRYPT_COST": str(settings.bcrypt_cost),
        "DRAIN_SECONDS": str(settings.drain_seconds),
        "SWITCH_CANARY_SECONDS": str(settings.switch_canary_seconds),
        "WITH_TEST_DOMAINS": "true",
        # The code of the tests, where another copy of it is installed.
        **{name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ},
        **{f"LIMIT_{name.upper()}": told for name, told in settings.limit_sentences.items()},
        **given,
    }


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
