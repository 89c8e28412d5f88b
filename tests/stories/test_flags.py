"""Sam makes a flag in a real browser, rolls it out and undoes it, with and without script."""

from uuid import uuid4

from playwright.async_api import Browser
from tests.running import Running
from tests.stories.conftest import arrive
from tests.stories.test_console import DESK, Desk, sam, with_cast

__all__ = ["sam", "with_cast"]


async def publish(sam: Desk, reason: str) -> None:
    await sam.page.fill("#reason", reason)
    await sam.press("Publish the change")


async def test_a_flag_is_made_rolled_out_and_undone(sam: Desk) -> None:
    await sam.open("/console/flags")
    await sam.press("New flag", role="link")
    await sam.page.fill("#key", f"dark-mode-{uuid4().hex[:8]}")
    await sam.press("See it before it is made")
    await publish(sam, "Asked for by many")
    assert "Off for everybody." in await sam.page.inner_text("main")

    await sam.press("Switch it on…")
    await publish(sam, "Begin with nobody")
    await sam.press("25 %")
    assert "Rollout" in await sam.page.inner_text("main")
    await publish(sam, "A quarter first")
    assert "On for 25\N{NO-BREAK SPACE}%." in await sam.page.inner_text("main")

    await sam.page.get_by_role("link", name="Undo…").first.click()
    await sam.page.wait_for_load_state()
    await publish(sam, "Too early")
    said = await sam.page.inner_text("main")
    assert "Off for everybody." in said
    assert "Sam Novak" in said
    assert sam.findings == []
    assert sam.visitor.complaints == []


async def test_every_page_about_flags_is_sound(sam: Desk) -> None:
    for path in (
        "/console/flags/production",
        "/console/flags/production/new-checkout?unit=dana&attributes=market+%3D+CA",
        "/console/flags/production/new-checkout/edit",
        "/console/flags/production/new-checkout/json",
        "/console/flags/production/new-checkout/preview?archive=new-checkout",
        "/console/flag-history/production",
        "/console/flag-debt/production",
        "/console/flag-proposals/production",
        "/console/flag-oversight/production",
        "/console/segments/production/big-teams",
        "/console/segments/production/big-teams/edit",
    ):
        await sam.open(path)

    assert sam.findings == []
    assert sam.visitor.complaints == []


async def test_the_keyboard_filters_the_list_and_opens_a_flag(
    with_cast: Running, browser: Browser
) -> None:
    context = await browser.new_context(**DESK)
    sam = Desk(await arrive(context, with_cast.base_url), with_cast, has_script=True)
    await sam.sign_in("sam@example.org")
    await sam.open("/console/flags/production")
    await sam.page.keyboard.press("/")
    await sam.page.keyboard.type("new-check")
    shown = await sam.page.locator(".flag-line:visible").count()
    await sam.page.keyboard.press("Tab")
    await sam.page.keyboard.press("j")
    await sam.page.keyboard.press("Enter")
    await sam.page.wait_for_url("**/console/flags/production/new-checkout")

    assert shown == 1
    assert await sam.visitor.heading() == "new-checkout"
    await context.close()
