"""The elements in Firstmile's own pages: the running service, under the pages' own policy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser
from tests.conftest import a_place
from tests.engines.people import Newcomer, dana
from tests.running import Running
from tests.stories.conftest import Visitor, arrive
from tests.waiting import until

from firstmile.demo.people import PASSWORD
from firstmile.outside.postgres import EmbeddedPostgres


@pytest.fixture
def with_cast(cluster: EmbeddedPostgres, demo_template: str, tmp_path: Path) -> Iterator[Running]:
    """A demo of its own, as what Sam was told he is not told again."""
    with a_place(cluster, demo_template, tmp_path) as service:
        yield service


async def sign_in(visitor: Visitor, newcomer: Newcomer) -> None:
    await visitor.open("/sign-in")
    await visitor.send(email=newcomer.email, password=newcomer.password)


async def test_two_tabs_show_one_checklist_and_change_together(
    place: Running, browser: Browser
) -> None:
    context = await browser.new_context(viewport={"width": 1000, "height": 900})
    visitor = await arrive(context, place.base_url)
    await sign_in(visitor, dana(place))
    page, other = visitor.page, await context.new_page()
    step = "fm-checklist >> role=button[name='Complete your profile']"
    await page.locator(step).wait_for()
    await other.goto(page.url)
    await other.locator(step).wait_for()
    assert await visitor.axe() == []

    await page.get_by_role("button", name="Remind me in a week").click()

    put_off = page.get_by_text("Later: ")
    await put_off.first.wait_for()
    await other.get_by_text("Later: ").first.wait_for()
    asked = await other.evaluate("firstmile.explain()")
    assert (asked["phase"], asked["server"]) == ("ready", f"{place.base_url}/")
    await until(lambda: page.evaluate("firstmile.tabs.isLeader"))
    assert visitor.complaints == []
    await context.close()


async def test_a_checklist_without_script_is_the_same_list(
    place: Running, browser: Browser
) -> None:
    context = await browser.new_context(java_script_enabled=False)
    visitor = await arrive(context, place.base_url)
    await sign_in(visitor, dana(place))
    assert await visitor.page.get_by_role("link", name="Start this step").is_visible()
    await context.close()


async def test_staff_are_told_once_that_a_new_flag_is_off(
    with_cast: Running, browser: Browser
) -> None:
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    visitor = await arrive(context, with_cast.base_url)
    await sign_in(visitor, Newcomer("sam@example.org", PASSWORD))
    page = visitor.page
    await visitor.open("/console/flags")
    tip = page.get_by_role("heading", name="A new flag is off")
    await tip.wait_for()
    assert await visitor.axe() == []
    async with page.expect_response(lambda answer: "completed" in (answer.request.post_data or "")):
        await page.get_by_role("button", name="Got it").click()

    await visitor.open("/console/flags")
    await until(lambda: page.evaluate("Boolean(window.firstmile?.state)"))
    assert await page.evaluate("firstmile.state.content") == []
    assert visitor.complaints == []
    await context.close()


@pytest.mark.parametrize(("button", "choices"), [("Only what is needed", []), ("Accept all", None)])
async def test_the_question_of_consent_is_answered_in_its_place(
    place: Running, browser: Browser, button: str, choices: list[str] | None
) -> None:
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    visitor = await arrive(context, place.base_url)
    await visitor.open("/sign-up")
    page = visitor.page
    field = page.locator("input[name=firstName]")
    await field.fill("Dana")
    await until(lambda: page.evaluate("Boolean(window.firstmile?.state)"))

    await page.get_by_role("button", name=button).click()

    await page.locator(".consent-banner").wait_for(state="detached")
    assert await field.input_value() == "Dana"
    assert await field.evaluate("(it) => it === document.activeElement")
    told = await page.evaluate("fetch('/api/v1/consent').then((answer) => answer.json())")
    optional = [one["key"] for one in told["categories"] if not one["necessary"]]
    assert sorted(told["choices"]) == sorted(optional if choices is None else choices)
    await visitor.open("/sign-in")
    assert await page.locator(".consent-banner").count() == 0
    assert visitor.complaints == []
    await context.close()


async def test_an_answer_that_does_not_get_through_is_sent_by_the_form(
    place: Running, browser: Browser
) -> None:
    context = await browser.new_context()
    visitor = await arrive(context, place.base_url)
    await visitor.open("/sign-in")
    page = visitor.page
    await until(lambda: page.evaluate("Boolean(window.firstmile?.state)"))
    await page.route("**/api/v1/consent*", lambda route: route.abort())

    async with page.expect_response(lambda answer: answer.url.endswith("/privacy/choices")):
        await page.get_by_role("button", name="Only what is needed").click()

    await page.locator(".consent-banner").wait_for(state="detached")
    await context.close()


async def test_the_question_of_consent_is_answered_without_script(
    place: Running, browser: Browser
) -> None:
    context = await browser.new_context(java_script_enabled=False)
    visitor = await arrive(context, place.base_url)
    await visitor.open("/sign-in?next=/profile&notice=signed-out")

    await visitor.page.get_by_role("button", name="Only what is needed").click()

    await visitor.page.locator(".consent-banner").wait_for(state="detached")
    assert visitor.page.url == f"{place.base_url}/sign-in?next=%2Fprofile#main"
    assert await visitor.page.locator("main").evaluate("(it) => it === document.activeElement")
    await context.close()
