"""Sam writes a tip in a real browser, publishes it, changes it and rolls it back."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Route, expect
from tests.conftest import a_place
from tests.running import Running
from tests.stories.test_console import Desk, sam

from firstmile.outside.postgres import EmbeddedPostgres

__all__ = ["sam"]

PATH = "/console/guidance"


@pytest.fixture
def with_cast(cluster: EmbeddedPostgres, demo_template: str, tmp_path: Path) -> Iterator[Running]:
    """A demo of its own, as what is published here is shown to everybody."""
    with a_place(cluster, demo_template, tmp_path) as service:
        yield service


async def publish(sam: Desk, reason: str) -> None:
    await sam.page.get_by_role("link", name="Publish… production").click()
    await sam.page.fill("#reason", reason)
    await sam.press("Publish in production")


async def title(sam: Desk, words: str) -> None:
    await sam.page.locator('[id="words.en.title"]').fill(words)


async def the_preview_follows(sam: Desk) -> None:
    """One question at a time; what is typed meanwhile is asked, and shown, next."""
    page, body = sam.page, sam.page.locator('[id="words.en.body"]')
    strong = page.locator("#looks .guidance-look strong").first
    await expect(strong).to_have_text("free")
    asked, most = 0, 0

    async def slowly(route: Route) -> None:
        nonlocal asked, most
        asked += 1
        most = max(most, asked)
        await asyncio.sleep(0.8)  # longer than the pause after a key
        answer = await route.fetch()
        asked -= 1
        await route.fulfill(response=answer)

    await page.route("**/console/guidance/new", slowly)
    for words in ("It **costs**", "It **costs** <b>nothing</b>", "It is **yours** <b>now</b>"):
        await body.fill(words)
        await page.wait_for_timeout(500)  # each is asked for while the first is not answered
    await expect(strong).to_have_text("yours")
    await expect(page.locator('[id="words.en.body-mistake"]')).to_contain_text("Use Markdown.")
    await expect(page.locator("#looks-heard")).to_contain_text("remarks")
    assert most == 1
    await page.unroute("**/console/guidance/new")
    await body.fill("It is **free**.")
    await expect(page.locator('[id="words.en.body-mistake"]')).to_have_count(0)


async def the_preview_is_at_hand_on_a_phone(sam: Desk) -> None:
    """A button that stays opens it over the form; what it says of a field leads there."""
    page, looks = sam.page, sam.page.locator("#looks")
    await page.set_viewport_size({"width": 375, "height": 740})
    await expect(looks).to_be_hidden()
    opener = page.get_by_role("button", name=re.compile("^Preview.*remark"))
    await expect(opener).to_be_in_viewport()
    await opener.click()
    await expect(looks.get_by_role("heading", name="How it looks")).to_be_in_viewport()
    assert await page.evaluate("document.documentElement.scrollWidth") == 375
    if sam.has_script:
        await looks.get_by_role("link").first.click()
    else:
        await page.get_by_role("button", name="Close the preview").click()
    await expect(looks).to_be_hidden()
    await page.set_viewport_size({"width": 1280, "height": 900})
    await expect(looks).to_be_visible()


async def test_a_tip_is_written_published_and_rolled_back(sam: Desk) -> None:
    await sam.open(PATH)
    await sam.press("New content", role="link")
    await sam.page.fill("#key", "ask-a-friend")
    await title(sam, "Invite others")
    await sam.page.locator('[id="words.en.body"]').fill("It is **free**.")
    await sam.page.select_option("#delivery", "inline")
    if sam.has_script:
        await the_preview_follows(sam)
    await sam.press("See how it looks")
    assert await sam.page.locator(".guidance-look strong").first.inner_text() == "free"
    await the_preview_is_at_hand_on_a_phone(sam)
    await sam.press("Save the draft")
    assert "Nobody is shown it before it is published." in await sam.page.inner_text("main")
    await publish(sam, "Asked for by many")

    await sam.press("Edit", role="link")
    await title(sam, "Invite somebody")
    await sam.press("Save the draft")
    await publish(sam, "Clearer")
    assert "Version 2" in await sam.page.inner_text("main")

    await sam.page.get_by_role("link", name="Roll back… production").click()
    await sam.page.fill("#reason", "It was not")
    await sam.press("Roll back in production")
    said = await sam.page.inner_text("main")
    assert "Version 1" in said
    assert "Sam Novak" in said
    for path in ("", "/why?key=ask-a-friend&person=sam@example.org", "/quiet/production"):
        await sam.open(f"{PATH}{path}")
    assert sam.findings == []
    assert sam.visitor.complaints == []
