"""Chromium and Firefox, driven by Playwright; Firefox speaks WebDriver BiDi with it."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Locator, Page, Playwright
from tests.engines.page import PATIENCE, is_complaint
from tests.stories.conftest import FLAGS

MILLISECONDS = PATIENCE * 1000


@dataclass
class PlaywrightPage:
    """A tab of Chromium or Firefox."""

    tab: Page
    heard: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Keep what the browser complains about."""
        self.tab.on("console", lambda message: self._hear(message.type, message.text))
        self.tab.on("pageerror", lambda error: self._hear("error", str(error)))

    async def open(self, address: str) -> None:
        await self.tab.goto(address)

    async def open_beside(self, address: str) -> None:
        other = await self.tab.context.new_page()
        await other.goto(address)
        await self.tab.bring_to_front()

    async def fill(self, selector: str, text: str) -> None:
        await self.tab.locator(selector).first.fill(text)

    async def click(self, selector: str, *, saying: str = "") -> None:
        await self._shown(selector, saying).click()
        await self.tab.wait_for_load_state()

    async def press(self, keys: str) -> None:
        await self.tab.keyboard.press(keys)

    async def text(self, selector: str) -> str:
        return (await self.tab.locator(selector).first.inner_text()).strip()

    async def wait_for(self, selector: str, *, saying: str = "") -> None:
        await self._shown(selector, saying).wait_for()

    async def wait_until(self, expression: str) -> None:
        await self.tab.wait_for_function(f"() => {expression}")

    async def evaluate(self, expression: str) -> Any:
        return await self.tab.evaluate(f"() => {expression}")

    async def resize(self, width: int, height: int) -> None:
        await self.tab.set_viewport_size({"width": width, "height": height})

    async def screenshot(self, path: Path) -> None:
        await self.tab.screenshot(path=path)

    async def complaints(self) -> list[str]:
        return self.heard

    def _shown(self, selector: str, saying: str) -> Locator:
        found = self.tab.locator(selector)
        return found.filter(has_text=saying, visible=True).first

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and is_complaint(text):
            self.heard.append(text)


@dataclass
class PlaywrightEngine:
    """Chromium or Firefox."""

    name: str
    browser: Browser

    @asynccontextmanager
    async def page(self) -> AsyncIterator[PlaywrightPage]:
        context = await self.browser.new_context(viewport={"width": 1280, "height": 800})
        context.set_default_timeout(MILLISECONDS)
        page = PlaywrightPage(await context.new_page())
        page.listen()
        yield page
        await context.close()


@asynccontextmanager
async def chromium(playwright: Playwright) -> AsyncIterator[PlaywrightEngine]:
    """Debian's Chromium."""
    with tempfile.TemporaryDirectory() as cache:
        browser = await playwright.chromium.launch(
            executable_path=_program("chromium"), args=[*FLAGS, f"--disk-cache-dir={cache}"]
        )
        yield PlaywrightEngine("chromium", browser)
        await browser.close()


@asynccontextmanager
async def firefox(
    playwright: Playwright, preferences: Mapping[str, str | float | bool] | None = None
) -> AsyncIterator[PlaywrightEngine]:
    """Debian's Firefox; the channel makes Playwright speak WebDriver BiDi.

    `preferences` are those of `about:config`.
    """
    browser = await playwright.firefox.launch(
        channel="moz-firefox",
        executable_path=_program("firefox-esr"),
        firefox_user_prefs=dict(preferences or {}),
    )
    yield PlaywrightEngine("firefox", browser)
    await browser.close()


def _program(name: str) -> str:
    path = shutil.which(name)
    assert path is not None, f"{name} is missing: bin/test-programs installs it"
    return path
