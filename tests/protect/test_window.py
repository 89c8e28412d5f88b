"""The arithmetic of limits: what it promises for any traffic, and that Redis reckons alike."""

from collections.abc import AsyncIterator

import pytest
import redis.asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from tests.valkey import ValkeyServer, valkey

from firstmile.protect.shared_windows import SCRIPT
from firstmile.protect.window import Counts, Rate, add, counting, read

__all__ = ["valkey"]

MINUTE = 60_000
CLOCK = "local time = redis.call('TIME')"
# As Redis would say it: seconds, and microseconds of the second.
GIVEN = "local time = {ARGV[#ARGV - 1], ARGV[#ARGV]}"


class Window:
    """A limit in memory, asked at moments that are given."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.counts: Counts = {}

    def ask(self, now_ms: int) -> bool:
        self.counts = counting(self.counts, self.rate, now_ms)
        has_room = read(self.counts, self.rate, now_ms).has_room
        if has_room:
            self.counts = add(self.counts, self.rate, now_ms)
        return has_room


def most_in_any_window(moments: list[int], window_ms: int) -> int:
    """The most moments that lie within one window, wherever it begins."""
    return max(
        (sum(start <= one < start + window_ms for one in moments) for start in moments), default=0
    )


RATES = some.one_of(
    some.builds(Rate.counted, some.integers(1, 30), some.sampled_from([1000, 10_000, MINUTE])),
    some.builds(Rate.exact, some.integers(1, 10), some.sampled_from([1000, 10_000, MINUTE])),
)
PAUSES = some.lists(
    some.one_of(some.just(0), some.integers(0, 50), some.integers(0, MINUTE)), max_size=80
)


@given(RATES, some.integers(0, 10**13), PAUSES)
def test_no_window_ever_holds_more_than_the_limit(
    rate: Rate, now_ms: int, pauses: list[int]
) -> None:
    window, taken = Window(rate), []
    for pause in pauses:
        now_ms += pause
        if window.ask(now_ms):
            taken.append(now_ms)

    assert most_in_any_window(taken, rate.window_ms) <= rate.limit


@pytest.mark.parametrize("rate", [Rate.counted(100, MINUTE), Rate.exact(100, MINUTE)])
@pytest.mark.parametrize("edge_ms", range(0, MINUTE, 5_900))
def test_a_burst_at_an_edge_is_no_way_around(rate: Rate, edge_ms: int) -> None:
    """All at the end of one window and at the start of the next; a fixed window lets 200 pass."""
    window = Window(rate)
    start = 10**12 + edge_ms
    moments = [start - 1] * 150 + [start + 1] * 150 + [start + MINUTE - 2] * 150

    taken = [moment for moment in moments if window.ask(moment)]

    assert most_in_any_window(taken, MINUTE) == 100


def test_who_keeps_to_an_exact_limit_is_never_refused() -> None:
    window = Window(Rate.exact(5, MINUTE))

    assert all(window.ask(10**12 + n * (MINUTE // 5 + 1)) for n in range(100))


def test_a_counter_keeps_nobody_out_longer_than_a_tenth_of_its_window() -> None:
    window = Window(Rate.counted(5, MINUTE))
    start = 10**12
    assert all(window.ask(start) for _ in range(5))

    assert not window.ask(start + MINUTE)
    assert window.ask(start + MINUTE + MINUTE // 10)


@given(RATES, some.integers(0, 10**13), PAUSES)
def test_whoever_waits_as_long_as_they_are_told_gets_in(
    rate: Rate, now_ms: int, pauses: list[int]
) -> None:
    window = Window(rate)
    for pause in pauses:
        now_ms += pause
        window.ask(now_ms)
    kept = counting(window.counts, rate, now_ms)
    found = read(kept, rate, now_ms)
    if found.has_room:
        return

    assert 0 < found.wait_ms <= rate.window_ms + rate.grain_ms
    assert not Window.ask(_like(window), now_ms + found.wait_ms - 1)
    assert Window.ask(_like(window), now_ms + found.wait_ms)


def _like(window: Window) -> Window:
    copied = Window(window.rate)
    copied.counts = dict(window.counts)
    return copied


@given(RATES, some.integers(10**12, 10**13), some.integers(1, 10 * MINUTE))
def test_a_clock_that_goes_back_lets_nobody_in_and_keeps_nobody_out_for_long(
    rate: Rate, now_ms: int, back_ms: int
) -> None:
    window = Window(rate)
    while window.ask(now_ms):
        pass

    now_ms -= back_ms
    assert not window.ask(now_ms)
    assert window.ask(now_ms + rate.window_ms + rate.grain_ms)


@pytest.fixture
async def client(valkey: ValkeyServer) -> AsyncIterator[redis.asyncio.Redis]:
    client = redis.asyncio.from_url(valkey.url)
    yield client
    await client.aclose()


STEPS = some.lists(
    some.one_of(some.just(0), some.integers(-20_000, 20_000), some.integers(0, 2 * MINUTE)),
    min_size=1,
    max_size=30,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(some.lists(RATES, min_size=1, max_size=3), some.integers(10**12, 2 * 10**12), STEPS)
async def test_redis_reckons_as_we_do(
    client: redis.asyncio.Redis, rates: list[Rate], now_ms: int, steps: list[int]
) -> None:
    """Any traffic on any limits at once, with a clock that also goes back."""
    await client.flushall()
    keys = [f"rate_limit:{{somebody}}:{n}" for n in range(len(rates))]
    script = SCRIPT.replace(CLOCK, GIVEN)
    assert script != SCRIPT
    windows = [Window(rate) for rate in rates]
    for step in steps:
        now_ms += step
        for window in windows:
            window.counts = counting(window.counts, window.rate, now_ms)
        found = [read(window.counts, window.rate, now_ms) for window in windows]
        is_open = all(one.has_room for one in found)
        if is_open:
            for window in windows:
                window.counts = add(window.counts, window.rate, now_ms)

        words = [word for rate in rates for word in (rate.limit, rate.window_ms, rate.grain_ms, 1)]
        moment = (now_ms // 1000, now_ms % 1000 * 1000 + 7)
        said = await client.eval(script, len(keys), *keys, *map(str, (*words, *moment)))

        assert said == [
            int(word) for one in found for word in (is_open, one.used, one.wait_ms, one.has_room)
        ]


async def test_what_redis_keeps_is_small_and_ends_by_itself(client: redis.asyncio.Redis) -> None:
    for _ in range(300):
        await client.eval(SCRIPT, 1, "rate_limit:{somebody}:default", 100, 60_000, 6_000, 1)

    (key,) = await client.keys("*")
    assert await client.hlen(key) <= 11
    assert 0 < await client.pttl(key) <= 66_000
    assert sum(int(one) for one in await client.hvals(key)) == 100
