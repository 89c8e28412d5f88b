"""The applications of `examples/`, set up as their READMEs say, in the three engines."""

import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engines.examples import Example, example, run, serving
from tests.engines.page import PATIENCE, Page, axe, overflows
from tests.engines.people import complete_profile, dana, fill_sign_in
from tests.running import Running

ROOT = Path(__file__).parents[2]
NPM = str(ROOT / "bin/npm")
FOCUSED = "document.activeElement?.shadowRoot?.activeElement"
QUIETLY = ["--silent", "--no-audit", "--no-fund", "--prefer-offline"]


@pytest.fixture(scope="session")
def plain(
    place: Running, ports: dict[str, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Example]:
    """The static page."""
    folder = tmp_path_factory.mktemp("plain") / "harbour"
    page = example("plain-html", folder, place, ports["plain-html"])
    script = folder / "sign-in.js"
    client_id = page.register()["CLIENT_ID"]
    script.write_text(script.read_text().replace("the client_id of the registration", client_id))
    page.paste_tag("index.html")
    words = page.words_of("http.server")
    words[0], words[-1] = sys.executable, str(folder)
    with serving(words, page):
        yield page


@pytest.fixture(scope="session")
def react(
    place: Running, ports: dict[str, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Example]:
    """The React application, built as it would be shipped."""
    folder = tmp_path_factory.mktemp("react") / "harbour"
    page = example("react-vite", folder, place, ports["react-vite"])
    client_id = page.register()["CLIENT_ID"]
    given = (folder / ".env.example").read_text()
    (folder / ".env").write_text(given.replace("the client_id of the registration", client_id))
    words = [NPM, "--silent", *page.words_of("npm pack")[1:]]
    run([str(folder) if word == "examples/react-vite" else word for word in words], folder=ROOT)
    for words in (["ci"], page.words_of("--no-save")[1:], ["run", "build"]):
        run([NPM, *words, *QUIETLY], folder=folder)
    with serving([str(folder / "node_modules/.bin/vite"), "preview"], page):
        yield page


@pytest.fixture(scope="session")
def flask(
    place: Running, ports: dict[str, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Example]:
    """The Flask application with its gate."""
    folder = tmp_path_factory.mktemp("flask") / "harbour"
    page = example("flask-gate", folder, place, ports["flask-gate"])
    page.paste_tag("templates/page.html")
    credentials = page.register()
    words = [word for word in page.words_of("flask run") if "=" not in word]
    with serving([sys.executable, "-m", "flask", *words[1:]], page, **credentials):
        yield page


async def test_a_static_page_guides_whoever_signs_in(
    page: Page, plain: Example, place: Running
) -> None:
    """Under `default-src 'none'` and Trusted Types, from the first visit to a completed step."""
    newcomer = dana(place)

    await page.open(plain.address)
    await page.wait_for("fm-checklist", saying="Sign in to see what is left")
    await page.click("#sign-in")
    await fill_sign_in(page, newcomer)
    await page.wait_for("fm-checklist >> #count", saying="1 of")
    await page.wait_for("fm-gate >> [part=panel]", saying="the rules of your market")
    assert not await page.evaluate("document.querySelector('#export').checkVisibility()")
    await choose_a_market(page)
    await page.open(plain.address)
    await page.wait_for("fm-checklist >> #count", saying="2 of")
    await page.wait_for("#export")

    await looks_well(page)
    await opens_help_by_keyboard(page)


async def test_a_react_application_follows_what_happens_elsewhere(
    page: Page, react: Example, place: Running
) -> None:
    """Its own component and the checklist hear of a step that another device completes."""
    newcomer = dana(place)

    await page.open(react.address)
    await page.click("button", saying="Sign in")
    await fill_sign_in(page, newcomer)
    await page.wait_for("fm-checklist >> #count", saying="1 of")
    before = await page.text("#progress")
    complete_profile(place, newcomer)
    await page.wait_for("fm-checklist >> #count", saying="2 of")

    assert await page.text("#progress") != before
    await looks_well(page)


async def test_a_flask_application_opens_a_route_when_its_step_is_done(
    page: Page, flask: Example, place: Running
) -> None:
    """The gate sends people to the step, and lets them in afterwards; the checklist tells why."""
    newcomer = dana(place)

    await page.open(flask.address)
    await page.click("a", saying="Sign in with Firstmile")
    await fill_sign_in(page, newcomer)
    await page.wait_for("p", saying="Hello Dana")
    await page.wait_for("fm-checklist >> #count", saying="1 of")
    await page.click("fm-consent >> [part=refuse]")
    await page.click("a", saying="Projects")
    await page.wait_until("location.pathname == '/onboarding/complete-profile'")
    complete_profile(place, newcomer)
    await page.open(flask.address)
    await page.wait_for("fm-checklist >> #count", saying="2 of")
    await until_open(page, "/projects")
    await page.open(f"{flask.address}projects")

    assert await page.text("h1") == "Projects"
    await looks_well(page)


async def opens_help_by_keyboard(page: Page) -> None:
    """Ctrl+/ opens it on a phone's sheet too, with the field to type in; Escape gives back."""
    await page.press("Control+/")
    await page.wait_for("fm-help >> [role=combobox]")
    await page.wait_until(f"{FOCUSED}?.getAttribute('role') === 'combobox'")
    assert not await overflows(page)
    await page.press("Escape")
    await page.wait_until(
        "!document.querySelector('fm-help').shadowRoot.querySelector('[role=combobox]')"
    )


async def until_open(page: Page, path: str) -> None:
    """Return when the gate lets through: a "no" is remembered for two seconds."""
    deadline = time.monotonic() + PATIENCE
    while not await page.evaluate(f"fetch('{path}').then(answer => answer.ok)"):
        assert time.monotonic() < deadline, "the gate stays closed"
        await asyncio.sleep(0.1)


async def choose_a_market(page: Page) -> None:
    """Follow the checklist to a step of Firstmile's own, and complete it there."""
    await page.click("fm-checklist >> button", saying="Choose your market")
    await page.click("fm-checklist >> li >> a", saying="Choose your market")
    await page.click("label", saying="Canada")
    await page.click("main form button[type=submit].button-wide")
    await page.wait_until("location.pathname == '/onboarding'")


async def looks_well(page: Page) -> None:
    """Nothing for axe or the console, nothing cut off at 400 % zoom, from either side."""
    assert await axe(page) == []
    await page.resize(320, 640)
    assert not await overflows(page)
    await page.evaluate("void (document.documentElement.dir = 'rtl')")
    assert not await overflows(page)
    assert await page.complaints() == []
