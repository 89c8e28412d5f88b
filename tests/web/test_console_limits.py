"""The console's page about limits: who is being limited, and why."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.cast import Cast
from tests.web.test_console import Visitor, at_a_browser

from firstmile.kernel.asgi import App
from firstmile.kernel.database import Connection
from firstmile.protect.limit_record import LimitRecord
from firstmile.service import Service
from firstmile.settings import Settings

PATH = "/console/limits"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    settings.limit_steps = "2 per hour"
    settings.limit_sign_in = "5 per 15 minutes"
    settings.limit_mail = "1 per hour"
    settings.limits_watched = ("mail",)
    return settings


@pytest.fixture
async def sam(cast: Cast) -> Visitor:
    await cast.sam("operator")
    return await at_a_browser(cast, "Sam")


@pytest.fixture
async def stranger(app: App) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without any cookie of Sam's."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield client


async def written(service: Service) -> None:
    """What one process gathered is in the database now; by itself that takes ten seconds."""
    await service.gathering.write()


async def sign_in_too_often(client: httpx.AsyncClient) -> None:
    body = {"email": "nobody@example.org", "password": "wrong horse 1 staple"}
    for _ in range(8):
        await client.post("/api/v1/auth/login", json=body)


async def test_support_does_not_see_it(cast: Cast) -> None:
    await cast.sam("support")
    visitor = await at_a_browser(cast, "Sam")

    assert (await visitor.get(PATH)).status_code == 403
    assert f'href="{PATH}"' not in (await visitor.get("/console")).text


async def test_a_quiet_hour_is_told_as_such(sam: Visitor) -> None:
    page = (await sam.get(PATH)).text

    assert "Nobody has to wait." in page
    assert "in the memory of each process" in page
    assert "Nobody came near these" in page
    assert "5 per 15 minutes" in page
    assert "5 par 15 minutes" in (await sam.get(f"{PATH}?lang=fr")).text


async def test_a_person_is_told_by_name_and_a_network_as_one(
    cast: Cast, stranger: httpx.AsyncClient, service: Service
) -> None:
    dana = await cast.dana()
    for n in range(5):
        await dana.settle("complete-profile", "in_progress", n)
    await sign_in_too_often(stranger)
    await written(service)
    await cast.sam("operator")
    sam = await at_a_browser(cast, "Sam")

    page = (await sam.get(PATH)).text

    assert f'<a href="/console/people/{dana.id}">Dana Example</a>' in page
    assert "Changes of steps · refused 3 times" in page
    assert "/api/v1/onboarding/steps/{key}" in page
    assert "Network 127.0.0.1" in page
    assert "Sign-ins · refused 3 times" in page
    assert page.index("Network 127.0.0.1") < page.index("Dana Example")  # the newest first
    assert "nobody@example.org" not in page


async def test_what_is_only_watched_is_told_as_such(
    sam: Visitor, stranger: httpx.AsyncClient, service: Service
) -> None:
    for _ in range(3):
        await stranger.post("/api/v1/auth/forgot-password", json={"email": "dana@example.org"})
    await written(service)

    page = (await sam.get(PATH)).text

    assert "Mails asked for · would have been refused 2 times" in page
    assert "Nobody has to wait." in page


async def test_what_several_processes_saw_is_added_up(
    sam: Visitor, stranger: httpx.AsyncClient, service: Service, db: Connection
) -> None:
    for _ in range(2):
        await sign_in_too_often(stranger)
        await written(service)
        service.limiter._local._kept.clear()  # another process would begin anew

    assert await db.fetchval("SELECT sum(times) FROM limit_refusals") == 6
    assert "refused 6 times" in (await sam.get(PATH)).text


async def test_nothing_is_kept_for_longer_than_two_hours(
    stranger: httpx.AsyncClient, service: Service, db: Connection
) -> None:
    await sign_in_too_often(stranger)
    await written(service)
    await db.execute("UPDATE limit_refusals SET piece = piece - interval '3 hours'")
    await db.execute("UPDATE limit_tallies SET piece = piece - interval '3 hours'")

    service.limiter._local._kept.clear()
    await stranger.post("/api/v1/auth/login", json={"email": "a@example.org", "password": "x"})
    await sign_in_too_often(stranger)
    await written(service)

    assert await db.fetchval("SELECT count(*) FROM limit_refusals") == 1
    assert await db.fetchval("SELECT count(*) FROM limit_tallies") == 1


async def test_it_is_forgotten_also_when_nobody_is_refused(
    stranger: httpx.AsyncClient, service: Service, db: Connection
) -> None:
    await sign_in_too_often(stranger)
    await written(service)
    await db.execute("UPDATE limit_refusals SET piece = piece - interval '3 hours'")

    record = LimitRecord(service.works.clock)  # of a process that has just begun
    async with service.works.begin() as work:
        await record.write(work)

    assert await db.fetchval("SELECT count(*) FROM limit_refusals") == 0


async def test_a_flood_of_networks_fills_nothing(service: Service, db: Connection) -> None:
    policy = service.limiter.policies["sign_in"]
    for n in range(300):
        for _ in range(6):
            await service.limiter.judge([(f"network:{n}", "sign_in", "")], [policy], "/sign-in")
    await written(service)

    assert await db.fetchval("SELECT count(*) FROM limit_refusals") == 50
    assert await db.fetchval("SELECT sum(refused) FROM limit_tallies") == 300
