"""The checklist and the gate in a page that is not ours."""

import pytest
from tests.embed.standing import SERVER, Shop, a_state, journey, step, words
from tests.waiting import until

from firstmile.web.embedding import embed

EXPORTS = {
    "key": "exports",
    "allowed": False,
    "reason": "step",
    "blockedBy": ["complete-profile"],
    "next": {"key": "complete-profile", "title": "Complete your profile", "href": "/steps/profile"},
    "title": "Exports open with a complete profile",
    "body": words("Accountants want to know who sent the file."),
}
GATE = "<fm-gate name='exports' wait='50'><button>Export</button></fm-gate>"


async def test_a_checklist_says_how_far_one_is_and_why_a_step_waits(shop: Shop) -> None:
    await shop.show("<fm-checklist></fm-checklist>")
    page = shop.page
    bar = page.get_by_role("progressbar", name="Your set-up")
    assert await bar.get_attribute("aria-valuetext") == "1 of 4 steps"
    locked = page.get_by_role("button", name="Take payments")
    assert await locked.get_attribute("aria-disabled") == "true"
    assert await page.get_by_text("Locked: needs Complete profile").is_visible()
    link = page.get_by_role("link", name="Start this step")
    assert await link.get_attribute("href") == f"{SERVER}/onboarding/complete-profile"
    assert await shop.visitor.axe() == []
    assert shop.visitor.complaints == []


async def test_what_is_due_what_failed_and_why_a_step_is_locked_is_told_in_words(
    shop: Shop,
) -> None:
    fault = {"code": "tax_id", "message": "The tax number is not of this company."}
    failed = {"by": "call", "state": "failed", "errors": [fault], "reason": ""}
    reason = {"kind": "plan", "message": "This is for the plan Pro.", "fix": {"href": "/plans"}}
    steps = (
        step("verify-email", "done", scope="project", doneBy="Bob", doneAt="2024-02-05T12:00:00Z"),
        step("business", href="", dueAt="2024-03-02T00:00:00Z", verification=failed),
        step("take-payments", "locked", reasons=[reason]),
        step("first-order", href="", verification={"by": "event"}),
    )
    due = {"pastDue": ["business"], "currentlyDue": ["first-order"]}
    told = {"eventuallyDue": ["take-payments"], "pendingVerification": [], **due}
    shop.state = a_state(journey={**journey(*steps), "requirements": told})
    await shop.show("<fm-checklist></fm-checklist>")
    page = shop.page
    for words_shown in (
        "Overdue: 1",
        "Due later: 1",
        "Overdue, was due Fri, Mar 1, 2024",
        "Done by Bob, Mon, Feb 5, 2024 · shared with your project",
        fault["message"],
    ):
        await page.get_by_text(words_shown, exact=True).wait_for()
    assert await page.get_by_role("button", name="Check again").is_visible()
    locked = page.get_by_role("button", name="Take payments")
    await locked.press("Enter")
    link = page.get_by_role("link", name="Go there")
    assert await link.get_attribute("href") == f"{SERVER}/plans"
    assert await page.get_by_text("This is for the plan Pro.", exact=True).is_visible()
    await page.get_by_role("button", name="First order").press("Enter")
    assert await page.get_by_text("completes by itself").is_visible()
    assert await page.get_by_role("button", name="Mark as done").count() == 0
    assert await shop.visitor.axe() == []


async def test_a_step_that_a_server_checks_is_sent_to_it_and_waits(shop: Shop) -> None:
    asked = step("business", href="", verification={"by": "call"})
    pending = {**asked, "rowVersion": 2, "verification": {"by": "call", "state": "pending"}}
    changed = {"step": pending, "progress": 0, "activated": False, "nextStep": "business"}
    shop.answers["PATCH /api/v1/onboarding/steps/business"] = (200, changed)
    shop.state = a_state(journey=journey(asked))
    await shop.show("<fm-checklist></fm-checklist>")
    button = shop.page.get_by_role("button", name="Have it checked")
    await button.wait_for()
    shop.state = a_state(journey=journey(pending))
    await button.click()
    await shop.page.get_by_role("status").filter(has_text="Business: Being checked").wait_for()
    assert await button.count() == 0


