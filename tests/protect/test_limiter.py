"""Limits on good days: replicas share them, and a request costs one call and little room."""

import asyncio
import time

import redis.asyncio
from tests.protect.limiters import admin, ask, counted, eager, held, limiter, shared
from tests.valkey import ValkeyServer, valkey

from firstmile.protect.limiter import Limiter
from firstmile.protect.local_windows import LocalWindows

__all__ = ["admin", "eager", "shared", "valkey"]


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
