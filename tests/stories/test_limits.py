"""Somebody is too fast, is told so in words, and staff see it in the console."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser
from tests.conftest import a_place
from tests.running import Running
from tests.stories.conftest import arrive
from tests.stories.test_console import DESK, PHONE, Desk

from firstmile.demo.people import PASSWORD
from firstmile.outside.postgres import EmbeddedPostgres

# A process writes what it gathered every ten seconds, and the machine may be busy.
GATHERED_SECONDS = 20.0


@pytest.fixture
def with_cast(cluster: EmbeddedPostgres, demo_template: str, tmp_path: Path) -> Iterator[Running]:
    limits = {"LIMIT_SIGN_IN": "5 per 15 minutes", "LIMIT_STEPS": "2 per minute"}
    with a_place(cluster, demo_template, tmp_path, **limits) as service:
        yield service


@pytest.fixture(params=["desk", "phone", "fr"])
async def desk(
    request: pytest.FixtureRequest, with_cast: Running, browser: Browser
) -> AsyncIterator[Desk]:
    manner = DESK if request.param == "desk" else PHONE
    locale = "fr-CA" if request.param == "fr" else "en-CA"
    context = await browser.new_context(**manner, locale=locale)
    yield Desk(await arrive(context, with_cast.base_url), with_cast, has_script=True)
    await context.close()


async def test_who_is_too_fast_is_told_and_staff_see_it(
    desk: Desk,
) -> None:
    for n in range(6):
        await desk.visitor.open("/sign-in")
        await desk.page.fill("#email", "eve@example.org")
        await desk.page.fill("#password", f"wrong horse {n} staple")
        await desk.page.click("main form button[type=submit]")
        await desk.page.wait_for_load_state()
    await desk.look()
    assert await desk.visitor.heading() in ("That was a little fast", "Un peu trop vite")

    async with httpx.AsyncClient(base_url=desk.running.base_url) as dana:
        body = {"email": "dana@example.org", "password": PASSWORD}
        signed_in = await dana.post("/api/v1/auth/login", json=body)
        headers = {"authorization": f"Bearer {signed_in.json()['accessToken']}"}
        dana.cookies.clear()
        change = {"status": "in_progress", "rowVersion": 0}
        for _ in range(4):
            path = "/api/v1/onboarding/steps/complete-profile"
            await dana.patch(path, json=change, headers=headers)

    await desk.visitor.open("/sign-in")
    await desk.page.fill("#email", "sam@example.org")
    await desk.page.fill("#password", PASSWORD)
    await desk.page.click("main form button[type=submit]")
    await desk.page.wait_for_load_state()

    async with asyncio.timeout(GATHERED_SECONDS):
        await desk.visitor.open("/console/limits")
        while "Dana Lopez" not in await desk.page.inner_text("main"):
            await asyncio.sleep(0.5)
            await desk.page.reload()
    await desk.look()
    assert "127.0.0.1" in await desk.page.inner_text("main")
    assert desk.findings == []
    assert desk.visitor.complaints == []
