"""A worker for the time of a block, and waiting for what it does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pgqueuer import PgQueuer

from firstmile.kernel.database import Connection as Outside
from firstmile.kernel.jobs import Jobs


@asynccontextmanager
async def working(jobs: Jobs, url: str) -> AsyncIterator[None]:
    """A worker for the time of the block."""
    started: asyncio.Future[PgQueuer] = asyncio.get_running_loop().create_future()
    worker = asyncio.create_task(jobs.run(url, started=started.set_result))
    queuer = await started
    try:
        yield
    finally:
        queuer.shutdown.set()
        await asyncio.wait_for(worker, 10)


async def eventually(outside: Outside, query: str) -> Any:
    """The first value of the query that is true."""
    for _ in range(100):
        if value := await outside.fetchval(query):
            return value
        await asyncio.sleep(0.05)
    raise AssertionError(f"never true: {query}")
