"""What authors published, in the three engines, under a strict policy and with a real server."""

import pytest
from tests.engines.examples import Example
from tests.engines.guided import guided
from tests.engines.page import Page, axe, overflows
from tests.engines.people import dana, fill_sign_in
from tests.running import Running

FOCUSED = """(() => {
  let one = document.activeElement;
  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
  return one;
})()"""
TALE = "JSON.parse(localStorage.getItem('tale') ?? '[]')"
TABS = "JSON.parse(localStorage.getItem('tabs') ?? '[]')"
ASKED = (
    "performance.getEntriesByType('resource').filter((one) => one.name.includes('/api/')).length"
)


@pytest.fixture(scope="session")
def harbour(plain: Example, place: Running) -> str:
    """The address of the page with guidance."""
    return f"{guided(plain, place).address}guided/"


async def arrive(page: Page, harbour: str, place: Running) -> None:
    """Sign in; what interrupts waits until the question of consent is answered."""
    newcomer = dana(place)
    await page.open(harbour)
    await page.wait_for("fm-consent >> [part=refuse]")
    await page.click("#sign-in")
    await fill_sign_in(page, newcomer)
    await page.wait_for("fm-checklist >> #count", saying="1 of")
    await page.wait_for("fm-tip >> [part=panel]", saying="News")
    assert await page.evaluate(TALE) == []


async def refuse(page: Page) -> None:
    """Answer the question of consent; then something interrupts."""
    await page.click("fm-consent >> [part=refuse]")
    await page.wait_until(f"{TALE}.length === 1")


async def walk(page: Page) -> list[str]:
    """Where Tab leads from the first control of the page, which is to every one in its order."""
    expected = await page.evaluate("stops()")
    await page.evaluate("focusFirstStop()")
    reached = [await page.evaluate("focusedStop()")]
    for _ in expected[1:]:
        await page.press("Tab")
        reached.append(await page.evaluate("focusedStop()"))
    assert reached == expected
    return reached


def elements(stops: list[str]) -> set[str]:
    """Whose controls they are."""
    return {one.partition(":")[0] for one in stops}


async def test_two_tabs_interrupt_once_and_rest(page: Page, harbour: str, place: Running) -> None:
    """One leave for both: what the first tab shows, the second does not, nor anything else."""
    await arrive(page, harbour, place)
    await refuse(page)
    await page.open_beside(harbour)
    await page.wait_until(f"{TABS}.length === 2")
    before = await page.evaluate(ASKED)
    assert await page.evaluate("ticksWithin(1500)") == 0
    assert await page.evaluate(ASKED) == before
    assert len(await page.evaluate(TALE)) == 1
    assert await page.complaints() == []


async def test_a_tour_by_keyboard_loses_its_target_and_gives_the_focus_back(
    page: Page, harbour: str, place: Running
) -> None:
    await arrive(page, harbour, place)
    asking = await walk(page)
    await refuse(page)
    await page.wait_for("fm-tour >> [part=panel]", saying="orders")
    touring = await walk(page)
    assert {"fm-checklist", "fm-tip", "fm-help", "fm-consent"} <= elements(asking)
    assert {"fm-checklist", "fm-tip", "fm-help", "fm-tour"} <= elements(touring)
    await page.evaluate("document.querySelector('#show').focus()")
    await page.press("F6")
    await page.wait_until(f"{FOCUSED}.matches('[data-heading]')")
    assert await axe(page) == []
    await page.evaluate("document.querySelector('[data-fm=orders-button]').remove()")
    await page.wait_for("fm-tour >> [part=panel]", saying="not on this page right now")
    await page.wait_until(f"{TALE}.includes('missing orders-button')")
    for width, height in ((320, 640), (1280, 800)):
        await page.resize(width, height)
        assert not await overflows(page)
    await page.press("Escape")
    await page.wait_until("!document.querySelector('fm-tour:not([name])')")
    await page.wait_until("document.activeElement.id === 'show'")
    assert await page.complaints() == []


async def test_a_tour_somebody_asked_for_gives_the_focus_back_to_what_they_pressed(
    page: Page, harbour: str
) -> None:
    """By keyboard and by pointer; where the button is hidden by then, to what shows it again."""
    await page.open(harbour)
    await page.wait_for("fm-consent >> [part=refuse]")
    await page.evaluate("document.querySelector('#show').focus()")
    await page.press("Enter")
    await page.wait_until(f"{FOCUSED}?.matches('[data-heading]')")
    await page.click("fm-tour >> [part=action]", saying="Next")
    await page.wait_for("fm-tour >> [part=panel]", saying="invites")
    await page.press("Escape")
    await page.wait_until("document.activeElement.id === 'show'")
    await page.evaluate("document.activeElement.blur()")

    await page.evaluate("document.querySelector('fm-tour').slot = 'more'")
    await page.evaluate(
        "document.querySelector('fm-help').append(document.querySelector('fm-tour'))"
    )
    await page.press("Control+/")
    await page.click("#show")
    await page.wait_until(f"{FOCUSED}?.matches('[data-heading]')")
    await page.evaluate("document.querySelector('fm-help').isOpen = false")
    await page.press("Escape")

    await page.wait_until(f"{FOCUSED}?.matches('[part=opener]')")
    assert await page.complaints() == []


async def test_every_element_with_published_content_passes_axe_in_the_dark_and_on_a_phone(
    page: Page, harbour: str, place: Running
) -> None:
    await arrive(page, harbour, place)
    await refuse(page)
    await page.resize(375, 740)
    await page.evaluate("void (document.documentElement.style.colorScheme = 'dark')")
    await page.evaluate("void (document.body.style.background = 'Canvas')")
    await page.evaluate("void (document.body.style.color = 'CanvasText')")
    sheet = (
        "document.querySelector('body > fm-tip, body > fm-tour').surface.getBoundingClientRect()"
    )
    await page.wait_until(f"{sheet}.left === 0 && Math.abs({sheet}.bottom - innerHeight) < 1")
    assert await axe(page) == []
    await page.press("Escape")
    await page.press("Control+/")
    await page.wait_until(f"{FOCUSED}?.getAttribute('role') === 'combobox'")
    await page.fill("fm-help >> input", "pasword")
    await page.wait_for("fm-help >> [role=option]", saying="password")
    assert await axe(page) == []
    assert not await overflows(page)
    await page.press("ArrowDown")
    await page.press("Enter")
    await page.wait_until(f"{FOCUSED}?.id === 'title'")
    assert await axe(page) == []
    assert await page.complaints() == []
