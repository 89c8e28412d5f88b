"""Everything on one machine: database, web, worker, demo data, for `firstmile up`."""

import json
import os
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from firstmile.outside.children import Child, ChildFailed
from firstmile.outside.leftovers import Leftovers
from firstmile.outside.ownership import FolderTaken, owned
from firstmile.outside.ports import PortTaken, require_free
from firstmile.outside.postgres import EmbeddedPostgres
from firstmile.outside.postgres_place import PostgresUnavailable
from firstmile.outside.wishes import Wishes
from firstmile.prepared import is_prepared, note_prepared
from firstmile.terminal import Terminal

SECONDS_TO_BE_READY = 60.0
SECONDS_TO_END = 40.0  # a request may take 25, and the rest is margin
_PROGRAM = (sys.executable, "-m", "firstmile")


class NotReady(Exception):
    """Something did not come up; the message says what."""


def run_up(port: int, home: Path) -> int:
    """Run everything until told to stop; return the exit code.

    0 after a stop that was asked for, 1 when something failed or a second signal cut the stop
    short, 2 when it could not begin: the port or the folder is taken, no PostgreSQL here.
    """
    terminal = Terminal(sys.stdout)
    wishes = Wishes()
    try:
        with wishes.heard():
            Up(port, home.resolve(), terminal, wishes).run()
    except (FolderTaken, PortTaken, PostgresUnavailable) as refused:
        terminal.complain(str(refused))
        return 2
    except (ChildFailed, NotReady) as failed:
        terminal.complain(str(failed))
        return 1
    return 1 if wishes.is_urgent() else 0


class Up:
    """One run of everything."""

    def __init__(self, port: int, home: Path, terminal: Terminal, wishes: Wishes) -> None:
        self.port = port
        self.home = home
        self.terminal = terminal
        self.wishes = wishes
        self.database: EmbeddedPostgres | None = None
        self.is_greeted = False

    def run(self) -> None:
        """Start in order, keep all of it going, stop in the opposite order."""
        began = time.monotonic()
        self.home.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            stack.enter_context(owned(self.home))
            leftovers = Leftovers(self.home / "running.json")
            leftovers.end()
            require_free(self.port)
            environment = self._environment(stack)
            if not self._prepare_once(environment):
                return
            worker, web = (self._child(name, environment) for name in ("work", "serve"))
            for child in (worker, web):  # stopped the other way round: web drains first
                stack.callback(child.stop, seconds=SECONDS_TO_END, is_urgent=self.wishes.is_urgent)
                child.start()
            leftovers.note((worker, web))
            import firstmile.demo.people  # noqa: F401, PLC0415  slow, and there is time now

            if self._wait_until_ready((worker, web), leftovers):
                self._greet(time.monotonic() - began)
                self.is_greeted = True
                self._keep_going((worker, web), leftovers)
            self.terminal.say("\nStopping: web, worker, database.")

    def _environment(self, stack: ExitStack) -> dict[str, str]:
        environment = {
            "FIRSTMILE_ENV": "development",
            "BASE_URL": self._address,
            "LOG_DIR": str(self.home / "log"),
            "DRAIN_SECONDS": "0",  # no load balancer has to notice
            **os.environ,
            "FIRSTMILE_HOME": str(self.home),
            "PORT": str(self.port),
        }
        if not (os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE")):
            self.database = EmbeddedPostgres(self.home / "postgres")
            stack.callback(self._stop_database)
            self.database.start()
            environment["DATABASE_URL"] = self.database.url
            self._note_database(self.database.url)
        return environment

    def _note_database(self, url: str) -> None:
        """Leave the address for `DATABASE_URL_FILE` of commands at another terminal."""
        file = self.home / "database-url"
        file.touch(mode=0o600)
        file.write_text(url)

    def _stop_database(self) -> None:
        if self.database:
            self.database.stop(at_once=self.wishes.is_urgent())

    def _prepare_once(self, environment: dict[str, str]) -> bool:
        """Prepare the database unless it is; False when told to stop meanwhile."""
        steps = Path(environment.get("STEPS_DIR") or "steps")
        if self.database and is_prepared(self.database.url, steps):
            return True
        if not self._prepare(environment):
            return False
        if self.database:
            note_prepared(self.database.url, steps)
        return True

    def _prepare(self, environment: dict[str, str]) -> bool:
        prepare = self._child("prepare", environment)
        prepare.start()
        while (code := prepare.wait(0.02)) is None:
            if self.wishes.is_stop():
                prepare.stop(seconds=SECONDS_TO_END, is_urgent=self.wishes.is_urgent)
                return False
        if code:
            raise NotReady(f"The database could not be prepared.\n{prepare.last_lines()}")
        return True

    def _child(self, verb: str, environment: dict[str, str]) -> Child:
        return Child(verb, (*_PROGRAM, verb), environment, self._pass_on)

    def _pass_on(self, name: str, line: str) -> None:
        """Show what a person should see; all of it is in the log folder."""
        if not self.is_greeted:
            return  # if the start fails, its last lines are shown once
        try:
            is_quiet = json.loads(line).get("level") in ("debug", "info")
        except (ValueError, AttributeError):
            is_quiet = False
        if not is_quiet:
            self.terminal.quote(name, line)

    def _wait_until_ready(self, children: Iterable[Child], leftovers: Leftovers) -> bool:
        deadline = time.monotonic() + SECONDS_TO_BE_READY
        while not self.wishes.wait_for_stop(0.03):
            if self._is_ready():
                return True
            self._revive(children, leftovers)
            if time.monotonic() > deadline:
                raise NotReady(
                    f"{self._address}/readyz is not ready after {SECONDS_TO_BE_READY:.0f} s."
                )
        return False

    def _is_ready(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def _keep_going(self, children: Iterable[Child], leftovers: Leftovers) -> None:
        while not self.wishes.wait_for_stop(0.2):
            self._revive(children, leftovers)

    def _revive(self, children: Iterable[Child], leftovers: Leftovers) -> None:
        if self.database and not self.database.is_running():
            self.terminal.say("PostgreSQL ended by itself; starting it again.")
            self.database.start()
        for child in children:
            if child.keep_going():
                self.terminal.say(f"{child.name} ended by itself; started it again.")
                leftovers.note(children)

    def _greet(self, seconds: float) -> None:
        from firstmile.demo.people import PASSWORD, PEOPLE  # noqa: PLC0415  imported by now

        rows = [("Open", self._address)]
        rows += [("Sign in", f"{person.email:<22}{person.story}") for person in PEOPLE]
        rows += [("", f"password: {PASSWORD}"), ("Mail", f"{self._address}/dev/mail")]
        rows += [("Data", str(self.home))]
        if self.database and self.database.home != self.database.folder:
            rows += [("", f"{self.database.home}: only root can enter the folder above")]
        self.terminal.banner(
            f"Firstmile is running, after {seconds:.1f} s", [*rows, ("Stop", "Ctrl-C")]
        )

    @property
    def _address(self) -> str:
        return os.environ.get("BASE_URL") or f"http://localhost:{self.port}"
