"""A new password is judged while it is typed: in words, politely, and without being needed."""

import pytest
from playwright.async_api import Browser, expect
from tests.running import Running
from tests.stories.conftest import Visitor, arrive

FORM = {"firstName": "Dana", "lastName": "Lopez", "email": "danalopez@example.org"}


async def at_the_form(place: Running, browser: Browser, **manner: object) -> Visitor:
    context = await browser.new_context(**manner)  # type: ignore[arg-type]
    visitor = await arrive(context, place.base_url)
    await visitor.open("/sign-up")
    for name, value in FORM.items():
        await visitor.page.fill(f"#{name}", value)
    return visitor


async def types(visitor: Visitor, password: str) -> None:
    await visitor.page.fill("#password", "")
    await visitor.page.locator("#password").press_sequentially(password)


@pytest.mark.asvs("6.2.1", "6.2.4", "6.2.11")
async def test_a_password_is_judged_while_it_is_typed(place: Running, browser: Browser) -> None:
    dana = await at_the_form(
        place, browser, viewport={"width": 375, "height": 780}, color_scheme="dark"
    )
    words = dana.page.locator("[data-strength-words] li")
    heard = dana.page.locator("[data-strength-heard]")

    await types(dana, "dana")
    await expect(words).to_have_text(["4 more characters."])
    await types(dana, "dana lopez")
    await expect(words.first).to_have_text("Do not use your name or address as your password.")
    await expect(heard).to_contain_text("Do not use your name")
    await types(dana, "abcdefgh")
    await expect(words.first).to_have_text("This password is in lists of stolen passwords.")
    await types(dana, "three calm otters")
    await expect(words).to_have_text(["Strong."])
    await expect(heard).to_have_text("Strong.")

    assert await dana.axe() == []
    assert not await dana.overflows()
    assert dana.complaints == []


async def test_changing_ones_name_judges_the_password_anew(
    place: Running, browser: Browser
) -> None:
    dana = await at_the_form(place, browser)
    words = dana.page.locator("[data-strength-words] li").first
    await types(dana, "thandiwe9")
    await expect(words).to_have_text("This is too easy to guess.")

    await dana.page.fill("#firstName", "Thandiwe")
    await dana.page.press("#firstName", "Tab")

    await expect(words).to_have_text("Do not use your name or address as your password.")


async def test_without_an_answer_the_length_is_told(place: Running, browser: Browser) -> None:
    dana = await at_the_form(place, browser)
    await dana.page.route("**/password-check", lambda route: route.abort())

    await types(dana, "dana lopez")

    await expect(dana.page.locator("[data-strength-words] li")).to_have_text(["Long enough."])


async def test_without_script_sending_tells_the_reasons(place: Running, browser: Browser) -> None:
    dana = await at_the_form(place, browser, java_script_enabled=False)

    await dana.send(password="abcdefgh")

    assert await dana.page.inner_text("#password-mistake") == (
        "This password is in lists of stolen passwords."
        " Sequences like “abc” or “6543” are easy to guess."
    )
    assert not await dana.page.locator("[data-strength-of]").is_visible()
