"""Tips, tours, the help panel and the question of consent, in a page that is not ours."""

from typing import Any

import pytest
from playwright.async_api import Locator
from tests.embed.standing import Shop, a_state, words
from tests.waiting import until

LEASES, EVENTS = "/api/v1/guidance/leases", "/api/v1/guidance/events"
LEASE = {"lease": "0193a000-0000-7000-8000-000000000001", "until": "2099-01-01T00:00:00Z"}
INVITE = "<p>Orders</p><button data-fm='invite-button'>Invite</button>"
TIP: dict[str, Any] = {
    "key": "invite-tip",
    "version": 3,
    "kind": "tip",
    "delivery": "tooltip",
    "target": "invite-button",
    "interrupts": True,
    "priority": 2,
    "title": "Bring your colleagues",
    "body": words("They see what you see."),
    "action": None,
}
TOUR = {
    **TIP,
    "key": "first-tour",
    "kind": "tour",
    "target": None,
    "steps": [
        {"key": "one", "target": "invite-button", "title": "Invite", "body": words("Here.")},
        {"key": "two", "target": "#gone", "title": "Orders", "body": words("Not here.")},
    ],
}
ARTICLE = {
    "slug": "refunds",
    "title": "Giving money back",
    "category": "orders",
    "version": 2,
    "updatedAt": "2026-11-01T00:00:00Z",
    "body": words("Open the order and choose Refund."),
    "related": [],
}
FOUND = {"slug": "refunds", "title": "Giving money back", "summary": "In whole or in part."}
QUESTION = {
    "version": "1",
    "categories": [
        {"key": "necessary", "title": "What we need", "text": "You stay.", "necessary": True},
        {"key": "experiments", "title": "Experiments", "text": "We count.", "necessary": False},
    ],
    "choices": None,
}
MUST_ASK = {"version": "1", "choices": None, "gpc": False, "needed": True}


@pytest.fixture
async def guided(shop: Shop) -> Shop:
    """A shop whose Firstmile lets one thing interrupt."""
    shop.answers[f"POST {LEASES}"] = (200, LEASE)
    shop.answers[f"POST {EVENTS}"] = (202, {"taken": 1})
    return shop


def kinds(shop: Shop) -> list[str]:
    """What happened, as the server was told."""
    return [event["kind"] for told in shop.was_asked("POST", EVENTS) for event in told["events"]]


async def has_focus(element: Locator) -> bool:
    return bool(await element.evaluate("(it) => it === it.getRootNode().activeElement"))


async def test_a_tip_comes_with_a_lease_takes_no_focus_and_ends_by_escape(guided: Shop) -> None:
    guided.state = a_state(content=[TIP])
    await guided.show(INVITE)
    page = guided.page
    card = page.get_by_role("dialog", name="Bring your colleagues")
    await card.wait_for()
    invite = page.get_by_role("button", name="Invite")
    await until(lambda: page.evaluate("!!document.querySelector('[aria-describedby]')"))
    assert await page.evaluate("document.activeElement === document.body")
    [asked] = guided.was_asked("POST", LEASES)
    assert (asked["key"], asked["version"]) == ("invite-tip", 3)
    assert await guided.visitor.axe() == []
    await page.keyboard.press("F6")
    assert await has_focus(page.get_by_role("heading", name="Bring your colleagues"))
    await page.keyboard.press("Escape")
    await card.wait_for(state="detached")
    assert await has_focus(invite)
    assert await invite.get_attribute("aria-describedby") is None
    await page.evaluate("firstmile.flush()")
    assert kinds(guided) == ["shown", "dismissed"]
    assert guided.visitor.complaints == []


async def test_a_card_of_a_target_as_high_as_the_window_stays_within_reach(guided: Shop) -> None:
    guided.state = a_state(content=[TIP])
    await guided.show(f"<nav data-fm='invite-button'>{'<p>Part</p>' * 40}</nav>")
    page = guided.page

    await page.get_by_role("button", name="Got it").click(timeout=5000)  # within the window at all

    await page.get_by_role("dialog").wait_for(state="detached")
    assert guided.visitor.complaints == []


