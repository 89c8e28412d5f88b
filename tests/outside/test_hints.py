"""Hints between replicas: what holds on PostgreSQL and on Valkey alike."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
import redis.asyncio
from tests.valkey import ValkeyServer, valkey, valkey_server
from tests.waiting import until

from firstmile.kernel.database import Connection, Database
from firstmile.kernel.work import Work, Works
from firstmile.outside.hints import Hints, PostgresWire, RedisWire, Wire

__all__ = ["valkey"]


@dataclass
class Ground:
    """A kind of wire: one for each replica, and how its connections are killed."""

    wire: Callable[[], Awaitable[Wire]]
    kill: Callable[[], Awaitable[None]]


@asynccontextmanager
async def on_postgres(url: str, db: Connection) -> AsyncIterator[Ground]:
    async with AsyncExitStack() as stack:

        async def wire() -> Wire:
            database = Database(url, size=2)
            stack.push_async_callback(database.close)
            return PostgresWire(url, database)

        async def kill() -> None:
            await db.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

        yield Ground(wire, kill)


@asynccontextmanager
async def on_valkey() -> AsyncIterator[Ground]:
    with valkey_server() as server:
        async with AsyncExitStack() as stack, redis.asyncio.from_url(server.url) as operator:

            async def wire() -> Wire:
                made = RedisWire(server.url)
                stack.push_async_callback(made.close)
                return made

            async def kill() -> None:
                for kind in ("pubsub", "normal"):
                    await operator.client_kill_filter(_type=kind, skipme=True)

            yield Ground(wire, kill)


@pytest.fixture(params=["postgres", "valkey"])
async def ground(
    request: pytest.FixtureRequest, database_url: str, db: Connection
) -> AsyncIterator[Ground]:
    on = on_valkey() if request.param == "valkey" else on_postgres(database_url, db)
    async with on as ground:
        yield ground


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Connections for whoever keeps hints as rows."""
    database = Database(database_url, size=3)
    await database.open()
    yield database
    await database.close()


@asynccontextmanager
async def replica(ground: Ground, database: Database) -> AsyncIterator[Hints]:
    """Hints that listen."""
    hints = Hints(await ground.wire(), database)
    await hints.start()
    try:
        await until(lambda: hints.is_connected)
        yield hints
    finally:
        await hints.stop()


async def test_every_replica_hears_what_one_tells(ground: Ground, database: Database) -> None:
    heard: list[tuple[str, str]] = []
    async with replica(ground, database) as teller, replica(ground, database) as other:
        teller.on("keys", lambda word: heard.append(("teller", word)))
        other.on("keys", lambda word: heard.append(("other", word)))

        await teller.tell("keys", "rotated")

        await until(lambda: {"teller", "other"} <= {who for who, _ in heard})
    assert {word for _, word in heard} == {"rotated"}


async def test_the_teller_has_heard_before_tell_returns(ground: Ground, database: Database) -> None:
    heard: list[str] = []
    async with replica(ground, database) as teller:
        teller.on("keys", heard.append)

        await teller.tell("keys", "rotated")

        assert heard[:1] == ["rotated"]


async def test_a_topic_is_heard_only_by_who_asked_for_it(
    ground: Ground, database: Database
) -> None:
    keys: list[str] = []
    steps: list[str] = []
    async with replica(ground, database) as teller, replica(ground, database) as other:
        other.on("keys", keys.append)
        other.on("steps", steps.append)

        await teller.tell("nobody", "listens")
        await teller.tell("keys", "one")
        await teller.tell("steps", "two words")

        await until(lambda: keys == ["one"] and steps == ["two words"])


async def test_hints_arrive_in_the_order_they_were_told(ground: Ground, database: Database) -> None:
    heard: list[str] = []
    async with replica(ground, database) as teller, replica(ground, database) as other:
        other.on("count", heard.append)

        for number in range(50):
            await teller.tell("count", str(number))

        await until(lambda: len(heard) == 50)
    assert heard == [str(number) for number in range(50)]


async def test_a_killed_connection_is_replaced(ground: Ground, database: Database) -> None:
    heard: list[str] = []
    async with replica(ground, database) as listener, replica(ground, database) as teller:
        listener.on("keys", heard.append)

        await ground.kill()
        while not heard:
            await teller.tell("keys", "after")
            await asyncio.sleep(0.05)


