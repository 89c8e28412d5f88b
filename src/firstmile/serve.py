"""Runs the web processes, and ends them so that nobody notices."""

import os
import signal
import threading
from types import FrameType

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from firstmile.main import DRAIN_SIGNAL
from firstmile.settings import Settings

# From the first byte a connection is given, or from the last answer, to the end of its next head.
SLOW_HEADERS_MS = 10_000
HEAD_BYTES = 32 * 1024  # what proxies take; Granian may read as much again before it looks


class DrainingServer(MPServer):
    """Granian, which closes its listener at once on SIGTERM; this one first says it will.

    On the first signal `/readyz` answers 503 for `drain_seconds`, so that load balancers look
    elsewhere; then the listener closes and what is under way is finished. The second signal
    ends everything at once.
    """

    drain_seconds: float = 0.0
    _is_draining = False

    def signal_handler_interrupt(self, *signals: int | FrameType | None) -> None:
        """Drain, then stop; or stop now. Ctrl-C waits for nothing: the workers have it too."""
        if self._is_draining:
            self._kill()
        self._is_draining = True
        wait = 0.0 if signal.SIGINT in signals else self.drain_seconds
        for worker in self.wrks:
            os.kill(worker.inner.pid, DRAIN_SIGNAL)
        timer = threading.Timer(wait, super().signal_handler_interrupt)
        timer.daemon = True
        timer.start()

    def _kill(self) -> None:
        for worker in self.wrks:
            worker.inner.kill()
        os._exit(1)


def serve(settings: Settings, app: str = "firstmile.main:app_from_environment") -> None:
    """Serve until told to stop; `app` names the function that makes the application."""
    server = DrainingServer(
        app,
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.web_workers,
        loop=Loops.uvloop,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=int(settings.shutdown_seconds),
        # Only HTTP/1.1: while Granian waits to see which of the two is spoken, no clock runs.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=SLOW_HEADERS_MS, max_buffer_size=HEAD_BYTES
        ),
        log_enabled=False,
        backlog=1024,
    )
    server.drain_seconds = settings.drain_seconds
    server.serve()