async def test_what_may_not_interrupt_now_does_not_and_says_why(guided: Shop) -> None:
    details = {"reason": "budget_day", "retryAt": "2099-01-01T00:00:00Z"}
    refusal = {"error": "not_now", "message": "Not now.", "details": details}
    guided.answers[f"POST {LEASES}"] = (409, refusal)
    guided.state = a_state(content=[TIP])
    await guided.show(INVITE)
    explain = "__firstmile.explain().then((told) => told.content['invite-tip'])"

    async def is_explained() -> bool:
        return bool(await guided.page.evaluate(explain) == "waits: budget_day")

    await until(is_explained)
    assert await guided.page.get_by_role("dialog").count() == 0


async def test_a_server_that_fails_once_is_asked_for_its_leave_again(guided: Shop) -> None:
    guided.answers[f"POST {LEASES}"] = (503, {"error": "unavailable", "message": "Later."})
    guided.state = a_state(content=[TIP])
    await guided.show(INVITE)
    await until(lambda: bool(guided.was_asked("POST", LEASES)))

    guided.answers[f"POST {LEASES}"] = (200, LEASE)

    await guided.page.get_by_role("dialog", name="Bring your colleagues").wait_for(timeout=5000)


async def test_a_tour_goes_on_and_a_missing_target_is_never_silence(guided: Shop) -> None:
    guided.state = a_state(content=[TOUR])
    await guided.show(INVITE)
    page = guided.page
    await page.evaluate(
        "document.addEventListener('fm:target-missing', (event) => (window.lost = event.detail))"
    )
    await page.get_by_role("dialog", name="Invite").wait_for()
    assert await page.get_by_text("Step 1 of 2").is_visible()
    await page.get_by_role("button", name="Next").press("Enter")
    await page.get_by_role("dialog", name="Orders").wait_for()
    assert await has_focus(page.get_by_role("heading", name="Orders"))
    await page.get_by_text("not on this page right now").wait_for()
    assert (await page.evaluate("lost"))["target"] == "#gone"
    assert await guided.visitor.axe() == []
    await page.get_by_role("button", name="Done").press("Enter")
    await page.get_by_role("dialog").wait_for(state="detached")
    await page.evaluate("firstmile.flush()")
    assert kinds(guided) == ["shown", "step_shown", "step_shown", "target_missing", "completed"]


async def test_a_target_that_goes_in_the_middle_of_a_tour_is_found_anew_or_told(
    guided: Shop,
) -> None:
    guided.state = a_state(content=[TOUR])
    await guided.show(INVITE)
    page = guided.page
    await page.evaluate(
        "window.lost = [];"
        "document.addEventListener('fm:target-missing', (event) => lost.push(event.detail.target))"
    )
    card = page.get_by_role("dialog", name="Invite")
    await card.wait_for()
    await page.locator("[data-fm][aria-describedby]").wait_for()
    # A page that draws itself anew: the same name in another place.
    await page.evaluate(
        "const anew = document.querySelector('[data-fm]').cloneNode(true);"
        "anew.id = 'anew'; anew.removeAttribute('aria-describedby');"
        "document.querySelector('[data-fm]').replaceWith(anew)"
    )
    await page.locator("#anew[aria-describedby]").wait_for()
    assert await page.evaluate("lost") == []
    await page.evaluate("document.querySelector('#anew').remove()")
    await page.get_by_text("not on this page right now").wait_for()
    assert await page.evaluate("lost") == ["invite-button"]
    assert await page.locator(".ring").count() == 0
    await page.get_by_role("button", name="Next").press("Enter")
    await page.get_by_role("dialog", name="Orders").wait_for()


async def test_a_tour_is_taken_up_where_another_page_left_it(guided: Shop) -> None:
    guided.state = a_state(content=[TOUR], resume={"key": "first-tour", "step": "two"})
    await guided.show(INVITE)
    await guided.page.get_by_role("dialog", name="Orders").wait_for()


async def test_a_step_on_a_page_of_firstmile_leads_there(guided: Shop) -> None:
    step = {"key": "one", "target": None, "title": "Who you are", "body": words("Your name.")}
    guided.state = a_state(content=[{**TOUR, "steps": [{**step, "route": "firstmile:/orders"}]}])
    await guided.show(INVITE)
    await guided.page.evaluate(
        "document.addEventListener('fm:navigate', (event) => {"
        "event.preventDefault(); window.leads = event.detail.href; })"
    )

    await guided.page.get_by_role("button", name="Go there").click()

    assert await guided.page.evaluate("leads") == "https://first.example/orders"


