"""The connections to PostgreSQL, leased one request at a time."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

from firstmile.kernel.refusals import Unavailable

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

CONNECT_SECONDS = 5.0
LEASE_SECONDS = 2.0
SESSION = {
    "application_name": "firstmile",
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
    "timezone": "UTC",
    "jit": "off",
}


class Database:
    """A last-in, first-out lease of connections.

    asyncpg's own pool resets a connection on every return, one round trip that costs more than
    the query it served. Here nothing is left behind that needs a reset: a transaction is always
    ended by `Work`, and a connection in any other state is closed instead of returned.
    """

    def __init__(self, url: str, *, size: int = 10) -> None:
        self._url = url
        self._size = size
        self._idle: list[Connection] = []
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._open = 0

    async def open(self) -> None:
        """Make the first connection, so that a wrong address is told at the start."""
        async with self.lease():
            pass

    async def close(self) -> None:
        """Close what is idle; leased connections close on their return."""
        self._size = 0
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.close(timeout=CONNECT_SECONDS) for connection in idle))

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[Connection]:
        """A connection for the time of the block; Unavailable when none is free in 2 s."""
        connection = await self.acquire()
        try:
            yield connection
        finally:
            self.release(connection)

    async def acquire(self) -> Connection:
        """A connection that must go back by `release`."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._open -= 1
        if self._open < self._size:
            return await self._connect()
        waiter: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            connection_or_none = await asyncio.wait_for(waiter, LEASE_SECONDS)
        except TimeoutError as late:
            raise Unavailable(
                "The service is busy. Try again in a moment.", retry_after=1
            ) from late
        return connection_or_none or await self._connect()

    def release(self, connection: Connection) -> None:
        """Give a connection back; one that is not at rest is closed."""
        if connection.is_in_transaction() or self._size == 0:
            connection.terminate()
        while self._waiting:
            waiter = self._waiting.popleft()
            if waiter.done():
                continue
            if connection.is_closed():
                self._open -= 1
                waiter.set_result(None)
            else:
                waiter.set_result(connection)
            return
        if connection.is_closed():
            self._open -= 1
        else:
            self._idle.append(connection)

    async def _connect(self) -> Connection:
        self._open += 1
        try:
            return await connect(self._url)
        except (OSError, asyncpg.PostgresError, TimeoutError) as failure:
            self._open -= 1
            raise Unavailable("The database does not answer.", retry_after=5) from failure
        except BaseException:
            self._open -= 1
            raise


async def connect(url: str) -> Connection:
    """One connection, set up as all of ours are: with time limits, in UTC."""
    return await asyncpg.connect(url, timeout=CONNECT_SECONDS, server_settings=SESSION)


async def notify(db: Connection, channel: str, word: str) -> None:
    """Tell whoever listens on `channel`."""
    await db.execute("SELECT pg_notify($1, $2)", channel, word)


async def listen(
    url: str,
    channel: str,
    hear: Callable[[str], None],
    connected: Callable[[bool], None],
) -> None:
    """Hear NOTIFY on `channel` until cancelled, reconnecting; `connected` tells each change."""
    while True:
        try:
            connection = await connect(url)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            await asyncio.sleep(0.5)
            continue
        try:
            await _hear_on(connection, channel, hear, connected)
        finally:
            connected(False)  # noqa: FBT003  the answer to one question
            if not connection.is_closed():
                connection.terminate()


async def _hear_on(
    connection: Connection,
    channel: str,
    hear: Callable[[str], None],
    connected: Callable[[bool], None],
) -> None:
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _: lost.set())
    await connection.add_listener(channel, lambda *heard: hear(str(heard[3])))
    connected(True)  # noqa: FBT003
    await lost.wait()
