"""The connections to PostgreSQL, leased one request at a time."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING

import asyncpg
from asyncpg.exceptions import InternalClientError

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Busy, Unavailable

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection

# What asking raises when the database is away, or goes away meanwhile.
DATABASE_DOWN = (
    OSError,
    TimeoutError,
    Unavailable,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    InternalClientError,  # a connection found dead in the moment it is used
)
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
        self.size = size
        self._idle: list[Connection] = []
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._open = 0

    async def open(self) -> None:
        """Make the first connection, so that a wrong address is told at the start."""
        async with self.lease():
            pass

    async def close(self) -> None:
        """Close what is idle; leased connections close on their return."""
        self.size = 0
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.close(timeout=CONNECT_SECONDS) for connection in idle))

    def lease(self) -> "Lease":
        """A connection for the time of the block; Unavailable when none is free in 2 s."""
        return Lease(self)

    async def acquire(self) -> Connection:
        """A connection that must go back by `release`."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._open -= 1
        if self._open < self.size:
            return await self._connect()
        try:
            handed = await self._wait_in_line()
        except TimeoutError as late:
            raise Busy(N_("The service is busy. Try again in a moment."), retry_after=1) from late
        return handed or await self._connect()

    def release(self, connection: Connection) -> None:
        """Give a connection back; one that is not at rest is closed."""
        if not connection.is_closed() and (connection.is_in_transaction() or self.size == 0):
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

    async def _wait_in_line(self) -> Connection | None:
        waiter: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(LEASE_SECONDS):
                return await waiter
        except BaseException:
            # It may have been handed to us in the very moment we gave up.
            if waiter.done() and not waiter.cancelled() and (handed := waiter.result()):
                self.release(handed)
            raise

    async def _connect(self) -> Connection:
        self._open += 1
        try:
            return await connect(self._url)
        except (OSError, asyncpg.PostgresError, TimeoutError) as failure:
            self._open -= 1
            raise Unavailable(N_("The database does not answer."), retry_after=5) from failure
        except BaseException:
            self._open -= 1
            raise


class Lease:
    """What `Database.lease` hands out; a class costs half of an `asynccontextmanager`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __aenter__(self) -> Connection:
        self._connection = await self._database.acquire()
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        self._database.release(self._connection)


async def connect(url: str) -> Connection:
    """One connection, set up as all of ours are: with time limits, in UTC."""
    return await asyncpg.connect(url, timeout=CONNECT_SECONDS, server_settings=SESSION)
