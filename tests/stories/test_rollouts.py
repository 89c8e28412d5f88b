"""Errors rise while a flag goes out: the worker takes it back by itself, and Sam reads why."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from playwright.async_api import Browser
from tests.conftest import a_place
from tests.running import Running
from tests.stories.conftest import arrive
from tests.stories.test_console import DESK, Desk

from firstmile.outside.postgres import EmbeddedPostgres

PATIENCE = 90.0  # seconds; the worker looks once a minute


@pytest.fixture
def with_cast(cluster: EmbeddedPostgres, demo_template: str, tmp_path: Path) -> Iterator[Running]:
    """A demo of its own, as requests fail in it."""
    with a_place(cluster, demo_template, tmp_path) as service:
        yield service


async def errors_rise(running: Running) -> None:
    """Every tenth request of those who have it fails from now on."""
    db = await asyncpg.connect(running.environment["DATABASE_URL"])
    try:
        await db.execute(
            "UPDATE flag_rollout_counts SET errors = errors + requests / 10 WHERE is_new"
        )
    finally:
        await db.close()


async def until_it_says(desk: Desk, words: str) -> str:
    deadline = time.monotonic() + PATIENCE
    while words not in (text := await desk.page.inner_text("main")):
        assert time.monotonic() < deadline, text
        await asyncio.sleep(1)
        await desk.page.reload()
    return text


async def test_a_rollout_that_harms_goes_back_by_itself(
    with_cast: Running, browser: Browser
) -> None:
    manner: dict[str, Any] = DESK
    context = await browser.new_context(**manner)
    sam = Desk(await arrive(context, with_cast.base_url), with_cast, has_script=True)
    await sam.sign_in("sam@example.org")
    await sam.open("/console/rollouts")
    before = await sam.page.inner_text("main")
    await sam.press("short-checklist", role="link")
    await errors_rise(with_cast)
    text = await until_it_says(sam, "Went back by itself")
    await sam.look()
    await sam.press("See the flag", role="link")
    flag = await sam.page.inner_text("main")
    await context.close()

    assert "It holds 25% as planned." in before
    assert "More requests fail with it:" in text
    assert "Harmed" in text
    assert "Rollout returned to 0%" in flag
    assert "rollout_returned" in with_cast.log.read_text()
    assert not sam.findings