async def test_hints_that_are_stopped_are_not_connected(ground: Ground, database: Database) -> None:
    async with replica(ground, database) as hints:
        was_connected = hints.is_connected

    assert (was_connected, hints.is_connected) == (True, False)


async def test_a_valkey_that_is_gone_and_back_is_found_again(valkey: ValkeyServer) -> None:
    wire = RedisWire(valkey.url)
    hints = Hints(wire, Database("postgresql://x:y@127.0.0.1:1/z", size=1))
    heard: list[str] = []
    hints.on("keys", heard.append)
    await hints.start()
    await until(lambda: hints.is_connected)

    valkey.stop()
    await until(lambda: not hints.is_connected)
    was_alive = await wire.is_alive()
    valkey.start()
    await until(lambda: hints.is_connected)
    await wire.send("keys back")

    await until(lambda: heard == ["back"])
    assert (was_alive, await wire.is_alive()) == (False, True)
    await hints.stop()
    await wire.close()


@pytest.mark.parametrize("wire", ["postgres", "redis"])
async def test_a_wire_that_is_down_is_not_the_tellers_failure(wire: str) -> None:
    url = "postgresql://x:y@127.0.0.1:1/z"
    hints = Hints(
        RedisWire("redis://127.0.0.1:1/0")
        if wire == "redis"
        else PostgresWire(url, Database(url, size=1)),
        Database(url, size=1),
    )
    heard: list[str] = []
    hints.on("keys", heard.append)

    await hints.tell("keys", "rotated")

    assert heard == ["rotated"]
    assert not hints.is_connected


async def test_a_wire_that_hangs_holds_the_teller_two_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        wire = RedisWire(f"redis://127.0.0.1:{mute.getsockname()[1]}/0")
        began = time.monotonic()

        nowhere = Database("postgresql://x:y@127.0.0.1:1/z", size=1)

        await asyncio.wait_for(Hints(wire, nowhere).tell("keys", "rotated"), 5)
        alive = await asyncio.wait_for(wire.is_alive(), 5)

        assert not alive
        assert time.monotonic() - began < 4.5
        await wire.close()


class Silent:
    """A wire that loses everything."""

    name = "silent"

    async def send(self, hint: str) -> None:
        """Nobody hears it."""

    async def hear(self, heard: Callable[[str], None], connected: Callable[[bool], None]) -> None:
        """Nothing ever comes."""


async def told_in(works: Works, hints: Hints, word: str) -> Work:
    """A transaction under way that has told something."""
    work = await works.start()
    await hints.tell_with(work, "keys", word)
    return work


async def test_a_hint_whose_push_is_lost_is_found_as_a_row(database: Database) -> None:
    teller, other = Hints(Silent(), database), Hints(Silent(), database)
    heard: list[str] = []
    other.on("keys", heard.append)
    await other.check()

    async with Works(database).begin() as work:
        await teller.tell_with(work, "keys", "rotated")
    await other.check()

    assert heard == ["rotated"]


async def test_a_hint_is_not_told_before_its_transaction_has_committed(database: Database) -> None:
    hints, heard = Hints(Silent(), database), list[str]()
    hints.on("keys", heard.append)
    await hints.check()
    works = Works(database)

    work = await told_in(works, hints, "rotated")
    await hints.check()
    early = list(heard)
    await works.finish(work, commit=False)
    await hints.check()

    assert (early, heard) == ([], [])


async def test_a_transaction_that_commits_late_is_still_heard(database: Database) -> None:
    """It began first, and a later one was already heard: a counter would have passed it by."""
    teller, other = Hints(Silent(), database), Hints(Silent(), database)
    heard: list[str] = []
    other.on("keys", heard.append)
    await other.check()
    works = Works(database)

    early = await told_in(works, teller, "early")
    late = await told_in(works, teller, "late")
    await works.finish(late, commit=True)
    await other.check()
    await works.finish(early, commit=True)
    await other.check()

    assert set(heard) == {"early", "late"}


async def test_hints_are_current_only_while_rows_are_asked_for(
    ground: Ground, database: Database
) -> None:
    async with replica(ground, database) as hints:
        await until(lambda: hints.is_current)
    stopped = Hints(Silent(), database)

    assert not stopped.is_current
