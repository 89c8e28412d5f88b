"""What people set in their system: fewer colours, less motion, larger letters, a small screen."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import async_playwright
from tests.embed.standing import Shop, a_state
from tests.embed.test_checklist import EXPORTS, GATE
from tests.embed.test_guidance import (
    ARTICLE,
    EVENTS,
    FOUND,
    LEASE,
    LEASES,
    MUST_ASK,
    QUESTION,
    TIP,
)
from tests.engines.playwright_pages import firefox
from tests.waiting import until

EVERYTHING = (
    f"<fm-checklist></fm-checklist>{GATE}<button data-fm='invite-button'>Invite</button>"
    "<fm-help></fm-help><fm-consent></fm-consent>"
)
IN_ALL_TREES = """
    const all = (root) => [...root.querySelectorAll("*")].flatMap(
      (one) => [one, ...(one.shadowRoot ? all(one.shadowRoot) : [])]);
    const ours = all(document).filter((one) => one.getRootNode() instanceof ShadowRoot);
"""


# What Firefox is set to from its start: Playwright's emulation does not reach it over BiDi.
FEW_COLOURS_AND_STILL = {"browser.display.document_color_use": 2, "ui.prefersReducedMotion": 1}
FEW_COLOURS = {"next": "4px", "bar": "1px", "main": "2px", "tick": True, "card": "solid"}


@pytest.fixture
async def full(shop: Shop) -> Shop:
    """A shop with every element, each with something to say."""
    return filled(shop)


@pytest.fixture
async def in_firefox() -> AsyncIterator[Shop]:
    """The same in a Firefox with few colours and without motion."""
    async with (
        async_playwright() as playwright,
        firefox(playwright, FEW_COLOURS_AND_STILL) as engine,
    ):
        context = await engine.browser.new_context(viewport={"width": 1000, "height": 800})
        yield filled(await Shop.opened(context))


def filled(shop: Shop) -> Shop:
    """Have its Firstmile answer what every element asks."""
    shop.answers[f"POST {LEASES}"] = (200, LEASE)
    shop.answers[f"POST {EVENTS}"] = (202, {"taken": 1})
    shop.answers["GET /api/v1/consent"] = (200, QUESTION)
    shop.answers["PUT /api/v1/consent"] = (200, {})
    shop.answers["GET /api/v1/help/context"] = (200, {"articles": [FOUND]})
    shop.answers["GET /api/v1/help/articles/refunds"] = (200, ARTICLE)
    shop.state = a_state(gates=[EXPORTS], content=[TIP], consent=MUST_ASK)
    return shop


async def everything_is_there(shop: Shop) -> None:
    """All elements are drawn, and the question of consent lies over the page."""
    await shop.show(EVERYTHING)
    await shop.page.get_by_role("dialog", name="Your choice").wait_for()
    await shop.page.get_by_role("heading", name="Your set-up").wait_for()
    await shop.page.get_by_role("region", name=str(EXPORTS["title"])).wait_for()
    # What axe takes a page without a background for is white, whatever the scheme.
    await shop.page.evaluate("void (document.body.style.background = 'Canvas')")


async def at_rest(shop: Shop) -> None:
    """Return when nothing moves any more, in any tree."""
    moving = f"""() => {{ {IN_ALL_TREES}
        return ours.every((one) => one.getAnimations().length === 0) }}"""
    await until(lambda: shop.page.evaluate(moving))


async def refuse(shop: Shop) -> None:
    """Answer the question; then what has something to say comes, and comes to rest."""
    assert shop.was_asked("POST", LEASES) == []
    await shop.page.get_by_role("button", name="Refuse all").click()
    await shop.page.get_by_role("dialog", name="Bring your colleagues").wait_for()
    await at_rest(shop)


async def shapes(shop: Shop) -> dict[str, str | bool]:
    """What is left to tell things apart by."""
    found: dict[str, str | bool] = await shop.page.evaluate(f"""() => {{ {IN_ALL_TREES}
        const style = (selector) => getComputedStyle(ours.find((one) => one.matches(selector)));
        return {{
            next: style("li[aria-current]").borderInlineStartWidth,
            bar: style("progress").borderTopWidth,
            main: style(".main").borderTopWidth,
            tick: style(".tick").stroke !== style("li.done .sign circle").fill,
            card: style(".over").borderTopStyle,
        }} }}""")
    return found


async def moving(shop: Shop) -> list[str]:
    """What would move, in any tree."""
    found: list[str] = await shop.page.evaluate(f"""() => {{ {IN_ALL_TREES}
        return ours.filter((one) => getComputedStyle(one).transitionDuration !== "0s"
            || getComputedStyle(one).animationName !== "none").map((one) => one.outerHTML) }}""")
    return found


async def test_with_few_colours_shapes_and_borders_say_what_colours_said(full: Shop) -> None:
    await full.page.emulate_media(forced_colors="active", color_scheme="dark")
    await everything_is_there(full)
    await refuse(full)
    assert await shapes(full) == FEW_COLOURS


async def test_whoever_wants_less_motion_sees_none(full: Shop) -> None:
    await full.page.emulate_media(reduced_motion="reduce")
    await everything_is_there(full)
    await refuse(full)
    await full.page.get_by_role("button", name="Complete profile", exact=True).click()
    assert await moving(full) == []
    assert await full.page.evaluate("document.getAnimations().length") == 0


async def test_firefox_shows_the_same_with_few_colours_and_without_motion(in_firefox: Shop) -> None:
    await everything_is_there(in_firefox)
    await refuse(in_firefox)
    assert await in_firefox.page.evaluate("matchMedia('(forced-colors: active)').matches")
    assert await shapes(in_firefox) == FEW_COLOURS
    assert await moving(in_firefox) == []


async def test_at_four_hundred_percent_nothing_is_cut_off_and_cards_are_sheets(full: Shop) -> None:
    await full.page.set_viewport_size({"width": 320, "height": 256})
    await everything_is_there(full)
    sideways = "document.documentElement.scrollWidth > innerWidth"
    assert not await full.page.evaluate(sideways)
    await refuse(full)
    card = full.page.get_by_role("dialog", name="Bring your colleagues")
    box = await card.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert box["y"] + box["height"] <= 256
    await card.get_by_role("button", name="Close").click()
    await full.page.keyboard.press("Control+/")
    await full.page.get_by_role("option", name="Giving money back").wait_for()
    assert not await full.page.evaluate(sideways)
    panel = await full.page.get_by_role("dialog").bounding_box()
    assert panel is not None
    assert (panel["x"], panel["width"]) == (0, 320)
    await full.page.keyboard.press("ArrowDown")
    await full.page.keyboard.press("Enter")
    await full.page.get_by_role("dialog", name="Giving money back").wait_for()
    assert not await full.page.evaluate(sideways)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_element_passes_axe_in_light_and_in_dark(full: Shop, scheme: str) -> None:
    await full.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await everything_is_there(full)
    await at_rest(full)
    assert await full.visitor.axe() == []
    await full.page.get_by_role("button", name="Choose").click()
    await full.page.get_by_role("checkbox", name="Experiments").wait_for()
    assert await full.visitor.axe() == []
    await full.page.get_by_role("button", name="Save my choice").click()
    tip = full.page.get_by_role("dialog", name="Bring your colleagues")
    await tip.wait_for()
    await at_rest(full)
    assert await full.visitor.axe() == []
    await tip.get_by_role("button", name="Close").click()
    await full.page.keyboard.press("Control+/")
    await full.page.get_by_role("option", name="Giving money back").click()
    await full.page.get_by_role("dialog", name="Giving money back").wait_for()
    await at_rest(full)
    assert await full.visitor.axe() == []
