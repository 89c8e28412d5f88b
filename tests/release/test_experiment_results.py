"""What an experiment shows is what its people did, after they met it and within the window."""

import csv
import io
import random
from typing import Any

import pytest
from scipy import stats
from tests.cast import Person
from tests.release.crowds import Person_, crowd, shown
from tests.release.experimenting import sam
from tests.release.laboratory import AT, FLAG, read_out, running, simulated

from firstmile.release.estimates import Level, difference
from firstmile.release.sequential import interval
from firstmile.service import Service

__all__ = ["sam"]


def reached(people: list[Person_], arm: str) -> list[int]:
    return [int("activated" in one["reached"]) for one in people if one["arm"] == arm]


async def test_the_levels_and_the_effect_are_those_of_scipy(sam: Person, service: Service) -> None:
    one = await running(sam, service)
    chance = random.Random(4)
    people = [*crowd(chance, 900, "plain", 0.40), *crowd(chance, 880, "warm", 0.47)]
    await simulated(service, one, people)

    found = (await shown(sam, one))["findings"][0]
    plain, warm = reached(people, "plain"), reached(people, "warm")
    welch = stats.ttest_ind(warm, plain, equal_var=False)
    assert found["control"] == {"units": 900, "mean": pytest.approx(sum(plain) / 900)}
    assert found["effect"] == pytest.approx(sum(warm) / 880 - sum(plain) / 900)
    error = found["effect"] / welch.statistic
    levels = [Level(len(arm), sum(arm) / len(arm), stats.tvar(arm)) for arm in (plain, warm)]
    assert difference(*levels).error == pytest.approx(error)
    wanted = interval(difference(*levels))
    assert (found["range"]["low"], found["range"]["high"]) == pytest.approx(
        (wanted.low, wanted.high)
    )


async def test_a_real_gain_is_told_in_words(sam: Person, service: Service) -> None:
    one = await running(sam, service)
    chance = random.Random(5)
    people = [*crowd(chance, 2_000, "plain", 0.40), *crowd(chance, 2_000, "warm", 0.50)]
    await simulated(service, one, people)

    told = await shown(sam, one)
    french = await shown(sam, one, **{"accept-language": "fr"})
    assert told["findings"][0]["conclusion"] == "better"
    assert told["findings"][0]["sentences"][0].startswith("warm raised activation from 4")
    assert told["findings"][0]["nextSteps"][0].startswith("You may stop and keep warm.")
    assert french["findings"][0]["sentences"][0].startswith("warm a fait monter")


async def test_only_what_comes_after_the_exposure_and_within_the_window_counts(
    sam: Person, service: Service
) -> None:
    one = await running(sam, service, windowDays=7)
    people: list[Person_] = [
        {"arm": "plain", "reached": {"activated": 6.9}},
        {"arm": "plain", "reached": {"activated": 7.1}},
        {"arm": "plain", "reached": {}},
        {"arm": "warm", "reached": {"activated": 0.0}},
        {"arm": "warm", "reached": {"activated": -3}},  # was there before: can show nothing
        {"arm": "warm", "reached": {"activated": 1}, "at": 6},  # the window is not over
    ]
    await simulated(service, one, people)

    told = await shown(sam, one)
    found = told["findings"][0]
    assert found["control"] == {"units": 3, "mean": pytest.approx(1 / 3)}
    assert found["other"] == {"units": 1, "mean": 1.0}
    assert (sum(told["exposed"].values()), told["counted"]) == (6, 5)


async def test_days_are_counted_to_the_window_for_who_never_came(
    sam: Person, service: Service
) -> None:
    one = await running(sam, service, goals=["days-to-activation", "days-of-use"], windowDays=10)
    people: list[Person_] = [
        {"arm": "plain", "reached": {"activated": 2.5}, "days": [0, 1, 3, 9, 12]},
        {"arm": "plain", "reached": {"activated": 11}},
        {"arm": "warm", "reached": {}},
    ]
    await simulated(service, one, people)

    until, use = (await shown(sam, one))["findings"]
    assert until["control"]["mean"] == pytest.approx((2.5 + 10) / 2)
    assert until["other"]["mean"] == pytest.approx(10)
    assert use["control"]["mean"] == pytest.approx(3 / 2)  # days 1, 3 and 9


async def test_what_people_did_before_makes_the_range_narrower(
    sam: Person, service: Service
) -> None:
    one = await running(sam, service, goals=["days-of-use"], windowDays=20)
    chance = random.Random(6)
    people: list[Person_] = []
    for place in range(600):
        keenness = chance.random()
        days = [day for day in range(-19, 20) if day and chance.random() < keenness]
        people.append(
            {
                "arm": ("plain", "warm")[place % 2],
                "at": 40,
                "days": days,
                "reached": {"registered": -100},
            }
        )
    strangers: list[Person_] = [{**person, "reached": {}} for person in people]
    await simulated(service, one, people)
    adjusted = (await shown(sam, one))["findings"][0]
    async with service.works.begin() as work:
        await work.db.execute("DELETE FROM experiment_exposures")
    await simulated(service, one, strangers)
    plain = (await shown(sam, one))["findings"][0]

    def width(found: Any) -> float:
        return float(found["range"]["high"] - found["range"]["low"])

    assert (adjusted["isAdjusted"], plain["isAdjusted"]) == (True, False)
    assert adjusted["control"] == plain["control"]  # levels are told as they were measured
    assert width(adjusted) < width(plain) / 2


async def test_a_decided_experiment_goes_on_showing_what_it_showed(
    sam: Person, service: Service
) -> None:
    one = await running(sam, service)
    chance = random.Random(14)
    await simulated(service, one, crowd(chance, 300, "plain", 0.4))
    answer = await sam.post(
        f"{AT}/{one['id']}/decide",
        {"shipped": None, "reason": "Enough", "rowVersion": one["rowVersion"]},
    )
    first = await shown(sam, one)
    again = await shown(sam, one)

    assert answer.status_code == 200
    assert first == again


async def test_the_table_is_for_spreadsheets(sam: Person, service: Service) -> None:
    one = await running(sam, service, name="=1+1")
    chance = random.Random(15)
    await simulated(
        service, one, [*crowd(chance, 200, "plain", 0.4), *crowd(chance, 200, "warm", 0.4)]
    )
    answer = await sam.get(f"{AT}/{one['id']}/results.csv")

    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert [(line["metric"], line["variant"]) for line in lines] == [("activated", "warm")]
    assert lines[0]["experiment"] == "'=1+1"
    assert float(lines[0]["low"]) < float(lines[0]["difference"]) < float(lines[0]["high"])


async def test_a_draft_shows_nothing_yet(sam: Person) -> None:
    design = {
        "flagKey": FLAG,
        "name": "Later",
        "hypothesis": "It helps",
        "control": "plain",
        "goals": ["activated"],
    }
    one = (await sam.post(AT, {"design": design, "reason": "To learn"})).json()

    assert (await read_out(sam, one))["results"] is None
    assert (await sam.get(f"{AT}/{one['id']}/results.csv")).text == ""