@pytest.mark.parametrize("route", ["//evil.example/x", "/\\evil.example/x", "//"])
async def test_a_step_leads_to_no_page_of_another_origin(guided: Shop, route: str) -> None:
    step = {"key": "one", "target": None, "title": "Who you are", "body": words("Your name.")}
    guided.state = a_state(content=[{**TOUR, "steps": [{**step, "route": route}]}])

    await guided.show(INVITE)

    tour = guided.page.get_by_role("dialog", name="Who you are")
    await tour.get_by_role("button", name="Done").wait_for()


async def test_a_button_starts_a_tour_again_that_somebody_was_done_with(guided: Shop) -> None:
    """Their wish is no interruption: it needs no leave, and goes on after a change of page."""
    guided.answers["GET /api/v1/guidance/contents/first-tour"] = (200, TOUR)
    await guided.show(f"<fm-tour name='first-tour'><button>Show me</button></fm-tour>{INVITE}")
    page = guided.page
    card, button = page.get_by_role("dialog", name="Invite"), page.get_by_role("button")
    for presses in (1, 2):
        for _ in range(presses):  # whoever presses while it is there is led into it
            await button.filter(has_text="Show me").click()
            await until(lambda: has_focus(page.get_by_role("heading", name="Invite")))
        await page.keyboard.press("Escape")
        await card.wait_for(state="detached")
    await button.filter(has_text="Show me").click()
    await page.get_by_role("button", name="Next").press("Enter")
    await page.reload()
    await page.get_by_role("dialog", name="Orders").wait_for()
    await page.evaluate("firstmile.refresh()")
    assert await page.get_by_role("dialog", name="Orders").is_visible()
    assert guided.was_asked("POST", LEASES) == []
    assert guided.visitor.complaints == []


async def test_guidance_that_is_switched_off_leaves_the_page(guided: Shop) -> None:
    guided.state = a_state(content=[TIP])
    await guided.show(INVITE)
    await guided.page.get_by_role("dialog").wait_for()
    guided.state = a_state(off={"onboarding": False, "guidance": True, "gating": False})
    await guided.page.evaluate("firstmile.refresh()")
    await guided.page.get_by_role("dialog").wait_for(state="detached")


async def test_an_inline_tip_stands_where_the_page_wants_it(guided: Shop) -> None:
    guided.state = a_state(content=[{**TIP, "delivery": "inline", "interrupts": False}])
    await guided.show(f"<fm-tip name='invite-tip'></fm-tip>{INVITE}")
    note = guided.page.get_by_role("complementary", name="Bring your colleagues")
    await note.wait_for()
    assert await guided.visitor.axe() == []
    await note.get_by_role("button", name="Close").click()
    await note.wait_for(state="detached")
    assert guided.was_asked("POST", LEASES) == []


async def named(regions: Locator) -> list[str]:
    """What regions begin with."""
    return [said.split()[0] for said in await regions.all_inner_texts()]


async def test_of_several_banners_the_highest_priority_is_first(guided: Shop) -> None:
    first, second, third = [
        {**TIP, "key": key, "title": key, "priority": priority, "interrupts": False}
        | {"delivery": "banner"}
        for key, priority in (("first", 9), ("second", 5), ("third", 5))
    ]
    guided.state = a_state(known=False, content=[second, third])
    await guided.show(INVITE)
    banners = guided.page.get_by_role("region")
    await banners.nth(1).wait_for()
    assert await named(banners) == ["second", "third"]
    guided.state = a_state(known=False, content=[first, second, third])

    await guided.page.evaluate("firstmile.refresh()")
    await banners.nth(2).wait_for()

    assert await named(banners) == ["first", "second", "third"]


async def test_what_a_visitor_closes_leaves_their_other_tabs(guided: Shop) -> None:
    """No stream tells of visitors: the tabs of a browser tell each other, once the server knows."""
    guided.state = a_state(
        known=False, content=[{**TIP, "delivery": "banner", "interrupts": False}]
    )
    await guided.show(INVITE)
    beside = await guided.page.context.new_page()
    await beside.goto(guided.page.url)
    for page in (guided.page, beside):
        await page.get_by_role("region", name="Bring your colleagues").wait_for()
    guided.state = a_state(known=False)

    await guided.page.get_by_role("button", name="Close").click()

    await beside.get_by_role("region").wait_for(state="detached")
    assert "dismissed" in kinds(guided)


