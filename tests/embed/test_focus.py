"""Where the focus is once a tour, a tip or a question has gone."""

from playwright.async_api import Locator, Page
from tests.embed.standing import Shop, a_state
from tests.embed.test_guidance import EVENTS, INVITE, LEASE, LEASES, TIP, TOUR, has_focus
from tests.waiting import until

STARTER = "<fm-tour name='first-tour'><button>Show me</button></fm-tour>"
MENU = f"<details open><summary>More</summary>{STARTER}</details>"


async def start(shop: Shop, body: str) -> Page:
    """A page with this in it, and the tour begun by its button."""
    shop.answers["GET /api/v1/guidance/contents/first-tour"] = (200, TOUR)
    shop.answers[f"POST {EVENTS}"] = (202, {"taken": 1})
    await shop.show(body)
    page = shop.page
    await page.get_by_role("button", name="Show me").click()
    await until(lambda: has_focus(page.get_by_role("heading", name="Invite")))
    return page


async def end(page: Page) -> None:
    """Escape, wherever the focus is."""
    await page.keyboard.press("Escape")
    await page.get_by_role("dialog").wait_for(state="detached")


async def is_it(element: Locator) -> bool:
    return bool(await element.evaluate("(it) => it === document.activeElement"))


async def test_a_tour_that_was_asked_for_leads_back_to_the_button_or_what_is_nearest(
    shop: Shop,
) -> None:
    page = await start(shop, MENU + INVITE)
    await page.get_by_role("button", name="Next").press("Enter")
    await page.get_by_role("button", name="Done").press("Enter")
    await until(lambda: is_it(page.get_by_role("button", name="Show me")))

    await page.keyboard.press("Enter")
    await page.get_by_role("dialog", name="Invite").wait_for()
    await page.evaluate("document.querySelector('details').open = false")
    await end(page)
    assert await is_it(page.locator("summary"))

    await page.evaluate("document.querySelector('details').open = true")
    await page.get_by_role("button", name="Show me").click()
    await page.get_by_role("dialog", name="Invite").wait_for()
    # A page that draws itself anew: another button in its place.
    await page.evaluate(
        "const anew = document.createElement('button'); anew.textContent = 'Anew';"
        "document.querySelector('fm-tour[name]').replaceChildren(anew)"
    )
    await end(page)
    assert await is_it(page.get_by_role("button", name="Anew"))

    await page.keyboard.press("Enter")
    await page.get_by_role("dialog", name="Invite").wait_for()
    await page.evaluate("document.querySelector('details').remove()")
    await end(page)
    assert await is_it(page.get_by_role("button", name="Invite"))
    assert shop.visitor.complaints == []


async def test_whoever_is_elsewhere_stays_there(shop: Shop) -> None:
    page = await start(shop, STARTER + INVITE + "<input aria-label='Name'>")
    await page.keyboard.press("F6")
    assert await is_it(page.get_by_role("button", name="Invite"))
    await page.get_by_role("textbox", name="Name").focus()
    await end(page)
    assert await is_it(page.get_by_role("textbox", name="Name"))


async def test_what_came_by_itself_leads_back_to_where_one_was(shop: Shop) -> None:
    """Also when the server takes it away; where one was nowhere, to the heading of the page."""
    shop.answers[f"POST {LEASES}"] = (200, LEASE)
    shop.answers[f"POST {EVENTS}"] = (202, {"taken": 1})
    shop.state = a_state(content=[{**TIP, "target": None, "delivery": "popup"}])
    await shop.show("<input aria-label='Name'>")
    page = shop.page
    await page.get_by_role("dialog").wait_for()
    await page.get_by_role("textbox", name="Name").focus()
    await page.keyboard.press("F6")
    await until(lambda: has_focus(page.get_by_role("heading", name="Bring your colleagues")))
    shop.state = a_state()
    await page.evaluate("firstmile.refresh()")
    await page.get_by_role("dialog").wait_for(state="detached")
    assert await is_it(page.get_by_role("textbox", name="Name"))

    await page.evaluate("document.activeElement.blur()")
    shop.state = a_state(content=[{**TIP, "version": 4, "target": None, "delivery": "popup"}])
    await page.evaluate("firstmile.refresh()")
    await page.get_by_role("button", name="Got it").click()
    heading = page.get_by_role("heading", name="Shop")
    assert await is_it(heading)
    assert await heading.evaluate("(it) => getComputedStyle(it).outlineStyle") == "none"
    await page.evaluate("document.activeElement.blur()")
    assert await heading.get_attribute("tabindex") is None


async def test_escape_ends_what_has_the_focus_first(shop: Shop) -> None:
    shop.answers["GET /api/v1/help/context"] = (200, {"articles": []})
    page = await start(shop, f"<fm-help></fm-help>{STARTER}{INVITE}")
    await page.keyboard.press("Control+/")
    await page.get_by_role("combobox").wait_for()
    await page.keyboard.press("Escape")
    await page.get_by_role("combobox").wait_for(state="detached")
    assert await page.get_by_role("dialog", name="Invite").is_visible()
    assert await has_focus(page.get_by_role("heading", name="Invite"))
    await end(page)
    assert await is_it(page.get_by_role("button", name="Show me"))
