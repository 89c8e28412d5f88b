"""Limits on bad days: Redis killed, paused, full, read-only, slow, and two replicas."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import redis.asyncio
from tests.valkey import ValkeyServer, valkey
from tests.waiting import until

from firstmile.observe.metrics import Metrics
from firstmile.outside.redis_line import RedisLine
from firstmile.protect.limit_settings import LimitSettings
from firstmile.protect.limiter import Limiter
from firstmile.protect.limits import Policies, policies
from firstmile.protect.local_windows import LocalWindows
from firstmile.protect.shared_windows import SharedWindows

__all__ = ["valkey"]

DEADLINE_SECONDS = 0.05
# For a test that is not about lateness: the machine may be busy.
PATIENT_SECONDS = 2.0
# What each limiter counted into.
KEPT: dict[Limiter, Metrics] = {}


def held() -> Policies:
    return policies(LimitSettings().limit_sentences, watched=["gate"], processes=2)


def limiter(url: str | None = None, *, seconds: float = PATIENT_SECONDS) -> Limiter:
    shared = SharedWindows(RedisLine(url, seconds=seconds)) if url else None
    metrics = Metrics()
    one = Limiter(held(), shared, metrics)
    KEPT[one] = metrics
    return one


async def ask(limiter: Limiter, *names: str, whose: str = "network:192.0.2.1") -> bool:
    """Whether one request with these limits is let through."""
    keys = [(whose, name, "") for name in names]
    verdict = await limiter.judge(keys, [limiter.policies[name] for name in names])
    return verdict.refusing is None


def counted(limiter: Limiter, name: str, **labels: str) -> float:
    return KEPT[limiter].registry.get_sample_value(name, labels) or 0


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look after Redis more often than once a second, so that a test is short."""
    monkeypatch.setattr("firstmile.protect.limiter.PROBE_SECONDS", 0.05)


@pytest.fixture
async def shared(valkey: ValkeyServer) -> AsyncIterator[Limiter]:
    one = limiter(valkey.url)
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def admin(valkey: ValkeyServer) -> AsyncIterator[redis.asyncio.Redis]:
    client = redis.asyncio.from_url(valkey.url, decode_responses=True)
    yield client
    await client.aclose()


async def test_two_replicas_share_one_limit(valkey: ValkeyServer, shared: Limiter) -> None:
    other = limiter(valkey.url)
    await other.start()
    try:
        answers = [await ask(one, "sign_in") for _ in range(4) for one in (shared, other)]
    finally:
        await other.stop()

    assert answers == [True] * 5 + [False] * 3


async def test_a_storm_on_two_replicas_passes_exactly_the_limit(
    valkey: ValkeyServer, shared: Limiter
) -> None:
    other = limiter(valkey.url)
    await other.start()
    try:
        storm = [ask(one, "default") for _ in range(150) for one in (shared, other)]
        answers = await asyncio.gather(*storm)
    finally:
        await other.stop()

    assert sum(answers) == 100


async def test_all_limits_of_a_request_are_one_call(
    shared: Limiter, admin: redis.asyncio.Redis
) -> None:
    before = (await admin.info("commandstats"))["cmdstat_evalsha"]["calls"]
    for _ in range(3):
        await ask(shared, "sign_in", "doors", "default")

    after = (await admin.info("commandstats"))["cmdstat_evalsha"]["calls"]
    assert after - before == 3
    keys = set(await admin.keys("rate_limit:*192*"))
    assert keys == {
        f"rate_limit:{{network:192.0.2.1}}:{n}" for n in ("sign_in", "doors", "default")
    }
    assert all([await admin.pttl(key) > 0 for key in keys])


async def test_when_one_limit_refuses_the_others_are_not_charged(
    shared: Limiter, admin: redis.asyncio.Redis
) -> None:
    for _ in range(5):
        await ask(shared, "sign_in", "doors")
    shared._refused.clear()

    assert not await ask(shared, "sign_in", "doors")
    values = await admin.hvals("rate_limit:{network:192.0.2.1}:doors")
    assert sum(map(int, values)) == 5


async def test_whoever_is_refused_costs_redis_nothing_more(
    shared: Limiter, admin: redis.asyncio.Redis
) -> None:
    for _ in range(6):
        await ask(shared, "sign_in")
    before = (await admin.info("stats"))["total_commands_processed"]

    assert not any([await ask(shared, "sign_in") for _ in range(50)])

    assert (await admin.info("stats"))["total_commands_processed"] - before == 1  # the question


async def test_a_limit_that_is_only_watched_does_not_stand_in_the_way_of_others(
    shared: Limiter, admin: redis.asyncio.Redis
) -> None:
    gate = shared.policies["gate"]
    await admin.hset("rate_limit:{somebody}:gate", str(int(time.time() * 1000) // 6000), "1200")

    verdict = await shared.judge(
        [("somebody", "gate", ""), ("somebody", "steps", "")], [gate, shared.policies["steps"]]
    )

    assert verdict.refusing is None
    assert [look.has_room for look in verdict.looks] == [False, True]
    assert counted(shared, "rate_limit_watched_total", limit="gate") == 1


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


async def test_memory_forgets_whoever_was_away_longest() -> None:
    windows = LocalWindows(most=3)
    policy = held()["sign_in"]
    for n in range(5):
        windows.judge([(f"network:{n}", "sign_in", "")], [policy], 0, alone=False)

    assert len(windows) == 3
    (look,) = windows.judge([("network:4", "sign_in", "")], [policy], 0, alone=False)
    assert look.used == 2


async def test_whoever_is_refused_takes_no_room_in_memory() -> None:
    windows = LocalWindows()
    held_ = held()
    names = ("sign_in", "doors")
    for n in range(200):
        keys = [("network:1", "sign_in", str(n)), ("network:1", "doors", "")]
        windows.judge(keys, [held_[name] for name in names], 0, alone=False)

    assert len(windows) == 51  # fifty addresses, and the network


async def _is(limiter: Limiter, store: str) -> bool:
    return limiter.store == store


async def _failed(limiter: Limiter, times: int) -> bool:
    return counted(limiter, "rate_limit_redis_failures_total", reason="oom") >= times
