"""Help in a real browser: the panel beside a page, found by whoever mistypes, and closed again."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page
from tests.running import Running
from tests.stories.conftest import Visitor, arrive
from tests.stories.test_console import DESK, PHONE, with_cast

__all__ = ["with_cast"]
STRONG = "What makes a password strong"


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
async def reader(
    request: pytest.FixtureRequest, with_cast: Running, browser: Browser
) -> AsyncIterator[Visitor]:
    manner: dict[str, Any] = request.param
    context = await browser.new_context(**manner)
    yield await arrive(context, with_cast.base_url)
    await context.close()


async def focused(page: Page) -> str:
    """The id of what has the focus."""
    return str(await page.evaluate("document.activeElement.id"))


async def test_help_opens_beside_the_page_finds_and_gives_the_focus_back(reader: Visitor) -> None:
    page = reader.page
    await reader.open("/sign-up")
    await page.focus("#email")
    await page.keyboard.press("Control+/")
    first = page.locator("fm-help [role=option]").first
    assert await first.locator("strong").inner_text() == "Create an account"
    assert await reader.axe() == []

    await page.keyboard.type("chose pasword")
    await page.locator("fm-help mark").first.wait_for()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="What we refuse").wait_for()
    assert await page.locator("fm-help #title").inner_text() == "Choose a password"
    assert await page.get_by_role("link", name="All articles").is_visible()

    await page.keyboard.press("Escape")
    assert await focused(page) == "email"
    assert await page.locator("fm-help [part=panel]").count() == 0
    assert not await reader.overflows()
    assert reader.complaints == []


async def test_a_sign_beside_a_field_says_by_keyboard_what_help_says(reader: Visitor) -> None:
    page = reader.page
    await reader.open("/sign-up")
    sign, words = page.locator(".about-sign"), page.locator(".about-words")
    assert await sign.get_attribute("aria-label") == f"Help: {STRONG}"
    assert not await words.is_visible()
    await sign.focus()
    await page.keyboard.press("Enter")
    assert "three or four words" in await words.inner_text()
    assert await reader.axe() == []
    assert not await reader.overflows()
    await page.keyboard.press("Escape")
    assert not await words.is_visible()

    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="What we refuse").wait_for()
    await page.keyboard.press("Escape")
    assert await sign.evaluate("sign => sign === document.activeElement")
    assert reader.complaints == []


async def test_without_script_the_footer_and_the_signs_lead_to_the_help(
    with_cast: Running, browser: Browser
) -> None:
    context = await browser.new_context(java_script_enabled=False)
    visitor = await arrive(context, with_cast.base_url)
    await visitor.open("/sign-up")
    await visitor.page.get_by_role("link", name="Help").click()
    await visitor.page.fill("#q", "chose pasword")
    await visitor.page.get_by_role("button", name="Search").click()
    await visitor.page.get_by_role("link", name="Choose a password").click()

    assert await visitor.heading() == "Choose a password"
    await visitor.open("/sign-up")
    await visitor.page.click(".about-sign")
    await visitor.page.get_by_role("link", name="Read the article").click()
    assert await visitor.heading() == "Choose a password"
    assert visitor.page.url.endswith("/help/choose-a-password#section-strong")
    assert await visitor.page.locator("#section-strong").inner_text() == STRONG
    await context.close()
