"""A table to write in, and the kernel's parts over a database of the test's own."""

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from firstmile.kernel.database import Connection, Database
from firstmile.kernel.work import Works

Take = Callable[[], Coroutine[Any, Any, Connection]]


@pytest.fixture
async def notes(db: Connection) -> Connection:
    """A connection of somebody else, who sees the table `notes` from outside."""
    await db.execute("CREATE TABLE notes (word text PRIMARY KEY, times integer DEFAULT 1)")
    return db


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Two connections, no more."""
    database = Database(database_url, size=2)
    yield database
    await database.close()


@pytest.fixture
async def take(database: Database) -> AsyncIterator[Take]:
    """Leases a connection, and sees to it that none outlives the test."""
    taken = []

    async def lease() -> Connection:
        taken.append(await database.acquire())
        return taken[-1]

    yield lease
    for connection in taken:
        connection.terminate()


@pytest.fixture
def works(database: Database) -> Works:
    """Transactions on them."""
    return Works(database)


async def is_empty(outside: Connection, *tables: str) -> bool:
    counts = [await outside.fetchval(f"SELECT count(*) FROM {table}") for table in tables]
    return not any(counts)
