"""The core of the embeds: its own tests by Node, and what only a browser shows."""

import subprocess

from tests.conftest import ROOT
from tests.embed.standing import SERVER, Shop, a_state
from tests.embed.test_guidance import TIP
from tests.identity.real_provider import NODE
from tests.waiting import until

from firstmile.web.embedding import embed

TESTS = ROOT / "frontend" / "embed" / "test"
COUNT_TIMERS = """
    window.timers = new Set();
    for (const [set, clear] of [["setTimeout", "clearTimeout"], ["setInterval", "clearInterval"]]) {
      const [start, stop] = [window[set], window[clear]];
      window[set] = (work, ...rest) => {
        const timer = start(() => {
          if (set === "setTimeout") timers.delete(timer);
          work();
        }, ...rest);
        timers.add(timer);
        return timer;
      };
      window[clear] = (timer) => { timers.delete(timer); stop(timer); };
    }
"""
HIDE = """
    window.seen = new Event("visibilitychange");
    Object.defineProperty(document, "hidden", { value: true, configurable: true });
    document.dispatchEvent(seen);
"""


def test_the_core_keeps_what_its_own_tests_say() -> None:
    files = [str(file) for file in sorted(TESTS.glob("*.test.ts"))]
    done = subprocess.run(
        [str(NODE), "--no-warnings", "--test", "--test-reporter=tap", *files],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "# pass 0" not in done.stdout


async def test_the_client_is_set_up_by_the_tag_it_came_from(shop: Shop) -> None:
    other = '<script src="https://other.example/embed/x/firstmile.js" data-server="/evil"></script>'
    await shop.page.route("https://other.example/**", lambda route: route.fulfill(body=""))

    await shop.show("<fm-checklist></fm-checklist>", head=other)
    await shop.page.get_by_role("heading", name="Your set-up").wait_for()

    assert await shop.page.evaluate("firstmile.server.href") == f"{SERVER}/"


async def test_a_page_at_rest_has_no_timer_and_asked_once(shop: Shop) -> None:
    await shop.page.add_init_script(COUNT_TIMERS)
    await shop.show("<fm-checklist></fm-checklist><fm-gate name='exports'>Export</fm-gate>")
    await shop.page.get_by_role("heading", name="Your set-up").wait_for()
    await until(lambda: shop.page.evaluate("timers.size === 0"))
    assert len(shop.was_asked("GET", "/api/v1/embed/state")) == 1


async def test_a_hidden_tab_asks_nothing_and_takes_no_leave_until_it_is_looked_at(
    shop: Shop,
) -> None:
    await shop.show("<fm-checklist></fm-checklist>")
    page = shop.page
    await page.get_by_role("heading", name="Your set-up").wait_for()
    await page.evaluate(HIDE)
    asked = len(shop.asked)
    shop.state = a_state(content=[TIP])
    await page.evaluate("firstmile.tabs.onNews()")
    await page.evaluate("dispatchEvent(new Event('online'))")
    await page.evaluate("history.pushState(null, '', '/invoices')")
    await page.evaluate("firstmile.refresh()")  # by hand it still asks, and is told of the tip
    await until(lambda: page.evaluate("!!firstmile.state.content.length"))
    assert [path for _, path, _ in shop.asked[asked:]] == ["/api/v1/embed/state"]
    await page.evaluate("delete document.hidden; document.dispatchEvent(seen)")
    await until(lambda: bool(shop.was_asked("POST", "/api/v1/guidance/leases")))


async def test_another_route_of_the_page_asks_again_and_the_same_one_does_not(shop: Shop) -> None:
    await shop.show("<fm-checklist></fm-checklist>")
    await shop.page.get_by_role("heading", name="Your set-up").wait_for()
    async with shop.page.expect_response("**/embed/state?route=%2Finvoices**") as found:
        await shop.page.evaluate("history.replaceState(null, '', '#top')")
        await shop.page.evaluate("history.pushState(null, '', '/invoices')")
    assert (await found.value).status == 304
    assert len(shop.was_asked("GET", "/api/v1/embed/state")) == 2


async def test_a_part_that_somebody_changed_is_not_run(shop: Shop) -> None:
    shop.spoilt = "common.js"
    await shop.show("<fm-checklist></fm-checklist><fm-gate name='exports'>Export</fm-gate>")
    await until(lambda: any("common.js could not" in one for one in shop.visitor.complaints))
    assert any("'integrity'" in one for one in shop.visitor.complaints)
    assert not await shop.page.evaluate("!!customElements.get('fm-checklist')")
    assert not await shop.page.evaluate("!!customElements.get('fm-gate')")


async def test_a_page_with_the_newest_script_has_one_client(shop: Shop) -> None:
    newest = f'<script type="module" src="{SERVER}/embed/v1/firstmile.js"></script>'
    shop.aliased = f'export * from "../{embed().folder}/firstmile.js";'
    await shop.show("<fm-checklist></fm-checklist>", tag=newest)
    await shop.page.get_by_role("heading", name="Your set-up").wait_for()
    told = await shop.page.evaluate("__firstmile.explain()")
    assert (told["server"], told["phase"]) == (f"{SERVER}/", "ready")
    assert len(shop.was_asked("GET", "/api/v1/embed/state")) == 1


async def test_two_tabs_share_a_session_and_one_of_them_listens(shop: Shop) -> None:
    await shop.show("")
    await shop.page.evaluate("firstmile.tabs.session()")
    other = await shop.page.context.new_page()
    await other.goto("https://shop.example/orders")
    pages = (shop.page, other)
    sessions = [await page.evaluate("firstmile.tabs.session()") for page in pages]
    assert sessions[0] == sessions[1]
    for page in pages:
        await page.evaluate(
            "firstmile.tabs.lead(() => new Promise(() => {}), new AbortController().signal)"
        )
    await until(lambda: shop.page.evaluate("firstmile.tabs.isLeader"))
    assert not await other.evaluate("firstmile.tabs.isLeader")
    await shop.page.close()
    await until(lambda: other.evaluate("firstmile.tabs.isLeader"))
