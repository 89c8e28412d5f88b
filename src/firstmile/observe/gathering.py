"""What is counted in memory and written now and then, so that counting costs no request a query."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from firstmile.kernel.work import Work, Works

log = structlog.get_logger()

EVERY = 10.0  # seconds: what a crash may lose of counts that nobody bills
DEADLINE = 5.0  # seconds for one of them to write what it has

Write = Callable[[Work], Awaitable[None]]


class Gathering:
    """Has each part write what it gathered, every ten seconds and once more at the end.

    A part takes what it has out of its memory before it first waits; when its transaction fails
    that is lost and logged, never written twice.
    """

    def __init__(self, works: Works, *, every: float = EVERY) -> None:
        self._works = works
        self._every = every
        self._writes: dict[str, Write] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, name: str, write: Write) -> None:
        """Call `write(work)` each time, in a transaction of its own; `name` is for the log."""
        self._writes[name] = write

    async def start(self) -> None:
        """Go on until stopped."""
        self._task = asyncio.create_task(self._keep_writing())

    async def stop(self) -> None:
        """Write once more what there is, and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
            await self.write()

    async def write(self) -> None:
        """Write all of it now; the failure of one part is not that of the next."""
        for name, write in self._writes.items():
            try:
                async with asyncio.timeout(DEADLINE), self._works.begin() as work:
                    await write(work)
            except Exception:
                log.warning("gathered_not_written", what=name, exc_info=True)

    async def _keep_writing(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            await self.write()
