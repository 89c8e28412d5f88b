"""Runs jobs and schedules until told to stop."""

import asyncio
import os
import signal

import structlog
from pgqueuer import PgQueuer

from firstmile.kernel.database import DATABASE_DOWN
from firstmile.observe.logs import configure_logs
from firstmile.service import Service
from firstmile.settings import Settings

log = structlog.get_logger()

RECONNECT_SECONDS = 1.0
FLUSH_SECONDS = 0.1


async def run_worker(settings: Settings) -> None:
    """Work; on SIGTERM or SIGINT finish the jobs under way, on a second one stop at once."""
    configure_logs(level=settings.log_level, folder=settings.log_dir, role="worker")
    service = Service(settings)
    await service.open("worker")
    stop = Stop(settings.shutdown_seconds)
    try:
        while not stop.is_asked:
            try:
                await service.jobs().run(service.url, started=stop.reaches)
            except DATABASE_DOWN:
                log.warning("worker_lost_the_database", exc_info=True)
                await asyncio.sleep(RECONNECT_SECONDS)
    finally:
        await service.close()
    log.info("worker_stopped")


class Stop:
    """The wish to end, asked for by signal."""

    def __init__(self, seconds: float) -> None:
        self.is_asked = False
        self._seconds = seconds
        self._queuer: PgQueuer | None = None
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._ask)

    def reaches(self, queuer: PgQueuer) -> None:
        """The queuer that works now is the one to be told."""
        self._queuer = queuer
        if self.is_asked:
            queuer.shutdown.set()
        log.info("worker_started")

    def _ask(self) -> None:
        if self.is_asked:
            os._exit(1)
        self.is_asked = True
        if self._queuer is not None:
            self._queuer.shutdown.set()
        self._loop.call_later(self._seconds, self._give_up)

    def _give_up(self) -> None:
        # What is not done by now is left to its heartbeat: another worker takes it over.
        log.warning("worker_left_jobs_behind")
        self._loop.call_later(FLUSH_SECONDS, os._exit, 0)
