"""Passkeys in a real browser, with the virtual authenticator of its debugging protocol."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, CDPSession
from tests.cast import PASSWORD
from tests.conftest import a_place
from tests.engines.people import dana as newcomer
from tests.running import Running
from tests.stories.conftest import Visitor, arrive

from firstmile.outside.postgres import EmbeddedPostgres

SECURITY = "/account/security"
# Tells the test what the page asked the authenticator for.
LISTENING = """
    const get = navigator.credentials.get.bind(navigator.credentials);
    navigator.credentials.get = (options) => {
        document.documentElement.dataset.asked = options.mediation ?? "button";
        return get(options);
    };
"""
# A browser from before the W3C's JSON and before passkeys in the address field.
OLDER = """
    delete PublicKeyCredential.isConditionalMediationAvailable;
    delete PublicKeyCredential.parseCreationOptionsFromJSON;
    delete PublicKeyCredential.parseRequestOptionsFromJSON;
    delete PublicKeyCredential.prototype.toJSON;
"""


@pytest.fixture(scope="session")
def place(
    cluster: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """Web and worker under a name, for passkeys belong to names and not to numbers."""
    with a_place(cluster, template, tmp_path_factory.mktemp("named"), host="localhost") as service:
        yield service


@dataclass
class Device:
    """An authenticator inside the browser, which says yes by itself."""

    session: CDPSession
    id: str

    @classmethod
    async def of(cls, visitor: Visitor, **more: Any) -> "Device":
        session = await visitor.page.context.new_cdp_session(visitor.page)
        await session.send("WebAuthn.enable", {"enableUI": False})
        kind = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
            **more,
        }
        made = await session.send("WebAuthn.addVirtualAuthenticator", {"options": kind})
        return cls(session, made["authenticatorId"])

    async def keys(self) -> list[dict[str, Any]]:
        answer = await self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(answer["credentials"])

    async def is_near(self, is_near: bool) -> None:
        """Whether somebody touches it when it is asked."""
        await self.session.send(
            "WebAuthn.setAutomaticPresenceSimulation",
            {"authenticatorId": self.id, "enabled": is_near},
        )

    async def knows_person(self, knows: bool) -> None:
        await self.session.send(
            "WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": knows}
        )


@pytest.fixture
def address(place: Running) -> str:
    """Where Dana has her mail, whose account is new and verified."""
    return newcomer(place).email


@pytest.fixture
async def dana(place: Running, browser: Browser, address: str) -> AsyncIterator[Visitor]:
    """Dana, just signed in with her password."""
    context = await browser.new_context()
    visitor = await arrive(context, place.base_url)
    await visitor.open("/sign-in")
    await visitor.send(email=address, password=PASSWORD)
    yield visitor
    await context.close()


async def press(visitor: Visitor, name: str) -> None:
    """Press a button by its words, and wait for the page it leads to."""
    async with visitor.page.expect_navigation():
        await visitor.page.get_by_role("button", name=name).click()


async def add_passkey(visitor: Visitor) -> None:
    """Add a passkey on the page of one's security, and keep the recovery codes."""
    await visitor.open(SECURITY)
    await press(visitor, "Add")
    if visitor.page.url.endswith("/codes"):
        await keep_codes(visitor)


async def keep_codes(visitor: Visitor) -> None:
    await visitor.page.check("text=I have saved these codes")
    async with visitor.page.expect_navigation():
        await visitor.page.click("main form button[type=submit]")


async def sign_out(visitor: Visitor) -> None:
    await press(visitor, "Sign out")


async def names(visitor: Visitor) -> list[str]:
    return await visitor.page.locator(".passkey-name").all_inner_texts()


