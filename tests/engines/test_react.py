"""The package in the hands of a stranger: React's strict mode, and TypeScript at its strictest."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.engines.conftest import TOGETHER
from tests.engines.examples import Example, run
from tests.engines.page import Page
from tests.engines.people import access_token, dana
from tests.running import Running

HERE = Path(__file__).parent
ONE_ENGINE = pytest.mark.parametrize(
    "engine", [pytest.param("chromium", marks=TOGETHER)], indirect=True
)
STATE, STREAM = "/api/v1/embed/state", "/api/v1/embed/stream"
DEVELOPERS = "Lit is in dev mode"
LISTENS = f"strict.asked.some(one => one.path === '{STREAM}' && one.isOpen)"


@pytest.fixture(scope="session")
def strict(react: Example) -> str:
    """The address of a page that is moved by `window.strict`, with React as developers run it."""
    shutil.copy(HERE / "react/strict.html", react.folder)
    shutil.copy(HERE / "react/strict.tsx", react.folder / "src")
    shutil.copy(HERE / "react/vite.strict.ts", react.folder)
    words = ["node_modules/.bin/vite", "build", "--config", "vite.strict.ts", "--logLevel", "warn"]
    run(words, folder=react.folder, environment={**os.environ, "NODE_ENV": "development"})
    return f"{react.address}strict.html"


async def show(page: Page, **shown: Any) -> None:
    await page.evaluate(f"strict.show({json.dumps(shown)})")


@ONE_ENGINE
async def test_strict_mode_mounts_twice_and_asks_and_listens_once(
    page: Page, strict: str, place: Running
) -> None:
    """Two clients or two streams would be two tabs to the server, and twice every tip."""
    token = access_token(place, dana(place))
    await page.open(strict)

    await show(page, token=token, floating=True, shortcut="Control+h", listener="first")
    await page.wait_for("fm-checklist >> #count", saying="1 of")
    await page.wait_for("#progress")
    await page.wait_until(LISTENS)

    asked = await page.evaluate("strict.asked.map(one => one.path)")
    assert asked[:2] == [STATE, STREAM]
    assert asked.count(STREAM) == 1
    assert await page.evaluate("document.querySelector('fm-checklist').className") == "mine"
    assert await page.evaluate("document.querySelector('fm-checklist').hideWhenDone") is True
    assert [one for one in await page.complaints() if DEVELOPERS not in one] == []


@ONE_ENGINE
async def test_props_and_listeners_are_those_of_the_last_drawing(
    page: Page, strict: str, place: Running
) -> None:
    token = access_token(place, dana(place))
    await page.open(strict)
    await show(page, token=token, floating=True, shortcut="Control+h", listener="first")
    await page.wait_for("fm-help >> [part=opener]")
    assert await page.evaluate("document.querySelector('fm-help').floating") is True

    await show(page, token=token, floating=False, shortcut="Control+j", listener="second")
    await page.wait_until("document.querySelector('fm-help').shortcut === 'Control+j'")
    await page.press("Control+j")
    await page.wait_for("fm-help >> [role=combobox]")

    assert not await page.evaluate("document.querySelector('fm-help').floating")
    assert await page.evaluate("strict.heard.filter(one => one !== 'progress')") == ["second"]


@ONE_ENGINE
async def test_what_leaves_the_page_listens_no_more_and_may_come_back(
    page: Page, strict: str, place: Running
) -> None:
    shown = {"token": access_token(place, dana(place)), "floating": True, "listener": "first"}
    await page.open(strict)
    await show(page, **shown, shortcut="Control+h")
    await page.wait_until(LISTENS)

    await page.evaluate("void (strict.first = strict.client())")
    await page.evaluate("strict.leave()")
    await page.wait_until("strict.first.isEnded")
    assert not await page.evaluate(LISTENS)
    assert await page.evaluate("document.querySelectorAll('fm-help, fm-tip, fm-tour').length") == 0

    await show(page, **shown, shortcut="Control+h")
    await page.wait_for("fm-checklist >> #count", saying="1 of")
    assert await page.evaluate("strict.client() !== strict.first && !strict.client().isEnded")
    assert await page.evaluate("document.querySelector('fm-help').floating") is True


@ONE_ENGINE
async def test_a_client_of_ones_own_outlives_the_provider(page: Page, strict: str) -> None:
    await page.open(strict)
    shown = {"token": "", "floating": True, "shortcut": "", "listener": "first"}
    await page.evaluate(f"strict.showGiven({json.dumps(shown)})")
    await page.wait_until("document.querySelector('fm-checklist')")
    await page.wait_until("strict.client().moment.phase === 'ready'")

    await page.evaluate("strict.leave()")
    await page.wait_until("!document.querySelector('fm-checklist')")
    await page.evaluate("new Promise(done => setTimeout(done))")  # where ours would end

    assert not await page.evaluate("strict.client().isEnded")


@TOGETHER
@pytest.mark.parametrize("resolution", ["bundler", "nodenext"])
def test_a_strangers_typescript_compiles_and_a_wrong_use_does_not(
    react: Example, resolution: str
) -> None:
    """`wrong.tsx` expects an error in each of its lines, and fails where there is none."""
    folder = react.folder / f"consumer-{resolution}"
    shutil.copytree(HERE / "consumer", folder)
    module = "ESNext" if resolution == "bundler" else "NodeNext"
    run(
        ["../node_modules/.bin/tsc", "--moduleResolution", resolution, "--module", module],
        folder=folder,
    )
