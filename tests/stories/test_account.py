"""A person looks after their account in a real browser: picture, address, password, and its end."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page
from tests.cast import PASSWORD
from tests.engines.people import dana as newcomer
from tests.pictures import BLUE, RED, turned
from tests.running import Running
from tests.stories.conftest import Visitor, an_address, arrive

NEXT = "four quick herons 7"
PATIENCE = 10.0
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"}
PHONE: dict[str, Any] = {"viewport": {"width": 375, "height": 780}, "color_scheme": "dark"}
# The colours at the left and at the right of what a page shows of a person.
SEEN = """async (selector) => {
    const shown = document.querySelector(selector);
    if (shown.decode) await shown.decode();
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 20;
    const pen = canvas.getContext('2d', {willReadFrequently: true});
    pen.drawImage(shown, 0, 0, 20, 20);
    return [2, 17].map(x => [...pen.getImageData(x, 10, 1, 1).data.slice(0, 3)]);
}"""


@dataclass
class Home:
    """Dana at her browser, and what is wrong with the pages she saw."""

    visitor: Visitor
    running: Running
    address: str
    has_script: bool
    findings: list[str] = field(default_factory=list)

    @property
    def page(self) -> Page:
        return self.visitor.page

    async def open(self, path: str) -> None:
        await self.visitor.open(path)
        await self.look()

    async def press(self, words: str) -> None:
        await self.page.get_by_role("button", name=words, exact=True).first.click()
        await self.page.wait_for_load_state()
        await self.look()

    async def look(self) -> None:
        if await self.visitor.overflows():
            self.findings.append(f"{self.page.url} is wider than the window")
        if self.has_script:
            self.findings += await self.visitor.axe()

    async def sign_in(self, password: str) -> None:
        await self.visitor.open("/sign-in")
        await self.page.fill("#email", self.address)
        await self.page.fill("#password", password)
        await self.press("Sign in")

    async def sends_less_than(self, size: int) -> None:
        """The script has put the square in the place of the photo."""
        deadline = time.monotonic() + PATIENCE
        while await self.page.evaluate("document.querySelector('#file').files[0].size") >= size:
            assert time.monotonic() < deadline, "the whole photo would be sent"
            await asyncio.sleep(0.05)

    def link(self, address: str, of: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for mail in self.running.mails():
                for link in mail["links"]:
                    if mail["to"] == address and of in link:
                        return str(link)
            time.sleep(0.05)
        raise AssertionError(f"no mail with {of} to {address}")


@pytest.fixture(params=["desk", "phone", "without script"])
async def dana(
    request: pytest.FixtureRequest, place: Running, browser: Browser
) -> AsyncIterator[Home]:
    """She has registered and is signed in."""
    has_script = request.param != "without script"
    manner = PHONE if request.param == "phone" else DESK
    context = await browser.new_context(**manner, java_script_enabled=has_script)
    home = Home(await arrive(context, place.base_url), place, newcomer(place).email, has_script)
    await home.sign_in(PASSWORD)
    yield home
    await context.close()


def looks(found: list[int], wanted: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 40 for one, other in zip(found, wanted, strict=True))


async def test_a_photo_is_chosen_seen_and_saved_the_way_the_camera_was_held(
    dana: Home, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(turned(6, 2000, 1500))
    await dana.open("/profile")

    await dana.page.set_input_files("#file", photo)
    if dana.has_script:
        await dana.page.wait_for_selector("#picture-shown canvas")
        left, right = await dana.page.evaluate(SEEN, "#picture-shown canvas")
        assert (looks(left, RED), looks(right, BLUE)) == (True, True)
        await dana.sends_less_than(photo.stat().st_size)
    await dana.press("Save the picture")

    assert dana.page.url.endswith("/profile?notice=picture-saved")
    if dana.has_script:
        for shown in ("#picture-shown img", ".site-header img"):
            left, right = await dana.page.evaluate(SEEN, shown)
            assert (looks(left, RED), looks(right, BLUE)) == (True, True)
    await dana.press("Remove the picture")
    assert await dana.page.locator("img").count() == 0
    assert dana.findings == []
    assert dana.visitor.complaints == []


async def test_an_address_is_changed_and_taken_back(dana: Home) -> None:
    new = an_address("new")
    await dana.open("/account/address")
    await dana.open("/account/address/change")
    await dana.page.fill("#email", new)
    await dana.press("Send the link")
    await dana.open(dana.link(new, "/confirm-email"))
    await dana.press("Confirm this address")
    assert await dana.page.locator("main").get_by_text(new).count() == 1

    await dana.open(dana.link(dana.address, "/revert-email"))
    await dana.press("This was not me")
    await dana.page.fill("#password", NEXT)
    await dana.press("Save the new password")
    await dana.sign_in(NEXT)

    assert dana.page.url.endswith("/onboarding")
    assert dana.findings == []
    assert dana.visitor.complaints == []


async def test_a_password_is_changed_and_the_person_stays(dana: Home) -> None:
    await dana.open("/account/password")
    await dana.page.fill("#newPassword", NEXT)
    await dana.press("Save the new password")

    assert dana.page.url.endswith("/account/security?notice=password-changed")
    await dana.press("Sign out")
    await dana.sign_in(NEXT)
    assert dana.page.url.endswith("/onboarding")
    assert dana.findings == []
    assert dana.visitor.complaints == []


async def test_an_account_is_deleted_and_kept_after_all(dana: Home) -> None:
    await dana.open("/account/deletion")
    await dana.press("Delete my account")
    await dana.sign_in(PASSWORD)
    assert await dana.visitor.heading() == "Your account will be deleted"
    await dana.open("/account/address")
    assert await dana.page.locator("aside.banner").count() == 1

    await dana.press("Keep my account")

    assert dana.page.url.endswith("/account/address?notice=account-kept")
    assert await dana.page.locator("aside.banner").count() == 0
    assert dana.findings == []
    assert dana.visitor.complaints == []
