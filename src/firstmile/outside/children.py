"""A child process that is kept going: started, listened to, restarted, stopped."""

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from firstmile.outside.processes import dies_with_us

QUICK = 10.0  # seconds; who dies sooner did not start well
PATIENCE = 5  # quick deaths in a row before we give up


class ChildFailed(Exception):
    """A child does not stay alive; the message ends with its last lines."""


class Child:
    """One command with the processes it starts, in a process group of its own.

    `hear` is told every line it writes. The group keeps Ctrl-C away from it, so that the children
    can be stopped one after the other, and lets us end what a killed child leaves behind.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        hear: Callable[[str, str], None],
    ) -> None:
        self.name = name
        self._command = command
        self._environment = environment
        self._hear = hear
        self._lines: deque[str] = deque(maxlen=20)
        self._process: subprocess.Popen[str] | None = None
        self._listener: threading.Thread | None = None
        self._started_at = 0.0
        self._quick_deaths = 0

    @property
    def pid(self) -> int | None:
        """The process id, which is also the number of the group; None before the first start."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the command; from a thread that lives as long as it shall."""
        self._process = subprocess.Popen(  # noqa: S603  the command is ours
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            process_group=0,
            preexec_fn=dies_with_us(signal.SIGTERM),  # noqa: PLW1509  two system calls, no lock
        )
        self._started_at = time.monotonic()
        self._listener = threading.Thread(target=self._listen, args=(self._process,), daemon=True)
        self._listener.start()

    def wait(self, seconds: float) -> int | None:
        """Return the exit code, or None when it still runs after `seconds`."""
        assert self._process is not None  # noqa: S101  started before
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None

    def keep_going(self) -> bool:
        """Start it again if it has died; True when it had to be.

        Waits a little longer after each quick death, and raises ChildFailed after five of them.
        """
        if self.wait(0) is None:
            return False
        self._end_group()
        is_quick = time.monotonic() - self._started_at < QUICK
        self._quick_deaths = self._quick_deaths + 1 if is_quick else 1
        if self._quick_deaths >= PATIENCE:
            raise ChildFailed(
                f"{self.name} ended {PATIENCE} times in a row. Its last lines:\n{self.last_lines()}"
            )
        time.sleep(0.1 * 2**self._quick_deaths)
        self.start()
        return True

    def stop(self, *, seconds: float, is_urgent: Callable[[], bool]) -> None:
        """Ask it to end; make it end after `seconds`, or as soon as `is_urgent` says so."""
        if self._process is None:
            return
        deadline = time.monotonic() + seconds
        if self._process.poll() is None:
            self._process.terminate()
        while self.wait(0.05) is None:
            if is_urgent() or time.monotonic() > deadline:
                break
        self._end_group()

    def last_lines(self) -> str:
        """Return the last lines it wrote."""
        if self._listener:
            self._listener.join(1.0)
        return "\n".join(self._lines)

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None  # noqa: S101  it is a pipe
        with process.stdout:
            for line in process.stdout:
                self._lines.append(line.rstrip("\n"))
                self._hear(self.name, line.rstrip("\n"))

    def _end_group(self) -> None:
        """Kill what is left of the group: web processes whose parent was killed hold the port."""
        assert self._process is not None  # noqa: S101  started before
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
