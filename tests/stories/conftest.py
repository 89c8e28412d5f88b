"""A real browser for the stories."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Playwright, async_playwright

AXE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
QUIET = "Failed to load resource: the server responded with a status of 4"


@pytest.fixture(scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
async def browser(playwright: Playwright) -> AsyncIterator[Browser]:
    """Debian's Chromium with an empty profile."""
    path = shutil.which("chromium")
    assert path is not None, "Chromium is missing: `make test` says how to install it"
    with tempfile.TemporaryDirectory() as profile:
        browser = await playwright.chromium.launch(
            executable_path=path, args=[*FLAGS, f"--disk-cache-dir={profile}"]
        )
        yield browser
        await browser.close()


@pytest.fixture
def address() -> str:
    """Where Dana has her mail; no two stories have one Dana."""
    return an_address("dana")


def an_address(name: str) -> str:
    """An address that nobody has yet."""
    return f"{name}-{uuid4().hex[:12]}@example.org"


@dataclass
class Visitor:
    """Somebody at a browser, and what the browser complained about."""

    page: Page
    base_url: str
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str) -> int:
        """Go somewhere; the status of the answer."""
        answer = await self.page.goto(path if "://" in path else f"{self.base_url}{path}")
        assert answer is not None
        return answer.status

    async def send(self, **fields: str) -> None:
        """Fill the form of the page and press its main button."""
        for name, value in fields.items():
            await self.page.fill(f"#{name}", value)
        await self.page.click("main .card form button[type=submit].button-wide")
        await self.page.wait_for_load_state()

    async def heading(self) -> str:
        """What the page says it is."""
        return (await self.page.inner_text("h1")).strip()

    async def path(self) -> str:
        """Where the browser is."""
        return str(await self.page.evaluate("location.pathname"))

    async def axe(self) -> list[str]:
        """What axe-core finds wrong with the page, by rule and element (WCAG 2.1 A and AA)."""
        await self.page.evaluate(AXE.read_text())
        found = await self.page.evaluate(
            "axe.run(document, {resultTypes: ['violations'],"
            " runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']"
            "}).then(r => r.violations.map("
            "v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', ')))"
        )
        return [f"{await self.path()} {one}" for one in found]

    async def overflows(self) -> bool:
        """Whether the page is wider than the window."""
        return bool(
            await self.page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
        )


async def arrive(context: BrowserContext, base_url: str) -> Visitor:
    """A visitor whose browser's complaints are kept."""
    visitor = Visitor(await context.new_page(), base_url)
    # What is fading in while axe looks has less contrast than it will have.
    await visitor.page.emulate_media(reduced_motion="reduce")

    def hear(kind: str, text: str) -> None:
        if kind in ("error", "warning") and not text.startswith(QUIET):
            visitor.complaints.append(text)

    visitor.page.on("console", lambda message: hear(message.type, message.text))
    visitor.page.on("pageerror", lambda error: hear("error", str(error)))
    return visitor
