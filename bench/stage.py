"""The stage of a run: a PostgreSQL, people who are signed in, and the two servers."""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

from pydantic import SecretStr

from bench.people import PASSWORD, invite
from bench.sdk import make_flags
from firstmile.outside.migrations import migrate
from firstmile.outside.postgres import EmbeddedPostgres, temporary_cluster
from firstmile.protect.limits import KINDS
from firstmile.settings import Settings

ROOT = Path(__file__).parent.parent
# What production has and the servers of tests have not.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
CLIENTS = 10  # as many as a web process has connections
START_SECONDS = 30.0


@dataclass(frozen=True)
class Plan:
    """How much is measured. A round is short so that a run meets many moods of the machine."""

    rounds: int
    seconds: float
    sign_ins: int
    people_of_each: int

    @property
    def people(self) -> int:
        """How many are signed in: a share of their own for each client of pgbench."""
        return CLIENTS * self.people_of_each


@dataclass(frozen=True)
class Server:
    """A web server that runs."""

    url: str
    pid: int


class Stage:
    """Set up on entering, and gone without a trace on leaving."""

    cluster: EmbeddedPostgres
    firstmile: Server
    empty: Server
    tokens: Path
    sdk_key: Path

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder = folder
        self.plan = plan
        self._open = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._set_up()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def sign_in_body(self, number: int) -> dict[str, str]:
        """What the person of this number types."""
        return {"email": f"person{number}@example.org", "password": PASSWORD}

    def _set_up(self) -> None:
        database = self.folder / "database"
        self.cluster = self._open.enter_context(temporary_cluster(database, parameters=DURABLE))
        self.settings = settings_for(self.cluster.url, self.folder)
        migrate(self.cluster.url)
        self.tokens = self.folder / "tokens"
        tokens = asyncio.run(invite(self.settings, self.plan.people))
        self.tokens.write_text("\n".join(tokens))
        self.sdk_key = self.folder / "sdk-key"
        self.sdk_key.write_text(asyncio.run(make_flags(self.settings)))
        self.firstmile = self._start("firstmile", ["firstmile", "serve"], "/readyz")
        self.empty = self._start("empty", ["bench.empty"], "/")

    def _start(self, name: str, command: Sequence[str], ready: str) -> Server:
        port = free_port()
        environment = environment_of(self.settings, port)
        log = self.folder / f"{name}.log"
        pid = self._open.enter_context(running(command, environment, log))
        server = Server(f"http://127.0.0.1:{port}", pid)
        wait_for(server.url + ready, log)
        return server


# A few clients ask for what thousands would; `bench.limits` measures the limits themselves.
NO_LIMITS = {f"LIMIT_{name.upper()}": "1000000 per minute" for name in KINDS}


def settings_for(url: str, folder: Path) -> Settings:
    """The settings of production, as far as a machine without certificate and mail server can."""
    return Settings(
        firstmile_env="production",
        firstmile_home=folder,
        secret_key=SecretStr(secrets.token_urlsafe(48)),
        database_url=SecretStr(url),
        base_url="https://bench.example",
        smtp_host="127.0.0.1",
        steps_dir=ROOT / "steps",
        database_connections=CLIENTS,
        drain_seconds=0,
    )


def environment_of(settings: Settings, port: int) -> dict[str, str]:
    """These settings as a process is given them."""
    given = settings.model_dump(
        include={
            *("firstmile_env", "firstmile_home", "base_url", "smtp_host", "steps_dir"),
            *("database_connections", "drain_seconds"),
        }
    )
    named = {name.upper(): str(value) for name, value in given.items()}
    assert settings.secret_key is not None
    assert settings.database_url is not None
    return {
        "PATH": os.environ["PATH"],
        **named,
        **NO_LIMITS,
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "PORT": str(port),
    }


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[int]:
    """A module of Python as a process, for the time of the block; its id."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=dict(environment),
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def wait_for(url: str, log: Path) -> None:
    """Return when something answers at this address."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"no answer from {url}:\n{log.read_text()[-2000:]}")
