"""The lease: who gets a connection, who waits, and what becomes of broken ones."""

import asyncio
import socket
import time

import pytest
from tests.kernel.conftest import Take

from firstmile.kernel import database as module
from firstmile.kernel.database import Connection, Database
from firstmile.kernel.database import Connection as Outside
from firstmile.kernel.refusals import Unavailable


async def end_all_others(outside: Outside) -> None:
    await outside.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


async def pid_of(connection: Connection) -> int:
    return int(await connection.fetchval("SELECT pg_backend_pid()"))


async def count(outside: Outside) -> int:
    found = await outside.fetchval(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'firstmile'"
    )
    return int(found)


async def test_the_connection_returned_last_is_leased_first(database: Database, take: Take) -> None:
    first, second = await take(), await take()
    database.release(second)
    database.release(first)

    assert await take() is first
    assert await take() is second


async def test_a_third_caller_waits_for_the_first_to_end(database: Database, take: Take) -> None:
    first, _ = await take(), await take()
    third = asyncio.create_task(take())
    await asyncio.sleep(0.05)
    was_waiting = not third.done()

    database.release(first)

    assert was_waiting
    assert await third is first


async def test_who_waits_longest_is_served_first(database: Database, take: Take) -> None:
    held = [await take(), await take()]
    served = []

    async def wait(name: str) -> None:
        async with database.lease():
            served.append(name)

    waiting = []
    for name in ("one", "two", "three"):
        waiting.append(asyncio.create_task(wait(name)))
        await asyncio.sleep(0)
    for connection in held:
        database.release(connection)
    await asyncio.gather(*waiting)

    assert served == ["one", "two", "three"]


async def test_waiting_ends_after_two_seconds_with_unavailable(
    database: Database, take: Take
) -> None:
    held = [await take(), await take()]
    began = time.monotonic()

    with pytest.raises(Unavailable) as refused:
        await take()

    assert 1.9 < time.monotonic() - began < 3
    assert refused.value.retry_after == 1
    for connection in held:
        database.release(connection)
    async with database.lease() as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_connections_that_died_at_rest_are_replaced(
    database: Database, take: Take, db: Outside
) -> None:
    held = [await take(), await take()]
    dead = {await pid_of(connection) for connection in held}
    for connection in held:
        database.release(connection)
    await end_all_others(db)
    await asyncio.sleep(0.1)

    fresh = [await take(), await take()]

    assert dead.isdisjoint({await pid_of(connection) for connection in fresh})


async def test_connections_that_died_on_lease_are_replaced(
    database: Database, take: Take, db: Outside
) -> None:
    held = [await take(), await take()]
    third = asyncio.create_task(take())
    await end_all_others(db)
    await asyncio.sleep(0.1)
    for connection in held:
        database.release(connection)

    assert await pid_of(await third) > 0
    assert await pid_of(await take()) > 0


async def test_a_connection_left_in_a_transaction_is_closed_not_leased_again(
    database: Database, take: Take, db: Outside
) -> None:
    connection = await take()
    await connection.execute("BEGIN")

    database.release(connection)

    assert await take() is not connection
    await asyncio.sleep(0.1)
    assert await count(db) == 1


async def test_a_caller_who_gives_up_as_it_is_served_loses_no_connection(
    database: Database, take: Take
) -> None:
    held = [await take(), await take()]
    third = asyncio.create_task(take())
    await asyncio.sleep(0.01)

    database.release(held.pop())
    third.cancel()
    outcome = (await asyncio.gather(third, return_exceptions=True))[0]
    if not isinstance(outcome, BaseException):  # it was served before it heard
        database.release(outcome)
    database.release(held.pop())

    again = [await take(), await take()]
    assert len({await pid_of(connection) for connection in again}) == 2


async def test_a_caller_who_gives_up_waiting_leaves_the_line(
    database: Database, take: Take
) -> None:
    held = [await take(), await take()]
    gone = asyncio.create_task(take())
    await asyncio.sleep(0.01)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)

    database.release(held[0])

    assert await take() is held[0]


async def test_closing_ends_what_rests_now_and_what_is_leased_on_its_return(
    database: Database, take: Take, db: Outside
) -> None:
    leased = await take()
    async with database.lease():
        pass

    await database.close()
    while_leased = await pid_of(leased)
    database.release(leased)
    await asyncio.sleep(0.1)

    assert while_leased > 0
    assert await count(db) == 0


@pytest.mark.parametrize("url", ["postgresql://x:y@127.0.0.1:1/nothing"])
async def test_no_server_is_unavailable_and_asks_to_come_back(url: str) -> None:
    database = Database(url, size=1)
    for _ in range(3):  # a failure takes no place in the lease
        with pytest.raises(Unavailable) as refused:
            await database.open()
        assert refused.value.retry_after == 5


async def test_a_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"postgresql://x:y@127.0.0.1:{mute.getsockname()[1]}/z?sslmode=disable"
        began = time.monotonic()

        with pytest.raises(Unavailable):
            await Database(url, size=1).open()

        assert time.monotonic() - began < 2


async def test_every_connection_has_its_time_limits(database: Database) -> None:
    async with database.lease() as connection:
        shown = {
            name: await connection.fetchval(f"SHOW {name}")
            for name in ("statement_timeout", "lock_timeout", "timezone", "application_name")
        }

    assert shown == {
        "statement_timeout": "10s",
        "lock_timeout": "5s",
        "timezone": "UTC",
        "application_name": "firstmile",
    }
