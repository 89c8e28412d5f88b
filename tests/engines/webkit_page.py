"""A page of WebKit, driven by Selenium, and by a script where its driver sees nothing."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from json import dumps
from pathlib import Path
from typing import Any, TypeVar

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    JavascriptException,
    StaleElementReferenceException,
)
from selenium.webdriver import ActionChains, Keys, Remote
from selenium.webdriver.remote.webelement import WebElement
from tests.engines.page import PATIENCE, is_complaint

T = TypeVar("T")
IN_PAGE = (Path(__file__).parent / "in_page.js").read_text()
NOT_YET = (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    JavascriptException,
    StaleElementReferenceException,
)
KEYS = {
    **{
        name.capitalize(): getattr(Keys, name.upper())
        for name in ("control", "shift", "alt", "escape", "enter", "tab", "home", "end", "space")
    },
    **{
        f"Arrow{way}": getattr(Keys, f"ARROW_{way.upper()}")
        for way in ("Up", "Down", "Left", "Right")
    },
    "F6": Keys.F6,
}


@dataclass
class WebKitPage:
    """The window of a WebKit browser; its blocking driver is spoken to in a thread."""

    driver: Remote
    heard: list[str] = field(default_factory=list)

    async def open(self, address: str) -> None:
        await self._do(lambda: self.driver.get(address))

    async def open_beside(self, address: str) -> None:
        def go() -> None:
            here = self.driver.current_window_handle
            self.driver.switch_to.new_window("tab")
            self.driver.get(address)
            self.driver.switch_to.window(here)

        await self._do(go)

    async def fill(self, selector: str, text: str) -> None:
        def write() -> None:
            field = self._element(selector)
            field.clear()
            field.send_keys(text)

        await self._do(lambda: patiently(write))

    async def click(self, selector: str, *, saying: str = "") -> None:
        await self._do(lambda: patiently(lambda: self._element(selector, saying).click()))

    async def press(self, keys: str) -> None:
        *held, last = [KEYS.get(one, one) for one in keys.split("+")]
        chain = ActionChains(self.driver, duration=0)
        for key in held:
            chain.key_down(key)
        chain.key_down(last).key_up(last)
        for key in reversed(held):
            chain.key_up(key)
        await self._do(chain.perform)

    async def text(self, selector: str) -> str:
        def read() -> str:
            return str(self._ask(f"return sought({dumps(selector)})[0].innerText")).strip()

        return await self._do(lambda: patiently(read))

    async def wait_for(self, selector: str, *, saying: str = "") -> None:
        await self._do(lambda: patiently(lambda: self._element(selector, saying)))

    async def wait_until(self, expression: str) -> None:
        def look() -> None:
            if not self._ask(f"return {expression}"):
                raise JavascriptException(f"never true: {expression}")

        await self._do(lambda: patiently(look))

    async def evaluate(self, expression: str) -> Any:
        """What it gives; a mistake in it is told as the browser tells it."""
        script = f"""
            const done = arguments[0];
            (async () => {expression})().then(
                (value) => done({{ value }}), (error) => done({{ error: String(error) }}));
        """
        answer = await self._do(lambda: self.driver.execute_async_script(script))
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer["value"]

    async def resize(self, width: int, height: int) -> None:
        def size() -> None:
            inside = self._ask("return [innerWidth, innerHeight]")
            if inside == [width, height]:
                return
            outside = self.driver.get_window_size()
            self.driver.set_window_size(
                width + outside["width"] - inside[0], height + outside["height"] - inside[1]
            )
            raise JavascriptException(f"the window is not yet {width} wide")

        await self._do(lambda: patiently(size))

    async def screenshot(self, path: Path) -> None:
        await self._do(lambda: self.driver.save_screenshot(str(path)))

    async def complaints(self) -> list[str]:
        await self._do(lambda: None)
        return self.heard

    async def _do(self, work: Callable[[], T]) -> T:
        """Do it, and keep what the page says before and after."""

        def all_of_it() -> T:
            self._hear()
            done = work()
            self._hear()
            return done

        return await asyncio.to_thread(all_of_it)

    def _hear(self) -> None:
        said = self._ask("const heard = takeHeard(); listen(); return heard")
        self.heard += [one for one in said if is_complaint(one)]

    def _element(self, selector: str, saying: str = "") -> WebElement:
        found = self._ask(f"return shown({dumps(selector)}, {dumps(saying)})")
        if not isinstance(found, WebElement):
            raise JavascriptException(f"nothing shown is {selector} {saying}".strip())
        return found

    def _ask(self, script: str) -> Any:
        return self.driver.execute_script(IN_PAGE + script)


def patiently(work: Callable[[], T]) -> T:
    """Do it again until the page is so far."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return work()
        except NOT_YET:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
