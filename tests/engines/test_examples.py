"""The applications of `examples/`, set up as their READMEs say, in the three engines."""

import asyncio
import time
from pathlib import Path

from tests.engines.examples import Example
from tests.engines.page import PATIENCE, Page, axe, overflows
from tests.engines.people import complete_profile, dana, fill_sign_in
from tests.running import Running

ROOT = Path(__file__).parents[2]
NPM = str(ROOT / "bin/npm")
FOCUSED = "document.activeElement?.shadowRoot?.activeElement"
QUIETLY = ["--silent", "--no-audit", "--no-fund", "--prefer-offline"]


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
