"""A page as the tests of all three engines use it, whatever drives the browser."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

PATIENCE = 10.0  # seconds: a page that has not come by then on a busy machine will not come
AXE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Refusals are part of the stories; every engine tells of them as of a failure to load.
EXPECTED = ("Failed to load resource: the server responded with a status of 4",)
# A page that is left while it loads cuts its scripts off: Firefox holds the hash of nothing against
# them or cannot import them, and in WebKit our loader says so. What is missing in a page that
# stays, a story misses too.
CUT_OFF = (
    "OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb",
    ".js could not be loaded.",
    "error loading dynamically imported module",
)


class Page(Protocol):
    """A tab of a browser.

    A selector is CSS that is sought in the document and in every open shadow root; `a >> b` is
    the first `b` within `a`. Every verb waits until what it needs is there, at most `PATIENCE`.
    """

    async def open(self, address: str) -> None:
        """Go to an address and return when the page is loaded."""

    async def open_beside(self, address: str) -> None:
        """Load an address in another tab of the same profile, and stay in this one."""

    async def fill(self, selector: str, text: str) -> None:
        """Type into a field that holds something else."""

    async def click(self, selector: str, *, saying: str = "") -> None:
        """Press the first that is shown and has this text in it."""

    async def press(self, keys: str) -> None:
        """Press a key, or several held together: `Escape`, `Control+/`, `Shift+Tab`."""

    async def text(self, selector: str) -> str:
        """The text of an element as shown, without what surrounds it."""

    async def wait_for(self, selector: str, *, saying: str = "") -> None:
        """Return when such an element is shown."""

    async def wait_until(self, expression: str) -> None:
        """Return when a JavaScript expression is true."""

    async def evaluate(self, expression: str) -> Any:
        """What a JavaScript expression gives; a promise is waited for."""

    async def resize(self, width: int, height: int) -> None:
        """Give the page a window of this size inside, in CSS pixels."""

    async def screenshot(self, path: Path) -> None:
        """A picture of what is shown, as PNG."""

    async def complaints(self) -> list[str]:
        """Errors, warnings and violations of the content security policy so far."""


class Engine(Protocol):
    """A browser that was started once."""

    name: str

    def page(self) -> AbstractAsyncContextManager[Page]:
        """A page with an empty profile: no cookie, no storage, no cache of another's."""


def is_complaint(text: str) -> bool:
    """Whether what a browser says is worth reading."""
    return not text.startswith(EXPECTED) and not any(one in text for one in CUT_OFF)


async def axe(page: Page) -> list[str]:
    """What axe-core finds wrong with a page, its open shadow roots included."""
    await page.evaluate(f"(() => {{ {AXE.read_text()} }})()")
    found = await page.evaluate(
        f"axe.run(document, {{runOnly: {RULES}}}).then(r => r.violations.map("
        "v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', ')))"
    )
    return [str(one) for one in found]


async def overflows(page: Page) -> bool:
    """Whether a page is wider than its window."""
    return bool(
        await page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
    )