async def test_a_shared_step_is_changed_in_the_project_it_was_shown_of(shop: Shop) -> None:
    bank = step("connect-bank", href="", scope="project", verification={"by": "person"})
    done = {**bank, "status": "done", "rowVersion": 1, "doneBy": "Bob"}
    changed = {"step": done, "progress": 100, "activated": True, "nextStep": None}
    shop.answers["PATCH /api/v1/onboarding/steps/connect-bank"] = (200, changed)
    acme = {"id": "acme", "name": "Acme"}
    shop.state = a_state(journey={**journey(bank), "project": acme})
    asked: list[str] = []
    shop.page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    tag = embed().tag(SERVER).replace("<script ", '<script data-project="acme" ', 1)
    await shop.show("<fm-checklist></fm-checklist>", tag=tag)
    button = shop.page.get_by_role("button", name="Mark as done")
    await button.wait_for()
    shop.state = a_state(journey={**journey(done), "project": acme})
    await button.click()
    await shop.page.get_by_text("Done by Bob").first.wait_for()
    assert [one for one in asked if "/embed/state?" in one and "project=acme" in one]
    assert f"PATCH {SERVER}/api/v1/onboarding/steps/connect-bank?project=acme" in asked


async def test_a_step_is_put_off_by_keyboard_and_the_page_hears_of_it(shop: Shop) -> None:
    later = step("complete-profile", "snoozed", snoozedUntil="2026-12-05T09:00:00Z", rowVersion=2)
    changed = {"step": later, "progress": 25, "activated": False, "nextStep": None}
    shop.answers["POST /api/v1/onboarding/snooze"] = (200, changed)
    await shop.show("<fm-checklist></fm-checklist>")
    page = shop.page
    await page.evaluate(
        "document.addEventListener('fm:step-snoozed', (e) => (window.heard = e.detail))"
    )
    title = page.get_by_role("button", name="Complete profile", exact=True)
    await title.focus()
    shop.state = a_state(journey=journey(step("verify-email", "done"), later))
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.get_by_role("status").filter(has_text="Complete profile: Later").wait_for()
    assert shop.was_asked("POST", "/api/v1/onboarding/snooze") == [{"key": "complete-profile"}]
    assert await page.evaluate("heard") == {"key": "complete-profile", "reason": "manual"}
    assert await title.evaluate("(it) => it === it.getRootNode().activeElement")


async def test_a_page_may_go_to_a_step_itself(shop: Shop) -> None:
    await shop.show("<fm-checklist></fm-checklist>")
    await shop.page.evaluate(
        "document.addEventListener('fm:step-started', (event) => {"
        " window.went = event.detail.key; event.preventDefault(); })"
    )
    await shop.page.get_by_role("link", name="Start this step").click()
    assert await shop.page.evaluate("went") == "complete-profile"
    assert await shop.visitor.path() == "/orders"


async def test_a_closed_gate_says_why_and_leads_on_and_opens_by_itself(shop: Shop) -> None:
    shop.state = a_state(gates=[EXPORTS])
    await shop.show(GATE)
    page = shop.page
    await page.get_by_role("region", name="Exports open with a complete profile").wait_for()
    assert await page.get_by_text("Opens after: Complete profile").is_visible()
    link = page.get_by_role("link", name="Complete your profile")
    assert await link.get_attribute("href") == f"{SERVER}/steps/profile"
    assert not await page.get_by_role("button", name="Export").is_visible()
    assert await shop.visitor.axe() == []
    shop.state = a_state(gates=[{**EXPORTS, "allowed": True, "reason": None}])
    await page.evaluate("firstmile.refresh()")
    await page.get_by_role("button", name="Export").wait_for()
    await page.get_by_role("status").filter(has_text="Open now.").wait_for(state="attached")


@pytest.mark.parametrize(("unknown", "is_shown"), [("open", True), ("closed", False)])
async def test_a_gate_nobody_speaks_for_is_what_its_page_decided(
    shop: Shop, unknown: str, is_shown: bool
) -> None:
    shop.is_reached = False
    await shop.show(GATE.replace(">", f" unknown='{unknown}'>", 1))
    drawn = "!!document.querySelector('fm-gate').shadowRoot?.querySelector('slot')"
    await until(lambda: shop.page.evaluate(drawn))
    assert await shop.page.get_by_role("button", name="Export").is_visible() is is_shown


async def test_a_switched_off_gate_is_open(shop: Shop) -> None:
    off = {"onboarding": False, "guidance": False, "gating": True}
    shop.state = a_state(gates=[EXPORTS], off=off)
    await shop.show(GATE.replace(">", " unknown='closed'>", 1))
    await shop.page.get_by_role("button", name="Export").wait_for()
