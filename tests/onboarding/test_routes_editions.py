"""The API of steps for those who change them."""

import pytest
from tests.cast import Cast, Person

STEPS = "/api/v1/admin/steps"
MOVES = "moves:\n  - rename: {from: verify-email, to: confirm-address}\n"


@pytest.fixture
async def sam(cast: Cast) -> Person:
    return await cast.sam("operator")


async def test_what_is_exported_is_planned_as_nothing(sam: Person) -> None:
    exported = (await sam.get(STEPS)).json()

    plan = (await sam.post(f"{STEPS}/plan", {"steps": exported["steps"]})).json()

    assert (plan["isNothing"], plan["edition"]) == (True, exported["edition"])
    assert exported["migrations"] == {}


async def test_steps_are_planned_applied_and_undone(cast: Cast, sam: Person) -> None:
    dana = await cast.dana()
    steps = (await sam.get(STEPS)).json()["steps"].replace("verify-email", "confirm-address")
    wanted = {"steps": steps, "moves": MOVES}

    plan = (await sam.post(f"{STEPS}/plan", wanted)).json()
    said = {"reason": "Plainer words", "plan": plan["digest"]}
    applied = await sam.post(f"{STEPS}/apply", wanted | said)
    again = await sam.post(f"{STEPS}/apply", wanted | said)

    assert applied.json() == plan
    assert plan["sums"]["reopened"] == 0
    assert {one["people"] for one in plan["groups"]} == {2}
    assert again.json()["error"] == "plan_changed"
    history = (await sam.get(f"{STEPS}/history")).json()["items"]
    assert (history[0]["reason"], history[0]["authorId"]) == ("Plainer words", str(sam.id))
    assert history[0]["moves"] == MOVES
    assert (await sam.get(STEPS)).json()["migrations"] == {"console-2": MOVES}

    undo = (await sam.get(f"{STEPS}/undo")).json()
    assert undo["undoes"] == 2
    body = {"reason": "Not plainer", "plan": undo["digest"]}
    assert (await sam.post(f"{STEPS}/undo", body)).status_code == 200
    assert "verify-email" in (await sam.get(STEPS)).json()["steps"]
    assert dana.name == "Dana"


async def test_mistakes_name_their_text_and_line(sam: Person) -> None:
    answer = await sam.post(f"{STEPS}/plan", {"steps": "steps:\n  - key: One", "moves": "moves: x"})

    assert answer.status_code == 422
    assert {one["field"] for one in answer.json()["details"]} == {"steps", "moves"}


async def test_support_reads_and_changes_nothing(cast: Cast) -> None:
    sam = await cast.sam("support")

    assert (await sam.get(f"{STEPS}/history")).status_code == 200
    assert (await sam.get(f"{STEPS}/schema")).json()["title"] == "Steps of Firstmile"
    assert (await sam.post(f"{STEPS}/plan", {"steps": ""})).status_code == 403