async def test_the_help_is_found_read_and_judged_by_keyboard(shop: Shop) -> None:
    shop.answers["GET /api/v1/help/context"] = (200, {"articles": [FOUND]})
    results = [{**FOUND, "marked": [{"text": "A "}, {"text": "refund", "hit": True}]}]
    shop.answers["GET /api/v1/help/search"] = (200, {"id": LEASE["lease"], "results": results})
    shop.answers["GET /api/v1/help/articles/refunds"] = (200, ARTICLE)
    shop.answers["POST /api/v1/help/articles/refunds/feedback"] = (202, {})
    shop.answers["POST /api/v1/help/clicks"] = (202, {})
    await shop.show("<fm-help></fm-help>")
    page = shop.page
    opener = page.get_by_role("button", name="Help", exact=True)
    await opener.focus()
    assert await opener.get_attribute("aria-keyshortcuts") == "Control+/"
    await page.keyboard.press("Control+/")
    await page.get_by_role("option", name="Giving money back").wait_for()
    field = page.get_by_role("combobox", name="Search the help")
    assert await has_focus(field)
    assert await shop.visitor.axe() == []
    await page.keyboard.type("refund")
    await page.get_by_role("status").filter(has_text="1 answer").wait_for(state="attached")
    await page.keyboard.press("ArrowDown")
    assert await field.get_attribute("aria-activedescendant") == "line-0"
    await page.keyboard.press("Enter")
    await page.get_by_role("dialog", name="Giving money back").wait_for()
    assert shop.was_asked("POST", "/api/v1/help/clicks") != []
    await page.get_by_role("button", name="No", exact=True).press("Enter")
    await until(lambda: has_focus(page.get_by_role("radio", name="It is not clear")))
    await page.get_by_role("radio", name="Something is missing").check()
    await page.get_by_role("button", name="Send").press("Enter")
    await page.get_by_text("Thank you.").first.wait_for()
    told = shop.was_asked("POST", "/api/v1/help/articles/refunds/feedback")
    assert told == [{"helpful": False, "reason": "incomplete"}]
    assert await shop.visitor.axe() == []
    await page.keyboard.press("Escape")
    await page.get_by_role("dialog").wait_for(state="detached")
    assert await has_focus(opener)


async def test_to_refuse_is_as_easy_as_to_accept_and_is_remembered(shop: Shop) -> None:
    shop.state = a_state(consent=MUST_ASK)
    shop.answers["GET /api/v1/consent"] = (200, QUESTION)
    shop.answers["PUT /api/v1/consent"] = (200, {})
    await shop.show("<fm-consent><button>Privacy</button></fm-consent>", lang="en")
    page = shop.page
    refuse = page.get_by_role("button", name="Refuse all")
    accept = page.get_by_role("button", name="Accept all")
    boxes = [await refuse.bounding_box(), await accept.bounding_box()]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert (boxes[0]["width"], boxes[0]["height"]) == (boxes[1]["width"], boxes[1]["height"])
    assert await shop.visitor.axe() == []
    await refuse.click()
    await page.get_by_role("dialog").wait_for(state="detached")
    assert shop.was_asked("PUT", "/api/v1/consent") == [{"version": "1", "choices": []}]
    await page.reload()
    privacy = page.get_by_role("button", name="Privacy")
    await until(lambda: page.evaluate("firstmile.moment.phase === 'ready'"))
    assert await page.get_by_role("dialog").count() == 0
    await privacy.click()
    await page.get_by_role("checkbox", name="Experiments").check()
    await page.get_by_role("button", name="Save my choice").click()
    await until(lambda: len(shop.was_asked("PUT", "/api/v1/consent")) == 2)
    assert shop.was_asked("PUT", "/api/v1/consent")[1]["choices"] == ["experiments"]


async def test_whoever_browses_with_global_privacy_control_is_not_asked(shop: Shop) -> None:
    shop.state = a_state(consent=MUST_ASK)
    shop.answers["GET /api/v1/consent"] = (200, QUESTION)
    await shop.page.add_init_script(
        "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
    )
    await shop.show("<fm-consent></fm-consent><fm-checklist></fm-checklist>")
    await shop.page.get_by_role("heading", name="Your set-up").wait_for()
    assert shop.was_asked("GET", "/api/v1/consent") == []
