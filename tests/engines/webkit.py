"""WebKit as WebKitGTK has it, with its driver, on a screen of its own that nobody sees."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from selenium.webdriver import Remote, WebKitGTKOptions
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from tests.engines.page import PATIENCE
from tests.engines.webkit_page import WebKitPage
from tests.running import free_port

# The browser's own buttons would keep its window from being as narrow as a phone.
NARROW = "* { font-size: 1px; min-width: 0; min-height: 0; padding: 0; margin: 0; border: 0 }\n"


@dataclass
class WebKitEngine:
    """The driver of WebKit, which has one browser at a time."""

    address: str
    name: str = "webkit"

    @asynccontextmanager
    async def page(self) -> AsyncIterator[WebKitPage]:
        driver = await asyncio.to_thread(self._browser)
        page = WebKitPage(driver)
        try:
            await page.resize(1280, 800)
            yield page
        finally:
            await asyncio.to_thread(driver.quit)

    def _browser(self) -> Remote:
        """A browser that was just started: what WebKit keeps it keeps in memory."""
        waits = ClientConfig(remote_server_addr=self.address, timeout=int(PATIENCE * 3))
        driver = Remote(RemoteConnection(client_config=waits), options=WebKitGTKOptions())
        driver.set_page_load_timeout(PATIENCE)
        driver.set_script_timeout(PATIENCE)
        return driver


@asynccontextmanager
async def webkit(home: Path) -> AsyncIterator[WebKitEngine]:
    """WebKitGTK's driver with a screen and a message bus of its own."""
    style = home / ".config/gtk-3.0/gtk.css"
    style.parent.mkdir(parents=True)
    style.write_text(NARROW)
    port = free_port()
    process = _driver(home, port)
    try:
        address = f"http://127.0.0.1:{port}"
        await _wait_ready(address, home / "log")
        yield WebKitEngine(address)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)


def _driver(home: Path, port: int) -> subprocess.Popen[bytes]:
    screen = ["xvfb-run", "--auto-servernum", "--server-args=-screen 0 1400x1000x24"]
    driver = ["dbus-run-session", "--", "WebKitWebDriver", f"--port={port}"]
    (home / "run").mkdir(mode=0o700)
    with (home / "log").open("wb") as log:
        return subprocess.Popen(
            [*screen, *driver],
            env={
                "PATH": os.environ["PATH"],
                "LANG": "C.UTF-8",
                "HOME": str(home),
                "XDG_RUNTIME_DIR": str(home / "run"),
            },
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


async def _wait_ready(address: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE * 3
    async with httpx.AsyncClient() as client:
        while time.monotonic() < deadline:
            try:
                if (await client.get(f"{address}/status")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    raise AssertionError(f"the driver of WebKit did not start:\n{log.read_text()}")
