"""Limiters that share a Redis, and what they let through."""

from collections.abc import AsyncIterator

import pytest
import redis.asyncio
from tests.valkey import ValkeyServer

from firstmile.observe.metrics import Metrics
from firstmile.outside.redis_line import RedisLine
from firstmile.protect.limit_settings import LimitSettings
from firstmile.protect.limiter import Limiter
from firstmile.protect.limits import Policies, policies
from firstmile.protect.shared_windows import SharedWindows

DEADLINE_SECONDS = 0.05
# For a test that is not about lateness: the machine may be busy.
PATIENT_SECONDS = 2.0
# What each limiter counted into.
KEPT: dict[Limiter, Metrics] = {}


def held() -> Policies:
    """The limits we come with; those of the gate are only watched."""
    return policies(LimitSettings().limit_sentences, watched=["gate"], processes=2)


def limiter(url: str | None = None, *, seconds: float = PATIENT_SECONDS) -> Limiter:
    """A replica's limiter, with a Redis or alone."""
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
    """What a metric of this limiter shows."""
    return KEPT[limiter].registry.get_sample_value(name, labels) or 0


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look after Redis more often than once a second, so that a test is short."""
    monkeypatch.setattr("firstmile.protect.limiter.PROBE_SECONDS", 0.05)


@pytest.fixture
async def shared(valkey: ValkeyServer) -> AsyncIterator[Limiter]:
    """A limiter that counts in Redis."""
    one = limiter(valkey.url)
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def admin(valkey: ValkeyServer) -> AsyncIterator[redis.asyncio.Redis]:
    """Redis itself, to spoil its day."""
    client = redis.asyncio.from_url(valkey.url, decode_responses=True)
    yield client
    await client.aclose()
