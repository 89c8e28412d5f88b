"""Switches reach every replica, over either wire and without one, and each says how fast."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from pydantic import SecretStr
from tests.valkey import ValkeyServer, valkey
from tests.waiting import until

from firstmile.kernel.database import Connection
from firstmile.protect.switches import Area
from firstmile.release import store_replicas
from firstmile.release.replica import LIVES, share_of
from firstmile.release.store_replicas import Seen
from firstmile.service import Service
from firstmile.settings import Settings

__all__ = ["valkey"]


@asynccontextmanager
async def replicas(settings: Settings, count: int = 2) -> AsyncIterator[list[Service]]:
    """Services of their own over one database."""
    async with AsyncExitStack() as stack:
        services = [Service(settings) for _ in range(count)]
        for service in services:
            await service.open()
            stack.push_async_callback(service.close)
        yield services


@pytest.fixture(params=["redis", "postgres"])
async def wired(
    request: pytest.FixtureRequest, settings: Settings
) -> AsyncIterator[tuple[str, list[Service]]]:
    """Two replicas that hear each other, and the wire they do it by."""
    if request.param == "redis":
        server: ValkeyServer = request.getfixturevalue("valkey")
        settings = settings.model_copy(update={"redis_url": SecretStr(server.url)})
    async with replicas(settings) as services:
        for service in services:
            await until(lambda one=service: one.hints.is_connected)  # type: ignore[misc]
        yield request.param, services


async def switch(service: Service, area: Area, *, off: bool) -> None:
    async with service.works.begin() as work:
        change = service.kill_switch.activate if off else service.kill_switch.deactivate
        await change(work, area, "A drill", staff_id=None)


async def flip(service: Service) -> int:
    async with service.works.begin() as work:
        return (await service.kill_switch.flip_canary(work)).revision


async def seen(db: Connection) -> list[Seen]:
    return await store_replicas.replicas(db, LIVES)


async def test_a_switch_reaches_the_others(wired: tuple[str, list[Service]]) -> None:
    _, (one, other) = wired

    await switch(one, Area.GATING, off=True)
    await until(lambda: other.switches.is_off(Area.GATING) and one.switches.is_off(Area.GATING))
    await switch(other, Area.GATING, off=False)

    await until(lambda: not one.switches.is_off(Area.GATING))


async def test_each_says_in_which_state_it_is_and_how_long_that_took(
    wired: tuple[str, list[Service]], db: Connection
) -> None:
    wire, services = wired

    revision = await flip(services[0])
    await until(lambda: all(one.switches.revision == revision for one in services))
    await until(lambda: _all_measured(db))
    said = await seen(db)

    assert {one.id for one in said} == {one.replica.id for one in services}
    assert [(one.revision, one.role, one.wire) for one in said] == [(revision, "web", wire)] * 2
    for service in services:
        told = service.metrics.told().decode()
        assert f'switch_delay_seconds_count{{wire="{wire}"}} 1.0' in told
        assert 'kill_switch_off{area="gating"} 0.0' in told


async def _all_measured(db: Connection) -> bool:
    return all(one.delay_ms is not None and one.delay_ms > 0 for one in await seen(db))


async def test_what_the_wire_loses_the_rows_carry(settings: Settings, valkey: ValkeyServer) -> None:
    settings = settings.model_copy(update={"redis_url": SecretStr(valkey.url)})
    async with replicas(settings) as (one, other):
        await until(lambda: other.hints.is_connected)
        valkey.stop()

        await switch(one, Area.SIGN_UP, off=True)
        await until(lambda: other.switches.is_off(Area.SIGN_UP))

        valkey.start()
        await until(lambda: one.hints.is_connected and other.hints.is_connected)
        await switch(other, Area.SIGN_UP, off=False)
        await until(lambda: not one.switches.is_off(Area.SIGN_UP))


async def test_without_the_database_the_last_known_stays(
    settings: Settings, db: Connection
) -> None:
    async with replicas(settings) as (one, other):
        await switch(one, Area.GATING, off=True)
        await until(lambda: other.switches.is_off(Area.GATING))

        await db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert other.switches.is_off(Area.GATING)
        await switch(one, Area.GATING, off=False)

        await until(lambda: not other.switches.is_off(Area.GATING))


async def test_of_many_one_flips_the_canary(settings: Settings, db: Connection) -> None:
    settings = settings.model_copy(update={"switch_canary_seconds": 0.2})
    async with replicas(settings, 3) as services:
        await until(lambda: all(one.switches.revision > 1 for one in services))

    flips = await db.fetchval("SELECT revision FROM switch_state")
    told = await db.fetchval("SELECT count(DISTINCT word) FROM hints WHERE topic = 'switches'")
    assert flips == told
    assert await db.fetchval("SELECT count(*) FROM switch_uses") == 0


async def test_a_canary_that_rests_flips_nothing(service: Service, db: Connection) -> None:
    await switch(service, Area.GATING, off=True)
    await until(lambda: service.switches.is_off(Area.GATING))

    assert await db.fetchval("SELECT revision FROM switch_state") == 1


async def test_a_process_that_ends_is_not_waited_for(settings: Settings, db: Connection) -> None:
    async with replicas(settings) as (one, other):
        assert {seen.id for seen in await seen(db)} == {one.replica.id, other.replica.id}
        await other.close()
        assert [seen.id for seen in await seen(db)] == [one.replica.id]


async def test_a_process_that_died_is_forgotten(settings: Settings, db: Connection) -> None:
    async with replicas(settings, 1):
        await db.execute("UPDATE replicas SET seen_at = seen_at - interval '16 seconds'")

        assert await seen(db) == []


async def test_a_busy_pool_holds_no_switch_up(settings: Settings) -> None:
    async with replicas(settings) as (one, other), AsyncExitStack() as stack:
        for _ in range(other.database.size):
            await stack.enter_async_context(other.database.lease())

        await switch(one, Area.GATING, off=True)

        await until(lambda: other.switches.is_off(Area.GATING))


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50.0), (0.95, 95.0), (0.99, 99.0), (1.0, 100.0)]
)
def test_a_percentile_is_a_value_that_was_measured(share: float, expected: float) -> None:
    assert share_of([float(value) for value in range(1, 101)], share) == expected
    assert share_of([7.0], share) == 7.0
    assert share_of([], share) is None
