"""A page of another application, and a Firstmile beside it that says what a test wants."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser
from tests.embed.standing import Shop
from tests.stories.conftest import browser, playwright

__all__ = ["browser", "playwright"]


@pytest.fixture
async def shop(browser: Browser) -> AsyncIterator[Shop]:
    """A shop whose pages bar everything but what the docs tell to allow."""
    context = await browser.new_context(viewport={"width": 1000, "height": 800})
    yield await Shop.opened(context)
    await context.close()
