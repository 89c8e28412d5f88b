"""The console's pages about experiments: words first, and every change with its reason."""

import random
from typing import Any

import httpx
import pytest
from tests.cast import Cast, Person
from tests.release.crowds import crowd
from tests.release.laboratory import a_flag, moved, put_flag, read_out, running, simulated
from tests.web.test_console import Visitor, at_a_browser

from firstmile.service import Service

PATH = "/console/experiments"
FORM = {
    "name": "A warmer checklist",
    "hypothesis": "Who is encouraged finishes more often.",
    "flagKey": "journey-encouragement",
    "control": "plain",
    "unit": "user",
    "goal.activated": "on",
    "guard.leaving": "on",
    "margin.leaving": "1,5",
    "windowDays": "7",
    "hopedFor": "5000",
    "matters": "5",
    "reason": "To learn",
}


@pytest.fixture
async def staff(cast: Cast) -> Person:
    return await cast.sam("operator")


@pytest.fixture
async def sam(cast: Cast, staff: Person) -> Visitor:
    return await at_a_browser(cast, staff.name)


async def written(sam: Visitor, **other: str) -> httpx.Response:
    await sam.get(f"{PATH}/new")
    return await sam.post(f"{PATH}/new", **{**FORM, **other})


async def test_an_experiment_is_written_started_and_decided_by_its_forms(
    sam: Visitor, staff: Person, service: Service
) -> None:
    await put_flag(staff, service, a_flag())
    path = (await written(sam)).headers["location"].partition("?")[0]
    draft = await sam.get(path)
    await sam.post(f"{path}/start", reason="It is time", rowVersion="1")
    page = await sam.get(path)
    done = await sam.post(f"{path}/decide", reason="It helped", rowVersion="2", shipped="warm")
    over = await sam.get(path)

    assert "Nobody has met it." in draft.text
    assert "Nobody has met this experiment yet." in page.text
    assert done.status_code == 303
    assert "Decided: everybody gets warm." in over.text
    assert "It helped" in over.text
    assert "/decide" not in over.text
    told = await read_out(staff, {"id": path.rpartition("/")[2]})
    design = told["experiment"]["design"]
    assert (design["matters"], design["guardrails"]) == (
        0.05,
        [{"metric": "leaving", "margin": 0.015}],
    )


async def test_the_conclusion_stands_before_the_figures(
    sam: Visitor, staff: Person, service: Service
) -> None:
    one = await running(staff, service)
    chance = random.Random(5)
    people = [*crowd(chance, 2_000, "plain", 0.40), *crowd(chance, 2_000, "warm", 0.50)]
    await simulated(service, one, people)

    page = (await sam.get(f"{PATH}/{one['id']}")).text
    assert page.index("warm raised activation from") < page.index("<table>")
    assert 'class="interval"' in page
    assert "They were split as the weights say." in page
    assert " style=" not in page


async def test_a_broken_split_is_told_before_everything(
    sam: Visitor, staff: Person, service: Service
) -> None:
    one = await running(staff, service)
    chance = random.Random(6)
    people = [*crowd(chance, 1_500, "plain", 0.4), *crowd(chance, 900, "warm", 0.4)]
    await simulated(service, one, people)

    page = (await sam.get(f"{PATH}/{one['id']}?lang=fr")).text
    assert page.index("n’ont pas reçu leur part de personnes") < page.index("Chiffres")


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"name": ""}, "Give it a name."),
        ({"matters": "a lot"}, "Write a number."),
        ({"windowDays": "nan"}, "Write a number."),
        ({"margin.leaving": "-1"}, "A margin is 0 or more."),
        ({"reason": " "}, "Say why. It stands in the history."),
    ],
)
async def test_a_mistake_stands_beside_its_field_and_nothing_typed_is_lost(
    sam: Visitor, other: dict[str, str], words: str
) -> None:
    page = await written(sam, **other)

    assert page.status_code == 422
    assert words in page.text
    assert "Who is encouraged finishes more often." in page.text


async def test_a_flag_that_splits_nobody_is_told_on_the_page(
    sam: Visitor, staff: Person, service: Service
) -> None:
    await put_flag(staff, service, a_flag(enabled=False))
    path = (await written(sam)).headers["location"].partition("?")[0]
    page = await sam.post(f"{path}/start", reason="It is time", rowVersion="1")

    assert page.status_code == 422
    assert "Switch the flag on first." in page.text


async def test_an_old_page_changes_nothing(sam: Visitor, staff: Person, service: Service) -> None:
    one = await running(staff, service)
    page = await sam.post(f"{PATH}/{one['id']}/stop", reason="Enough", rowVersion="1")

    assert page.status_code == 409
    assert "It changed since you looked." in page.text


async def test_the_planner_says_how_many_people(sam: Visitor) -> None:
    page = await sam.get(f"{PATH}/new?base=40&difference=5&aDay=200")
    wrong = await sam.get(f"{PATH}/new?base=400&difference=5")

    assert "About 5,865 people, 37 days." in page.text
    assert "A share is between 0 and 100 percent." in wrong.text


async def test_support_reads_and_finds_no_button(cast: Cast, service: Service) -> None:
    operator = await cast.a_user("Olga").of_staff("operator").signed_in()
    one: dict[str, Any] = await running(operator, service)
    await cast.sam("support")
    visitor = await at_a_browser(cast, "Sam")
    page = await visitor.get(f"{PATH}/{one['id']}")

    assert page.status_code == 200
    assert "/decide" not in page.text
    assert (await visitor.get(f"{PATH}/new")).status_code == 403
    assert (await moved(operator, one, "stop")).status_code == 200
