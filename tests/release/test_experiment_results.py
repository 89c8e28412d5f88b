"""What an experiment shows is what its people did, after they met it and within the window."""

import csv
import io
import random
from typing import Any

import pytest
from scipy import stats
from tests.cast import Cast, Person
from tests.release.laboratory import AT, FLAG, read_out, running, simulated

from firstmile.release.estimates import Level, difference
from firstmile.release.sequential import interval
from firstmile.service import Service

Person_ = dict[str, Any]


@pytest.fixture
async def sam(cast: Cast) -> Person:
    return await cast.sam("operator")


def crowd(chance: random.Random, count: int, arm: str, share: float, **more: Any) -> list[Person_]:
    """People of whom a share is activated after one to five days."""
    return [
        {
            "arm": arm,
            "reached": {"activated": chance.uniform(1, 5)} if chance.random() < share else {},
            **more,
        }
        for _ in range(count)
    ]


def reached(people: list[Person_], arm: str) -> list[int]:
    return [int("activated" in one["reached"]) for one in people if one["arm"] == arm]


async def shown(sam: Person, one: dict[str, Any], **headers: str) -> dict[str, Any]:
    told: dict[str, Any] = (await read_out(sam, one, **headers))["results"]
    return told


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


async def test_a_lost_third_of_an_arm_is_told_and_nothing_else(
    sam: Person, service: Service
) -> None:
    one = await running(sam, service)
    chance = random.Random(7)
    people = [*crowd(chance, 1_500, "plain", 0.4), *crowd(chance, 1_000, "warm", 0.9)]
    await simulated(service, one, people)

    told = await shown(sam, one)
    assert told["splitAtEveryLook"]["verdict"] == told["splitAtTheEnd"]["verdict"] == "broken"
    assert told["splitAtTheEnd"]["pValue"] == pytest.approx(stats.chisquare([1500, 1000]).pvalue)
    assert told["findings"][0]["conclusion"] == "broken_split"
    assert "No figure of this experiment can be trusted" in told["findings"][0]["sentences"][-1]


async def test_an_arm_of_weight_nothing_is_not_missed(sam: Person, service: Service) -> None:
    one = await running(sam, service, {"plain": 50, "warm": 50, "idle": 0})
    chance = random.Random(8)
    people = [*crowd(chance, 1_010, "plain", 0.4), *crowd(chance, 990, "warm", 0.4)]
    await simulated(service, one, people)
    told = await shown(sam, one)

    assert told["splitAtTheEnd"]["verdict"] == told["splitAtEveryLook"]["verdict"] == "sound"
    assert told["splitAtTheEnd"]["pValue"] == pytest.approx(stats.chisquare([1010, 990]).pvalue)

    await simulated(service, one, crowd(chance, 2, "idle", 0.4))
    assert (await shown(sam, one))["splitAtEveryLook"]["misplaced"] == {"idle": 2}


async def test_other_weights_on_the_way_break_no_split_and_no_effect(
    sam: Person, service: Service
) -> None:
    """In the second phase all are keener, and most get the one variant: Simpson's paradox."""
    one = await running(sam, service)
    async with service.works.begin() as work:
        await work.db.execute(
            """
            INSERT INTO experiment_phases (experiment_id, number, weights, since)
            VALUES ($1, 2, '[["plain", 10], ["warm", 90]]', now())
            """,
            one["id"],
        )
    chance = random.Random(9)
    people: list[Person_] = [
        *crowd(chance, 1_000, "plain", 0.2),
        *crowd(chance, 1_000, "warm", 0.2),
        *crowd(chance, 200, "plain", 0.8, phase=2),
        *crowd(chance, 1_800, "warm", 0.8, phase=2),
    ]
    await simulated(service, one, people)

    told = await shown(sam, one)
    found = told["findings"][0]
    assert told["splitAtEveryLook"]["verdict"] == "sound"
    assert found["other"]["mean"] - found["control"]["mean"] > 0.2
    assert found["conclusion"] == "no_difference_seen"
    assert found["range"]["low"] < 0 < found["range"]["high"]


