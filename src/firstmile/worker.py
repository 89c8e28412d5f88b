"""Runs jobs and schedules until told to stop."""

import asyncio
import os
import signal
import sys

import structlog
from pgqueuer import PgQueuer

from firstmile.observe.logs import configure_logs
from firstmile.service import Service
from firstmile.settings import Settings

log = structlog.get_logger()


async def run_worker(settings: Settings) -> None:
    """Work; on SIGTERM or SIGINT finish the jobs under way, on a second one stop at once."""
    configure_logs(level=settings.log_level, folder=settings.log_dir, role="worker")
    service = Service(settings)
    await service.open()
    try:
        await service.jobs().run(
            service.url, started=lambda queuer: _stop_on_signal(queuer, settings)
        )
    finally:
        await service.close()
    log.info("worker_stopped")


def _stop_on_signal(queuer: PgQueuer, settings: Settings) -> None:
    loop = asyncio.get_running_loop()
    told = False

    def stop() -> None:
        nonlocal told
        if told:
            os._exit(1)
        told = True
        queuer.shutdown.set()
        # What is not done by then is left to its heartbeat: another worker takes it over.
        loop.call_later(settings.shutdown_seconds, sys.exit, 0)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    log.info("worker_started")
