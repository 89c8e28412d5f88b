"""The console's pages about steps: what is in force, what a change does to whom, and back."""

import html
import re

import httpx
import pytest
from tests.cast import Cast
from tests.onboarding.crews import a_project, a_project_step
from tests.onboarding.moving import apply
from tests.onboarding.test_sharing import shared
from tests.web.test_console import Visitor, at_a_browser

from firstmile.kernel.database import Connection
from firstmile.onboarding.changing.editions import Wanted
from firstmile.onboarding.files.definitions import Definitions
from firstmile.service import Service

PATH = "/console/steps"
MOVES = "moves:\r\n  - rename: {from: verify-email, to: confirm-address}\r\n"


@pytest.fixture
async def sam(cast: Cast) -> Visitor:
    """Of the people who run this; Dana is on her way."""
    await cast.dana()
    await cast.sam("operator")
    return await at_a_browser(cast, "Sam")


def text_in(page: httpx.Response, name: str) -> str:
    """What stands in a text area."""
    found = re.search(
        rf'<textarea[^>]*name="{name}"[^>]*>\n?(.*?)</textarea>', page.text, re.DOTALL
    )
    assert found is not None, page.text
    return html.unescape(found[1])


async def renamed(sam: Visitor) -> str:
    """The steps in force, with one of them called something else."""
    page = await sam.get(f"{PATH}/edit")
    return text_in(page, "steps").replace("verify-email", "confirm-address")


def digest_in(page: httpx.Response) -> str:
    return page.text.split('name="plan" value="')[1].split('"')[0]


async def test_support_sees_the_steps_and_changes_none(cast: Cast) -> None:
    await cast.sam("support")
    visitor = await at_a_browser(cast, "Sam")

    page = await visitor.get(PATH)

    assert "Confirm your address" in page.text
    assert "Edition 1" in page.text
    assert f"{PATH}/edit" not in page.text
    assert (await visitor.get(f"{PATH}/edit")).status_code == 403
    assert (await visitor.post(f"{PATH}/apply", steps="", moves="")).status_code == 403


async def test_steps_are_changed_with_people_moved_along_and_back(
    sam: Visitor, db: Connection
) -> None:
    wanted = {"steps": await renamed(sam), "moves": MOVES}
    states = "SELECT count(*) FROM journey_steps WHERE step_key = $1 AND status = 'done'"

    plan = await sam.post(f"{PATH}/plan", **wanted)
    assert await db.fetchval(states, "confirm-address") == 0
    assert "Another key" in plan.text
    assert "0 of 2 people move" in plan.text
    assert text_in(plan, "steps") == wanted["steps"]
    seen = {"plan": digest_in(plan), "reason": "Plainer words"}
    applied = await sam.post(f"{PATH}/apply", **wanted, **seen)

    assert applied.headers["location"] == f"{PATH}?notice=steps-applied"
    assert await db.fetchval(states, "confirm-address") == 2
    page = await sam.get(PATH)
    assert "Plainer words" in page.text
    assert "Sam Example" in page.text

    undo = await sam.get(f"{PATH}/undo")
    back = {"plan": digest_in(undo), "reason": "Not plainer after all"}
    assert (await sam.post(f"{PATH}/undo", **back)).status_code == 303
    assert await db.fetchval(states, "verify-email") == 2


async def test_projects_that_move_are_counted(
    sam: Visitor, service: Service, db: Connection
) -> None:
    await apply(service, Wanted(Definitions([shared("bank")])))
    await a_project_step(db, await a_project(db), "bank", "done")
    steps = text_in(await sam.get(f"{PATH}/edit"), "steps").replace("bank", "account")
    moves = "moves: [{rename: {from: bank, to: account}}]"

    plan = await sam.post(f"{PATH}/plan", steps=steps, moves=moves)
    seen = {"plan": digest_in(plan), "reason": "Plainer words"}
    await sam.post(f"{PATH}/apply", steps=steps, moves=moves, **seen)

    assert "people move, and 1 project<" in plan.text
    assert ", and 1 project<" in (await sam.get(PATH)).text


async def test_a_mistake_is_told_beside_the_text_it_is_in(sam: Visitor) -> None:
    page = await sam.post(f"{PATH}/plan", steps="steps:\n  - key: One", moves="moves: [{jump: x}]")

    assert page.status_code == 422
    assert "2: &#39;One&#39; is not a key" in page.text
    assert "1: a move is one of" in page.text
    assert text_in(page, "steps") == "steps:\n  - key: One"


async def test_without_a_reason_or_with_an_old_plan_nothing_is_changed(
    sam: Visitor, db: Connection
) -> None:
    wanted = {"steps": await renamed(sam), "moves": MOVES}
    seen = digest_in(await sam.post(f"{PATH}/plan", **wanted))

    unsaid = await sam.post(f"{PATH}/apply", **wanted, plan=seen, reason=" ")
    old = await sam.post(f"{PATH}/apply", **wanted, plan="0000", reason="Plainer words")

    assert (unsaid.status_code, old.status_code) == (422, 409)
    assert "Look at the new one" in old.text
    assert digest_in(old) == seen
    assert await db.fetchval("SELECT max(number) FROM step_editions") == 1


async def test_what_nobody_can_meet_is_told_where_it_stands_and_what_is_unwise_with_the_plan(
    sam: Visitor,
) -> None:
    steps = text_in(await sam.get(f"{PATH}/edit"), "steps")
    impossible = steps.replace("key: payments", "key: payments\n    when: {anyOf: []}")
    unwise = steps.replace(
        "key: payments", "key: payments\n    when: {attribute: plam, op: present}"
    )

    refused = await sam.post(f"{PATH}/plan", steps=impossible, moves="")
    plan = await sam.post(f"{PATH}/plan", steps=unwise, moves="")
    await sam.get(f"{PATH}?lang=fr")
    french = await sam.post(f"{PATH}/plan", steps=impossible, moves="")

    assert refused.status_code == 422
    line = impossible[: impossible.index("anyOf")].count("\n") + 1
    assert f"<li>{line}: nobody can meet this `when:`</li>" in refused.text
    assert "&#39;payments&#39; asks for &#39;plam&#39;, which your server" in plan.text
    assert f"<li>{line}: personne ne peut remplir ce `when:`</li>" in french.text
