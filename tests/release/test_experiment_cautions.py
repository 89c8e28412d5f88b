"""What an experiment shows is no claim before it is safe: lost people, harm, chance."""

import random

import pytest
from scipy import stats
from tests.cast import Person
from tests.release.crowds import Person_, crowd, shown
from tests.release.experimenting import sam
from tests.release.laboratory import running, simulated

from firstmile.release.estimates import Level, difference
from firstmile.release.sequential import interval
from firstmile.service import Service

__all__ = ["sam"]


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