async def test_a_guardrail_that_is_harmed_comes_first(sam: Person, service: Service) -> None:
    limits = [{"metric": "leaving", "margin": 0.01}, {"metric": "verified", "margin": 0.05}]
    one = await running(sam, service, guardrails=limits)
    chance = random.Random(10)
    people = [*crowd(chance, 1_500, "plain", 0.4), *crowd(chance, 1_500, "warm", 0.5)]
    for person in people:
        person["reached"] |= {"verified": 0.5} if chance.random() < 0.9 else {}
        if person["arm"] == "warm" and chance.random() < 0.1:
            person["reached"] |= {"leaving": 2}
    await simulated(service, one, people)

    told = await shown(sam, one)
    verdicts = {guard["name"]: guard["verdict"] for guard in told["guardrails"]}
    assert verdicts == {
        "account deletion": "harmed",
        "confirmation of the address": "holds",
    }
    assert told["findings"][0]["conclusion"] == "harmful"
    assert "warm harms account deletion" in told["findings"][0]["sentences"][0]


async def test_two_goals_and_three_arms_share_what_may_mislead(
    sam: Person, service: Service
) -> None:
    arms = {"plain": 1, "warm": 1, "warmer": 1}
    one = await running(sam, service, arms, goals=["activated", "verified"])
    chance = random.Random(11)
    people = [person for arm in arms for person in crowd(chance, 500, arm, 0.4)]
    await simulated(service, one, people)

    found = (await shown(sam, one))["findings"]
    wide = found[0]["range"]["high"] - found[0]["range"]["low"]
    levels = [
        Level(500, one["mean"], one["mean"] * (1 - one["mean"]) * 500 / 499)
        for one in (found[0]["control"], found[0]["other"])
    ]
    wanted = interval(difference(*levels), 0.05 / 4)
    assert len(found) == 4
    assert wide == pytest.approx(wanted.high - wanted.low)


async def test_groups_are_told_with_ranges_that_hold_for_all_of_them(
    sam: Person, service: Service
) -> None:
    one = await running(sam, service)
    chance = random.Random(12)
    people: list[Person_] = [
        person
        for market in ("CA", "FR")
        for arm in ("plain", "warm")
        for person in crowd(chance, 300, arm, 0.4, market=market, role="owner")
    ]
    await simulated(service, one, people)

    told = await shown(sam, one)
    groups, all_of_them = told["groups"], told["findings"][0]["range"]
    assert [(group["dimension"], group["name"]) for group in groups] == [
        ("market", "CA"),
        ("market", "FR"),
    ]
    assert {group["control"]["units"] for group in groups} == {300}
    for group in groups:
        width = group["range"]["high"] - group["range"]["low"]
        assert width > all_of_them["high"] - all_of_them["low"]


async def test_of_experiments_on_nothing_nearly_none_claims_something(
    sam: Person, service: Service
) -> None:
    """An A/A story: the same people in both arms, looked at after every two hundred."""
    chance, misled = random.Random(13), 0
    one = await running(sam, service)
    for _ in range(6):
        async with service.works.begin() as work:
            await work.db.execute("DELETE FROM experiment_exposures")
        for _ in range(5):
            people = [
                person for arm in ("plain", "warm") for person in crowd(chance, 100, arm, 0.4)
            ]
            await simulated(service, one, people)
            found = (await shown(sam, one))["findings"][0]["conclusion"]
            if found in {"better", "worse"}:
                misled += 1
                break

    assert misled <= 1


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


async def test_a_plan_says_how_many_people_and_days(sam: Person) -> None:
    path = f"{AT}/plan?base=0.4&difference=0.05&aDay=200"
    plan = (await sam.get(path)).json()
    three = (await sam.get(f"{path}&arms=3")).json()

    assert plan["oneLook"] == pytest.approx(3_056, rel=0.02)  # of both arms, by tables
    assert plan["anyLook"] > plan["oneLook"]
    assert plan["days"] == pytest.approx(plan["anyLook"] / 200 + 7)
    assert three["anyLook"] > 1.5 * plan["anyLook"]


@pytest.mark.parametrize(
    "query", ["base=1.2&difference=0.1", "base=0.4&difference=0", "base=0.4&difference=nan"]
)
async def test_a_plan_for_nothing_is_refused(sam: Person, query: str) -> None:
    assert (await sam.get(f"{AT}/plan?{query}")).status_code in {400, 422}


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
