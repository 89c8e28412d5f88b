"""Words told and heard by PostgreSQL's NOTIFY and LISTEN."""

import asyncio
from collections.abc import Callable

import asyncpg

from firstmile.kernel.database import Connection, connect


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