async def test_a_passkey_from_its_making_to_its_end(dana: Visitor, address: str) -> None:
    device = await Device.of(dana)
    page = dana.page

    await dana.open(SECURITY)
    await press(dana, "Add")
    assert await dana.heading() == "Save your recovery codes"
    assert await page.locator(".codes li").count() == 10
    await keep_codes(dana)
    assert len(await device.keys()) == 1
    assert ["Chrome on Linux" in name for name in await names(dana)] == [True]

    await page.get_by_text("Change…").click()
    await page.fill("#name-1", "Grey key")
    await press(dana, "Rename")
    assert await names(dana) == ["Grey key"]
    assert await dana.axe() == []
    assert not await dana.overflows()

    await device.is_near(False)
    await page.add_init_script(LISTENING)
    await sign_out(dana)
    await page.wait_for_selector("html[data-asked=conditional]")
    await device.is_near(True)
    await press(dana, "Sign in with a passkey")
    assert await dana.path() == "/onboarding"

    await device.is_near(False)
    await dana.open(SECURITY)
    await page.get_by_text("Change…").click()
    await press(dana, "Remove this passkey")
    assert await names(dana) == []
    assert "The passkey is removed" in await page.inner_text("[data-notice]")

    await sign_out(dana)
    await dana.open("/sign-in")
    await dana.send(email=address, password=PASSWORD)
    assert await dana.path() == "/onboarding"
    assert dana.complaints == []


async def test_a_passkey_is_offered_where_the_address_is_typed(dana: Visitor) -> None:
    device = await Device.of(dana)
    await add_passkey(dana)
    await device.is_near(False)
    await sign_out(dana)
    await dana.open("/")
    await device.is_near(True)

    await dana.page.goto(f"{dana.base_url}/sign-in?next=/account/sessions", wait_until="commit")

    await dana.page.wait_for_url(lambda url: urlsplit(url).path == "/account/sessions")
    assert (await device.keys())[0]["signCount"] == 2
    assert dana.complaints == []


async def test_an_older_browser_makes_and_uses_passkeys_too(dana: Visitor) -> None:
    device = await Device.of(dana)
    await dana.page.add_init_script(OLDER)
    await add_passkey(dana)
    await sign_out(dana)

    await press(dana, "Sign in with a passkey")

    assert await dana.path() == "/onboarding"
    assert (await device.keys())[0]["signCount"] == 2
    assert dana.complaints == []


async def test_a_password_is_followed_by_the_passkey(dana: Visitor, address: str) -> None:
    device = await Device.of(dana)
    await add_passkey(dana)
    await device.is_near(False)
    await sign_out(dana)

    await dana.open("/sign-in")
    await dana.send(email=address, password=PASSWORD)
    assert await dana.heading() == "One more step"
    assert await dana.axe() == []
    await device.is_near(True)
    await press(dana, "Use your passkey")

    assert await dana.path() == "/home" or await dana.path() == "/onboarding"
    assert dana.complaints == []


async def test_a_key_that_does_not_know_its_person_needs_a_password_beside_it(
    dana: Visitor, address: str
) -> None:
    device = await Device.of(
        dana, transport="usb", hasResidentKey=False, hasUserVerification=False, isUserVerified=False
    )
    await add_passkey(dana)
    assert len(await names(dana)) == 1
    await sign_out(dana)

    await dana.open("/sign-in")
    await dana.page.get_by_role("button", name="Sign in with a passkey").click()
    said = dana.page.locator("[data-passkey-says]")
    await said.filter(has_text="Try again").wait_for(timeout=20_000)
    assert await dana.path() == "/sign-in"

    await dana.send(email=address, password=PASSWORD)
    await press(dana, "Use your passkey")
    assert await dana.path() == "/onboarding"
    assert len(await device.keys()) == 1


async def test_a_person_who_says_no_reads_what_to_do(dana: Visitor) -> None:
    device = await Device.of(dana)
    await add_passkey(dana)
    await device.knows_person(False)
    await sign_out(dana)

    await dana.open("/sign-in")
    button = dana.page.get_by_role("button", name="Sign in with a passkey")
    await button.click()

    said = dana.page.locator("[data-passkey-says]")
    await said.filter(has_text="Try again when you are ready").wait_for()
    assert await button.is_enabled()
    assert await dana.axe() == []


async def test_a_device_is_not_added_twice(dana: Visitor) -> None:
    await Device.of(dana)
    await add_passkey(dana)

    await dana.page.get_by_role("button", name="Add").click()

    said = dana.page.locator("[data-passkey-says]")
    await said.filter(has_text="has a passkey for your account already").wait_for()


async def test_without_script_the_page_says_that_passkeys_need_it(
    place: Running, browser: Browser
) -> None:
    context = await browser.new_context(java_script_enabled=False)
    visitor = await arrive(context, place.base_url)

    await visitor.open("/sign-in")

    assert not await visitor.page.get_by_text("Sign in with a passkey").is_visible()
    assert await visitor.page.is_visible("#password")
    await context.close()
