"""Sam of support helps people in a real browser: finds them, looks as they do, and locks."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page
from tests.engines.people import dana
from tests.running import Running
from tests.stories.conftest import Visitor, arrive

from firstmile.demo.people import PASSWORD

ALICE = "alice@example.org"
REASON = "Ticket 4711: the checklist does not load"
PATIENCE = 10.0
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}
PHONE: dict[str, Any] = {"viewport": {"width": 375, "height": 780}, "color_scheme": "dark"}


@dataclass
class Desk:
    """Somebody at a browser, and what is wrong with the pages they saw."""

    visitor: Visitor
    running: Running
    has_script: bool
    findings: list[str] = field(default_factory=list)

    @property
    def page(self) -> Page:
        return self.visitor.page

    async def open(self, path: str) -> None:
        await self.visitor.open(path)
        await self.look()

    async def press(self, words: str, *, role: Any = "button") -> None:
        await self.page.get_by_role(role, name=words, exact=True).first.click()
        await self.page.wait_for_load_state()
        await self.look()

    async def look(self) -> None:
        if await self.visitor.overflows():
            self.findings.append(f"{self.page.url} is wider than the window")
        if self.has_script:
            self.findings += await self.visitor.axe()

    async def sign_in(self, email: str, password: str = PASSWORD) -> None:
        await self.visitor.open("/sign-in")
        await self.page.fill("#email", email)
        await self.page.fill("#password", password)
        await self.press("Sign in")

    def link(self, address: str, of: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for mail in self.running.mails():
                for link in mail["links"]:
                    if mail["to"] == address and of in link:
                        return str(link)
            time.sleep(0.05)
        raise AssertionError(f"no mail with {of} to {address}")


@pytest.fixture
def with_cast(demo_place: Running) -> Running:
    """The demo cast lives here, Sam among them."""
    return demo_place


@pytest.fixture(params=["desk", "phone", "without script"])
async def sam(
    request: pytest.FixtureRequest, with_cast: Running, browser: Browser
) -> AsyncIterator[Desk]:
    has_script = request.param != "without script"
    manner = PHONE if request.param == "phone" else DESK
    context = await browser.new_context(**manner, java_script_enabled=has_script)
    desk = Desk(await arrive(context, with_cast.base_url), with_cast, has_script)
    await desk.sign_in("sam@example.org")
    yield desk
    await context.close()


async def test_every_part_of_the_console_is_a_press_away(sam: Desk) -> None:
    await sam.open("/console")
    menu = sam.page.get_by_role("button", name="Parts of the console")
    if await menu.is_visible():
        await menu.focus()
        await sam.page.keyboard.press("Enter")
        await sam.look()
        await sam.page.keyboard.press("Escape")
        assert await menu.evaluate("button => button === document.activeElement")
        await menu.click()
    await sam.page.locator("#console-parts").get_by_role("link", name="Limits").click()
    await sam.page.wait_for_url("**/console/limits")

    assert sam.findings == []
    assert sam.visitor.complaints == []


async def test_support_finds_a_person_sees_what_they_see_and_comes_back(sam: Desk) -> None:
    await sam.press("Console", role="link")
    if sam.has_script:
        await sam.page.keyboard.press("/")
    else:
        await sam.page.focus("#query")
    await sam.page.keyboard.type(ALICE)
    await sam.page.keyboard.press("Enter")
    await sam.page.wait_for_url("**/console/people/*")
    await sam.look()
    assert await sam.visitor.heading() == "Alice Martin"
    home = await sam.visitor.path()

    await sam.press("See what they see", role="link")
    await sam.page.fill("#reason", REASON)
    await sam.press("See the product as this person")
    assert await sam.visitor.path() == "/home"
    for path in ("/home", "/profile", "/account/security", "/onboarding", "/nowhere"):
        await sam.open(path)
        banner = await sam.page.inner_text("aside.seat")
        assert "You see this as Alice Martin." in banner
        assert REASON in banner
        assert await sam.page.get_by_role("button", name="Sign out").count() == 0
    await sam.open("/profile")
    await sam.press("Save the changes")
    assert await sam.visitor.heading() == "This was not accepted"

    await sam.press("End and be yourself again")
    assert await sam.visitor.path() == home
    activity = await sam.page.inner_text("section[aria-labelledby=activity]")
    assert f"Impersonation began: {REASON}" in activity
    assert "by Sam Novak" in activity

    await sam.visitor.page.context.clear_cookies()
    await sam.sign_in(ALICE)
    await sam.open("/account/security")
    assert f"Support looked at your account as you see it: {REASON}" in await sam.page.inner_text(
        "main"
    )
    assert sam.findings == []
    assert sam.visitor.complaints == []


async def test_support_locks_an_account_and_opens_it_again(sam: Desk) -> None:
    await sam.open(f"/console/people?query={dana(sam.running).email}")

    await sam.press("Lock the account", role="link")
    await sam.page.fill("#reason", "short")
    await sam.press("Lock the account")
    assert "at least 10 characters" in await sam.page.inner_text("main")
    await sam.page.fill("#reason", "A stolen laptop, asked for by phone")
    await sam.press("Lock the account")
    locked = await sam.page.inner_text("main")
    await sam.press("Open the account", role="link")
    await sam.press("Open the account")

    assert "Reason: A stolen laptop, asked for by phone" in locked
    assert "The account is open." in await sam.page.inner_text("main")
    assert await sam.page.get_by_role("link", name="Open the account").count() == 0
    assert sam.findings == []
    assert sam.visitor.complaints == []


async def test_whoever_was_locked_out_by_wrong_passwords_opens_the_door_by_mail(
    sam: Desk,
) -> None:
    newcomer = dana(sam.running)
    async with httpx.AsyncClient(base_url=sam.running.base_url) as stranger:
        for _ in range(5):
            body = {"email": newcomer.email, "password": "not the password"}
            await stranger.post("/api/v1/auth/login", json=body)
    await sam.open(f"/console/people?query={newcomer.email}")
    assert "paused until" in await sam.page.inner_text("main")

    await sam.visitor.page.context.clear_cookies()
    await sam.open(sam.link(newcomer.email, "/unlock"))
    await sam.press("Open sign-in")

    assert "Sign-in is open again." in await sam.page.inner_text("main")
    await sam.sign_in(newcomer.email, newcomer.password)
    assert await sam.visitor.path() == "/onboarding"
    assert sam.findings == []


async def test_the_key_of_the_search_can_be_switched_off(
    with_cast: Running, browser: Browser
) -> None:
    """Who speaks to their machine says words that hold it (WCAG 2.1.4)."""
    context = await browser.new_context(**DESK)
    sam = Desk(await arrive(context, with_cast.base_url), with_cast, has_script=True)
    await sam.sign_in("sam@example.org")
    focused = "document.activeElement.id"

    await sam.open("/console")
    await sam.press("Turn the key off")
    await sam.open("/console")
    await sam.page.keyboard.press("/")
    off = await sam.page.evaluate(focused)
    await sam.press("Turn the key on")
    await sam.page.keyboard.press("/")
    on = await sam.page.evaluate(focused)
    await sam.page.keyboard.type("a/b")

    assert (off, on) == ("", "query")
    assert await sam.page.input_value("#query") == "a/b"
    await context.close()


async def test_applications_are_registered_from_the_console(sam: Desk) -> None:
    await sam.open("/console/applications")
    await sam.press("Register an application", role="link")
    await sam.page.fill("#name", "Wiki")
    await sam.page.fill("#redirectUris", "https://wiki.example.org/callback")
    await sam.press("Register it")
    secret = (await sam.page.inner_text("#secret")).strip()
    await sam.press("I have kept the secret", role="link")
    await sam.open("/console/staff")

    assert len(secret) == 43
    assert "Sam Novak" in await sam.page.inner_text("main")
    assert sam.findings == []
    assert sam.visitor.complaints == []
