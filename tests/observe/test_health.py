"""What the probes say when something we depend on is down, hangs, or drains."""

import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from tests.conftest import settings_for
from tests.valkey import ValkeyServer, valkey
from tests.waiting import until

from firstmile.kernel.database import Connection
from firstmile.main import create_app
from firstmile.service import Service
from firstmile.settings import Settings

__all__ = ["valkey"]

NOBODY = "127.0.0.1:1"
DEADLINE = 2.5  # 2 s, and what the machine needs


@pytest.fixture
def mute() -> Iterator[str]:
    """An address where connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@asynccontextmanager
async def asking(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service that has started, whatever became of its database since."""
    service = Service(settings)
    service.readiness.on()
    app = create_app(settings, service)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client
    if service.redis is not None:
        await service.redis.close()
    service.hashing.close()
    await service.database.close()


async def test_a_healthy_service_says_what_it_knows(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/health")

    report = answer.json()
    assert (answer.status_code, report["status"]) == (200, "ok")
    assert report["database"]["status"] == "up"
    assert report["database"]["ms"] > 0
    assert report["redis"] == {"status": "not_used"}
    assert report["memory"]["rssBytes"] > 1_000_000
    assert report["uptimeSeconds"] >= 0
    assert report["version"]


async def test_a_database_that_refuses_is_told_at_once(tmp_path: Path) -> None:
    settings = settings_for(f"postgresql://x:y@{NOBODY}/z", tmp_path)
    async with asking(settings) as client:
        began = time.monotonic()
        health, ready = await client.get("/api/health"), await client.get("/readyz")
        live = await client.get("/livez")

    assert (health.status_code, health.json()["database"]["status"]) == (503, "down")
    assert (ready.status_code, ready.json()) == (503, {"status": "no_database"})
    assert live.status_code == 200
    assert time.monotonic() - began < 1


async def test_a_database_that_hangs_is_told_within_the_deadline(tmp_path: Path, mute: str) -> None:
    settings = settings_for(f"postgresql://x:y@{mute}/z?sslmode=disable", tmp_path)
    async with asking(settings) as client:
        began = time.monotonic()
        health = await client.get("/api/health")

    assert (health.status_code, health.json()["database"]["status"]) == (503, "down")
    assert time.monotonic() - began < DEADLINE


async def test_killed_connections_are_replaced_and_the_service_is_ready_again(
    client: httpx.AsyncClient, db: Connection
) -> None:
    assert (await client.get("/readyz")).status_code == 200
    await db.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    async def is_ready() -> bool:
        return (await client.get("/readyz")).status_code == 200

    await until(is_ready)


async def test_a_redis_that_is_down_is_told_but_traffic_still_comes(
    settings: Settings, valkey: ValkeyServer
) -> None:
    settings.redis_url = SecretStr(valkey.url)
    async with asking(settings) as client:
        before = await client.get("/api/health")
        valkey.stop()
        after, ready = await client.get("/api/health"), await client.get("/readyz")

    assert (before.status_code, before.json()["redis"]) == (200, {"status": "up"})
    assert (after.status_code, after.json()["redis"]) == (503, {"status": "down"})
    assert after.json()["database"]["status"] == "up"
    assert ready.status_code == 200


async def test_a_redis_that_hangs_is_told_within_the_deadline(
    settings: Settings, mute: str
) -> None:
    settings.redis_url = SecretStr(f"redis://{mute}/0")
    async with asking(settings) as client:
        began = time.monotonic()
        health = await client.get("/api/health")

    assert (health.status_code, health.json()["redis"]) == (503, {"status": "down"})
    assert time.monotonic() - began < DEADLINE


async def test_a_draining_service_wants_no_traffic_and_still_answers(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.readiness.off()

    ready, live = await client.get("/readyz"), await client.get("/livez")
    page = await client.get("/sign-in")

    assert (ready.status_code, ready.json()) == (503, {"status": "draining"})
    assert (live.status_code, page.status_code) == (200, 200)


async def test_nothing_secret_is_told(client: httpx.AsyncClient, settings: Settings) -> None:
    said = (await client.get("/api/health")).text + (await client.get("/readyz")).text

    assert settings.database_url is not None
    assert "postgresql" not in said
    assert settings.secrets[0] not in said
