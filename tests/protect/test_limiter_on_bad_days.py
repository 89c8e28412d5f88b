"""Limits on bad days: Redis killed, paused, full, read-only, slow, or somebody else."""

import asyncio

import redis.asyncio
from tests.protect.limiters import DEADLINE_SECONDS, admin, ask, counted, eager, limiter, shared
from tests.valkey import ValkeyServer, valkey
from tests.waiting import until

from firstmile.protect.limiter import Limiter

__all__ = ["admin", "eager", "shared", "valkey"]


async def test_scripts_that_redis_forgot_are_told_again(
    shared: Limiter, admin: redis.asyncio.Redis
) -> None:
    await admin.script_flush()

    assert await ask(shared, "sign_in")
    assert shared.store == "redis"


async def test_when_redis_dies_guessing_becomes_harder_and_reading_goes_on(
    valkey: ValkeyServer, shared: Limiter
) -> None:
    valkey.stop()

    signing_in = [await ask(shared, "sign_in") for _ in range(5)]
    reading = [await ask(shared, "default", whose="user:dana") for _ in range(101)]

    assert signing_in == [True] * 2 + [False] * 3
    assert reading == [True] * 100 + [False]
    assert shared.store == "alone"
    assert counted(shared, "rate_limit_store", store="alone") == 1
    assert counted(shared, "rate_limit_alone_total") == 106


async def test_what_was_tried_before_redis_died_still_counts(
    valkey: ValkeyServer, shared: Limiter
) -> None:
    for _ in range(4):
        await ask(shared, "sign_in")
    valkey.stop()

    assert not await ask(shared, "sign_in")


async def test_when_redis_is_back_it_counts_again(valkey: ValkeyServer, shared: Limiter) -> None:
    valkey.stop()
    await ask(shared, "sign_in")
    assert shared.store == "alone"

    valkey.start()

    await until(lambda: _is(shared, "redis"))
    assert [await ask(shared, "sign_in", whose="user:dana") for _ in range(6)] == [True] * 5 + [
        False
    ]


async def test_a_redis_that_says_nothing_is_waited_for_once(valkey: ValkeyServer) -> None:
    one = limiter(valkey.url, seconds=DEADLINE_SECONDS)
    await one.start()
    await until(lambda: _is(one, "redis"))
    valkey.pause()
    try:
        first = [await ask(one, "default", whose=f"user:{n}") for n in range(20)]
        waited = counted(one, "rate_limit_redis_failures_total", reason="late")
    finally:
        valkey.resume()

    assert all(first)
    assert waited == 1
    assert counted(one, "rate_limit_alone_total") == 20
    await until(lambda: _is(one, "redis"))
    await one.stop()


async def test_a_full_redis_is_no_redis(shared: Limiter, admin: redis.asyncio.Redis) -> None:
    await admin.config_set("maxmemory", "1")

    assert [await ask(shared, "sign_in") for _ in range(3)] == [True, True, False]
    assert shared.store == "alone"
    assert counted(shared, "rate_limit_redis_failures_total", reason="oom") >= 1

    await admin.config_set("maxmemory", "0")
    await until(lambda: _is(shared, "redis"))


async def test_a_redis_that_became_a_replica_is_no_redis(
    shared: Limiter, admin: redis.asyncio.Redis
) -> None:
    await admin.replicaof("127.0.0.1", "1")

    assert [await ask(shared, "sign_in") for _ in range(3)] == [True, True, False]
    assert counted(shared, "rate_limit_redis_failures_total", reason="readonly") >= 1

    await admin.replicaof("NO", "ONE")
    await until(lambda: _is(shared, "redis"))


async def test_the_way_stays_shut_while_redis_answers_and_cannot_count(
    shared: Limiter, admin: redis.asyncio.Redis
) -> None:
    """A PING would open it; what is asked is what a request asks."""
    await admin.config_set("maxmemory", "1")
    await ask(shared, "sign_in")

    await until(lambda: _failed(shared, 3))
    assert shared.store == "alone"


async def test_a_service_starts_without_redis(valkey: ValkeyServer) -> None:
    valkey.stop()
    one = limiter(valkey.url)
    await one.start()

    assert await ask(one, "default")
    assert one.store == "alone"
    assert counted(one, "rate_limit_redis_failures_total", reason="unreachable") == 1
    await one.stop()


async def test_a_key_of_another_kind_is_no_end_of_the_world(
    shared: Limiter, admin: redis.asyncio.Redis
) -> None:
    await admin.set("rate_limit:{network:192.0.2.1}:default", "not ours")

    assert await ask(shared, "default")
    assert counted(shared, "rate_limit_redis_failures_total", reason="other") == 1


async def test_a_stranger_on_the_line_is_hung_up_on() -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    one = limiter(f"redis://127.0.0.1:{port}/0")
    await one.start()

    assert await ask(one, "default")
    assert one.store == "alone"
    await one.stop()
    server.close()


async def test_a_password_and_a_number_of_the_database_are_heard(
    valkey: ValkeyServer, admin: redis.asyncio.Redis
) -> None:
    await admin.config_set("requirepass", "s3cret")
    one = limiter(f"redis://:s3cret@127.0.0.1:{valkey.port}/3")
    await one.start()
    try:
        assert await ask(one, "default")
        assert one.store == "redis"
    finally:
        await one.stop()
    async with redis.asyncio.from_url(f"redis://:s3cret@127.0.0.1:{valkey.port}/3") as third:
        assert await third.exists("rate_limit:{network:192.0.2.1}:default")


async def _is(limiter: Limiter, store: str) -> bool:
    return limiter.store == store


async def _failed(limiter: Limiter, times: int) -> bool:
    return counted(limiter, "rate_limit_redis_failures_total", reason="oom") >= times
