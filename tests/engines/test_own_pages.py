"""Firstmile's own pages in the three engines, at a desk and on a phone."""

from tests.engines.page import Page, axe, overflows
from tests.engines.people import dana, sign_in
from tests.running import Running

ANSWER = ".consent-banner button[name=answer]"


async def test_a_newcomer_signs_in_and_completes_a_step_at_a_desk_and_on_a_phone(
    page: Page, place: Running
) -> None:
    newcomer = dana(place)

    await sign_in(page, place, newcomer)
    await page.wait_until("location.pathname == '/onboarding'")
    before = await page.evaluate("document.querySelector('progress').value")
    await page.open(f"{place.base_url}/onboarding/choose-market")
    await page.click("label", saying="Canada")
    await page.click("main form button[type=submit].button-wide")
    await page.wait_until("location.pathname == '/onboarding'")

    assert await page.evaluate("document.querySelector('progress').value") > before
    for width, height in ((1280, 800), (375, 740)):
        await page.resize(width, height)
        assert await axe(page) == []
        assert not await overflows(page)
    assert await page.complaints() == []


async def ask_for_consent(page: Page, address: str) -> None:
    """A page with the question in it, whose script is there."""
    await page.open(address)
    await page.wait_until("Boolean(window.firstmile?.state && customElements.get('fm-consent'))")


async def test_whoever_answers_the_question_of_consent_is_in_the_field_they_were_in(
    page: Page, place: Running
) -> None:
    await ask_for_consent(page, f"{place.base_url}/sign-up")
    await page.fill("input[name=firstName]", "Dana")

    await page.click(ANSWER)

    await page.wait_until("!document.querySelector('.consent-banner')")
    assert await page.evaluate("document.activeElement.name") == "firstName"
    assert await page.complaints() == []


async def test_whoever_answers_it_from_nowhere_is_at_the_heading_without_a_ring(
    page: Page, place: Running
) -> None:
    await ask_for_consent(page, f"{place.base_url}/")
    await page.evaluate(f"document.querySelector('{ANSWER}').focus()")

    await page.press("Enter")

    await page.wait_until("!document.querySelector('.consent-banner')")
    assert await page.evaluate("document.activeElement.localName") == "h1"
    assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "none"


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
