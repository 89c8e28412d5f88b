"""The console's pages about the kill switch: quick to read, hard to misuse."""

import re

import httpx
import pytest
from tests.cast import Cast
from tests.waiting import until
from tests.web.test_console import Visitor, at_a_browser

from firstmile.kernel.database import Connection
from firstmile.protect.switches import Area

PATH = "/console/kill-switch"
REASON = "A flood of sign-ups, INC-7"


@pytest.fixture
async def sam(cast: Cast) -> Visitor:
    await cast.sam("operator")
    return await at_a_browser(cast, "Sam")


async def switch(sam: Visitor, area: str, wanted: str, reason: str = REASON) -> httpx.Response:
    await sam.get(f"{PATH}/{area}")
    return await sam.post(f"{PATH}/{area}", wanted=wanted, reason=reason)


def state_of(page: httpx.Response, area: str) -> str:
    """The state beside the name of an area."""
    found = re.search(rf"<h2>{area}\s*<span[^>]*>([^<]+)</span>", page.text)
    assert found is not None, page.text
    return found[1]


async def test_support_sees_no_switch(cast: Cast) -> None:
    await cast.sam("support")
    visitor = await at_a_browser(cast, "Sam")

    assert (await visitor.get(PATH)).status_code == 403
    assert (await visitor.post(f"{PATH}/gating", wanted="off")).status_code == 403
    assert f'href="{PATH}"' not in (await visitor.get("/console")).text


async def test_every_area_stands_there_with_its_state_and_what_happens(sam: Visitor) -> None:
    page = await sam.get(PATH)

    assert {state_of(page, area) for area in ("Everything", "Gating", "Sign-up")} == {"On"}
    assert "Nobody can make an account" in page.text
    assert "It was never used." in page.text
    assert "<strong>Web</strong>" in page.text


async def test_the_page_before_says_what_will_happen(sam: Visitor) -> None:
    page = await sam.get(f"{PATH}/global")

    assert page.status_code == 200
    for words in ("passes the gate", "Nobody sees the checklist", "Nobody can make an account"):
        assert words in page.text


async def test_an_area_is_switched_off_and_on(cast: Cast, sam: Visitor) -> None:
    off = await switch(sam, "sign_up", "off")
    await until(lambda: cast.service.switches.is_off(Area.SIGN_UP))
    page = await sam.get(PATH)
    on = await switch(sam, "sign_up", "on", "Over")
    await until(lambda: not cast.service.switches.is_off(Area.SIGN_UP))
    after = await sam.get(PATH)

    assert off.headers["location"] == f"{PATH}?notice=switched-off"
    assert on.headers["location"] == f"{PATH}?notice=switched-on"
    assert (state_of(page, "Sign-up"), state_of(page, "Gating")) == ("Off", "On")
    assert REASON in page.text
    assert "by Sam Example" in page.text
    assert state_of(after, "Sign-up") == "On"
    assert "Over" in after.text


async def test_it_stands_above_every_page_of_the_console_while_anything_is_off(
    cast: Cast, sam: Visitor
) -> None:
    before = await sam.get("/console")
    await switch(sam, "sign_up", "off")
    await switch(sam, "gating", "off")
    await until(lambda: cast.service.switches.is_off(Area.GATING))

    pages = [await sam.get(path) for path in ("/console", "/console/staff", PATH)]

    assert "Switched off:" not in before.text
    assert all("Switched off: Sign-up, Gating" in page.text for page in pages)


async def test_with_everything_off_each_area_says_so(cast: Cast, sam: Visitor) -> None:
    await switch(sam, "global", "off")

    page = await sam.get(PATH)

    assert (state_of(page, "Everything"), state_of(page, "Guidance")) == (
        "Off",
        "Off with everything",
    )


async def test_without_a_reason_nothing_happens(sam: Visitor, db: Connection) -> None:
    answer = await switch(sam, "gating", "off", " ")

    assert answer.status_code == 422
    assert "Say why, in a sentence." in answer.text
    assert await db.fetchval("SELECT count(*) FROM switch_uses") == 0


async def test_an_old_page_does_what_it_said_and_not_the_opposite(
    sam: Visitor, db: Connection
) -> None:
    await switch(sam, "gating", "off")

    again = await sam.post(f"{PATH}/gating", wanted="off", reason="A second time")

    assert again.status_code == 303
    assert await db.fetchval("SELECT reason FROM switch_uses WHERE ended_at IS NULL") == REASON


async def test_it_asks_for_a_credential_that_is_fresh(sam: Visitor, db: Connection) -> None:
    await db.execute("UPDATE sessions SET proved_at = proved_at - interval '11 minutes'")

    page = await sam.get(f"{PATH}/gating")
    sent = await sam.post(f"{PATH}/gating", wanted="off", reason=REASON)

    for answer in (page, sent):
        assert answer.headers["location"] == "/confirm?next=%2Fconsole%2Fkill-switch%2Fgating"
    assert await db.fetchval("SELECT count(*) FROM switch_uses") == 0


async def test_there_is_no_page_of_another_word(sam: Visitor) -> None:
    assert (await sam.get(f"{PATH}/canary")).status_code == 404


async def test_what_the_command_did_is_told_as_such(cast: Cast, sam: Visitor) -> None:
    async with cast.service.works.begin() as work:
        await cast.service.kill_switch.activate(work, Area.GATING, "INC-8", staff_id=None)

    assert "by the command" in (await sam.get(PATH)).text


async def test_it_is_read_in_french(sam: Visitor) -> None:
    page = await sam.get(f"{PATH}?lang=fr")

    assert "Coupe-circuit" in page.text
    assert "Personne ne peut créer de compte" in page.text
