"""Firstmile's own pages in the three engines, at a desk and on a phone."""

import pytest
from tests.engines.page import Page, axe, overflows
from tests.engines.people import dana, sign_in
from tests.running import Running

SIZES = [pytest.param(1280, 800, id="desk"), pytest.param(375, 740, id="phone")]


@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_a_newcomer_signs_in_and_completes_a_step(
    page: Page, place: Running, width: int, height: int
) -> None:
    newcomer = dana(place)
    await page.resize(width, height)

    await sign_in(page, place, newcomer)
    await page.wait_until("location.pathname == '/onboarding'")
    before = await page.evaluate("document.querySelector('progress').value")
    await page.open(f"{place.base_url}/onboarding/choose-market")
    await page.click("label", saying="Canada")
    await page.click("main form button[type=submit].button-wide")
    await page.wait_until("location.pathname == '/onboarding'")

    assert await page.evaluate("document.querySelector('progress').value") > before
    assert await axe(page) == []
    assert not await overflows(page)
    assert await page.complaints() == []


async def test_a_complaint_of_any_engine_is_heard(page: Page, place: Running) -> None:
    """What the others rely on: errors, warnings, and what the policy blocks."""
    await page.open(f"{place.base_url}/sign-in")
    await page.evaluate("void setTimeout(() => { throw new Error('a mistake of ours') })")
    await page.evaluate("console.warn('a warning of ours')")
    await page.evaluate("void (new Image().src = 'https://elsewhere.invalid/x.png')")

    await page.wait_until("new Promise(done => setTimeout(() => done(true), 200))")

    heard = "\n".join(await page.complaints())
    for told in ("a mistake of ours", "a warning of ours", "elsewhere.invalid"):
        assert told in heard
