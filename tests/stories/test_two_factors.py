"""Two factors in a real browser: set up, sign in, recover, see one's sessions, take it away."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from playwright.async_api import Browser
from tests.running import Running
from tests.stories.conftest import Visitor, arrive
from tests.stories.test_first_mile import MANNERS, Look, Manner

PASSWORD = "three calm otters"
SECURITY = "/account/security"
PATIENCE = 10.0


@pytest.fixture(params=MANNERS, ids=str)
async def dana(
    place: Running, browser: Browser, address: str, request: pytest.FixtureRequest
) -> AsyncIterator[tuple[Visitor, Look]]:
    """Dana, who has just signed in for the first time, in each manner."""
    manner: Manner = request.param
    context = await browser.new_context(
        locale=manner.language,
        viewport={"width": manner.width, "height": manner.height},
        color_scheme=manner.scheme,
        java_script_enabled=manner.script,
        accept_downloads=True,
    )
    visitor = await arrive(context, place.base_url)
    await visitor.open("/sign-up")
    await visitor.send(firstName="Dana", lastName="Lopez", email=address, password=PASSWORD)
    await visitor.open(link_to(place, address))
    await visitor.send()
    await visitor.send(password=PASSWORD)
    yield visitor, Look(visitor, manner)
    await context.close()


def link_to(place: Running, address: str) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for mail in place.mails():
            for link in mail["links"]:
                if mail["to"] == address and "/verify-email" in link:
                    return str(link)
        time.sleep(0.05)
    raise AssertionError(f"no link for {address}")


async def press(visitor: Visitor, button: str) -> None:
    """Press a button, and wait for the page it leads to."""
    async with visitor.page.expect_navigation():
        await visitor.page.click(button)


async def set_up(visitor: Visitor) -> pyotp.TOTP:
    """Begin on the page of one's security; the app as it is after scanning the picture."""
    await visitor.open(SECURITY)
    await press(visitor, f"form[action='{SECURITY}/app'] button")
    letters = await visitor.page.inner_text(".secret")
    return pyotp.TOTP("".join(letters.split()))


async def show_code(visitor: Visitor, app: pyotp.TOTP, button: str, *, later: int = 0) -> None:
    """Type a code; `later` steps ahead of the clock, as far as is forgiven."""
    await visitor.page.fill("#code", app.at(datetime.now(UTC) + timedelta(seconds=30 * later)))
    await press(visitor, button)


async def knock(visitor: Visitor, address: str) -> None:
    """Sign out, and sign in up to the second step."""
    await press(visitor, "form[action='/sign-out'] button")
    await visitor.open("/sign-in?next=/account/sessions")
    await visitor.page.fill("#email", address)
    await visitor.page.fill("#password", PASSWORD)
    await press(visitor, "form[action='/sign-in'] button[type=submit]")


async def test_two_factors_from_the_first_code_to_the_last(
    dana: tuple[Visitor, Look], address: str
) -> None:
    visitor, look = dana
    page = visitor.page
    await visitor.open(SECURITY)
    await look()

    app = await set_up(visitor)
    await look()
    assert await page.evaluate("document.querySelector('.qr').naturalWidth > 0")
    await page.fill("#code", "12345")
    await press(visitor, "form[action$='/confirm'] button")
    assert await page.get_attribute("#code", "aria-invalid") == "true"
    await look()
    await show_code(visitor, app, "form[action$='/confirm'] button")
    codes = await page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    await look()
    async with page.expect_download() as download:
        await page.click("a[download]")
    assert codes[9] in (await (await download.value).path()).read_text()
    await page.check("main input[type=checkbox]")
    await press(visitor, "form[action$='/saved'] button")
    assert await visitor.path() == SECURITY
    await look()

    await knock(visitor, address)
    assert await visitor.path() == "/sign-in/second-factor"
    await look()
    await page.check("input[name=trust]")
    await show_code(visitor, app, "main form button[type=submit]", later=1)
    assert await visitor.path() == "/account/sessions"
    await look()
    await knock(visitor, address)
    assert await visitor.path() == "/account/sessions"  # a trusted browser is not asked

    await visitor.open(SECURITY)
    await press(visitor, "form[action$='/trusted/forget'] button")
    await knock(visitor, address)
    await press(visitor, "a[href*='recovery-code']")
    await look()
    await page.fill("#code", codes[0].lower())
    await press(visitor, "main form button[type=submit]")
    assert await visitor.path() == "/account/sessions"

    await visitor.open(SECURITY)
    for summary in await page.locator("details.more > summary").all():
        await summary.click()
    await look()
    await press(visitor, "form[action$='/app/remove'] button")
    assert await page.locator(f"form[action='{SECURITY}/app'] button").count() == 1

    assert look.findings == []
    assert visitor.complaints == []


@pytest.mark.parametrize("dana", MANNERS[:1], indirect=True, ids=str)
async def test_codes_are_copied_with_one_press(dana: tuple[Visitor, Look]) -> None:
    visitor, _ = dana
    page = visitor.page
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    app = await set_up(visitor)
    await show_code(visitor, app, "form[action$='/confirm'] button")

    await page.click("[data-copy]")

    await page.get_by_text("Copied").wait_for()
    copied = str(await page.evaluate("navigator.clipboard.readText()"))
    assert copied.splitlines() == await page.locator(".codes code").all_inner_texts()
