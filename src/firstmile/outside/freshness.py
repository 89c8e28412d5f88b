"""Keeps what is held in memory as new as the database: by hints at once, and now and then whole."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from time import monotonic

import structlog

from firstmile.kernel.database import Database
from firstmile.outside.hints import Hints

log = structlog.get_logger()

Load = Callable[[Database], Awaitable[None]]

REFRESH_SECONDS = 30.0
RETRY_SECONDS = 1.0  # a snapshot that could not be loaded is of before what a hint told


class Freshness:
    """Loads each topic at the start, when a hint is about it, and every half minute."""

    def __init__(self, hints: Hints, database: Database) -> None:
        self._hints = hints
        self._database = database
        self._loads: Mapping[str, Load] = {}
        self._stale: set[str] = set()
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def load(self, loads: Mapping[str, Load]) -> None:
        """Load everything once, by its topic, and hear of each from now on."""
        self._loads = loads
        for topic, load in loads.items():
            await load(self._database)
            self._hints.on(topic, partial(self._wake, topic))

    async def start(self) -> None:
        """Go on until stopped."""
        self._task = asyncio.create_task(self._keep_fresh())

    async def stop(self) -> None:
        """Load nothing more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def _wake(self, topic: str, _: str) -> None:
        self._stale.add(topic)
        self._woken.set()

    async def _keep_fresh(self) -> None:
        whole_at = monotonic() + REFRESH_SECONDS
        while True:
            with contextlib.suppress(TimeoutError):
                # Not `wait_for`: before Python 3.12 it may swallow the cancellation that ends us.
                async with asyncio.timeout(RETRY_SECONDS if self._stale else REFRESH_SECONDS):
                    await self._woken.wait()
            self._woken.clear()
            topics, self._stale = self._stale, set()
            if not topics or monotonic() >= whole_at:
                topics, whole_at = set(self._loads), monotonic() + REFRESH_SECONDS
            for topic in topics:
                try:
                    await self._loads[topic](self._database)
                except Exception:  # the last known snapshot serves on
                    log.warning("snapshot_not_refreshed", topic=topic, exc_info=True)
                    self._stale.add(topic)
