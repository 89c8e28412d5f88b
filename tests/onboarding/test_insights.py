"""Insights: figures of generated journeys are those of a recount in Python; 409s are counted."""

import csv
import io
import itertools
import random
import statistics
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tests.cast import Cast
from tests.onboarding.journeys import a_step

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import new_id
from firstmile.onboarding.insights import store as store_insights
from firstmile.onboarding.insights import store_trends
from firstmile.onboarding.insights.comparing import difference, wilson
from firstmile.onboarding.insights.figures import Cohort, Obstacle, Point, funnel
from firstmile.service import Service
from firstmile.web.insights.asking import asked_of

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
NOW = BEGIN + timedelta(days=44)
STEPS = ("a", "b", "c")
EDGES = (0.0, 3_600.0, 86_400.0, 4 * 86_400.0, 40 * 86_400.0)


async def a_journey(db: Connection, dice: random.Random) -> dict[str, Any]:
    """Somebody who came as far as the dice say; what they did, to count again."""
    user_id, began = new_id(), BEGIN + timedelta(hours=dice.randrange(24 * 60))
    market, reason = dice.choice(["CA", "FR", None]), dice.choice(["person", "fact"])
    roles = dice.choice([["owner"], ["member"], []])
    events: list[tuple[str, str, str, datetime]] = []
    done: dict[str, datetime] = {}
    at = began
    for step in STEPS[: dice.randrange(len(STEPS) + 1)]:
        at += timedelta(minutes=dice.randrange(1, 3000))
        if dice.random() < 0.2:
            events.append(("step_snoozed", step, "{}", at))
            at += timedelta(days=3)
        done[step] = at
        facts = f'{{"after": "done", "reason": "{reason}", "version": {dice.choice([1, 2])}}}'
        events.append(("step_settled", step, facts, at))
    if dice.random() < 0.1:
        events.append(("step_snoozed", "c", "{}", at + timedelta(hours=1)))
    activated = at if len(done) == len(STEPS) else None
    await db.execute(
        "INSERT INTO journeys (user_id, market, roles, started_at, activated_at)"
        " VALUES ($1, $2, $3, $4, $5)",
        user_id,
        market,
        roles,
        began,
        activated,
    )
    for kind, step, facts, moment in events:
        await db.execute(
            "INSERT INTO onboarding_events (user_id, id, kind, step_key, facts, at)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            user_id,
            new_id(),
            kind,
            step,
            facts,
            moment,
        )
    for step in done:
        await db.execute(
            "INSERT INTO journey_steps"
            " (user_id, step_key, version, status, row_version, updated_at)"
            " VALUES ($1, $2, 1, 'done', 1, $3)",
            user_id,
            step,
            at,
        )
    return {"market": market, "roles": roles, "began": began, "activated": activated} | {
        "by_person": bool(done) and reason == "person",
        "settled": list(done.values()),
        "put_off": [moment for kind, *_, moment in events if kind == "step_snoozed"],
        "done": done,
    }


def counted(mine: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures of a cohort, counted in plain Python."""
    week = timedelta(days=7)
    activated = [one for one in mine if one["activated"]]
    ripe = [one for one in mine if one["began"] <= NOW - week]
    put_off = [one for one in mine if one["put_off"]]
    pairs = [itertools.pairwise(one["settled"]) for one in mine]
    return {
        "people": len(mine),
        "started": sum(one["by_person"] for one in mine),
        "activated": len(activated),
        "activated_without_start": sum(not one["by_person"] for one in activated),
        "went_on": sum(any(b - a >= timedelta(days=1) for a, b in gaps) for gaps in pairs),
        "put_off": len(put_off),
        "put_off_and_back": sum(
            any(moment > one["put_off"][0] for moment in one["settled"]) for one in put_off
        ),
        "ripe": len(ripe),
        "in_time": sum(
            one["activated"] is not None and one["activated"] - one["began"] <= week for one in ripe
        ),
    }


def seconds(mine: list[dict[str, Any]]) -> list[float]:
    """How long each took to be activated."""
    return [(one["activated"] - one["began"]).total_seconds() for one in mine if one["activated"]]


@pytest.mark.parametrize(
    ("market", "role"), [(None, None), ("CA", None), (None, "owner"), ("FR", "member")]
)
async def test_figures_are_those_of_a_recount(
    db: Connection, market: str | None, role: str | None
) -> None:
    dice = random.Random(7)
    people = [await a_journey(db, dice) for _ in range(300)]
    cohort = Cohort(BEGIN + timedelta(days=10), BEGIN + timedelta(days=40), market, role)
    mine = [
        one
        for one in people
        if cohort.since <= one["began"] < cohort.until
        and market in (None, one["market"])
        and (role is None or role in one["roles"])
    ]

    found = await store_insights.overview(db, cohort, NOW)
    points = await store_insights.points(db, cohort)
    lasting = await store_trends.lasting(db, cohort, EDGES)
    in_time = await store_trends.in_time(db, cohort, NOW)

    assert {name: getattr(found, name) for name in counted(mine)} == counted(mine)
    assert found.put_off >= found.put_off_and_back > 0
    assert len(mine) >= found.ripe > found.in_time > 0
    lasted = seconds(mine)
    quarters = statistics.quantiles(lasted, n=4, method="inclusive")
    tenths = statistics.quantiles(lasted, n=10, method="inclusive")
    assert [found.seconds_p50, found.seconds_p75, found.seconds_p90] == pytest.approx(
        [quarters[1], quarters[2], tenths[8]], abs=0.001
    )
    assert sum(point.people for point in points) == len(mine)
    assert {one.step: one.done for one in funnel([a_step(key) for key in STEPS], points, {})} == {
        step: sum(step in one["done"] for one in mine) for step in STEPS
    }
    assert [one.people for one in lasting] == [
        sum(low <= one < high for one in lasted) for low, high in itertools.pairwise(EDGES)
    ]
    assert in_time == {
        step: sum(
            step in one["done"] and one["done"][step] - one["began"] <= timedelta(days=7)
            for one in mine
            if one["began"] <= NOW - timedelta(days=7)
        )
        for step in STEPS
    }


@pytest.mark.parametrize("unit", ["week", "month"])
async def test_groups_are_those_of_a_recount_and_sum_up_to_the_whole(
    db: Connection, unit: str
) -> None:
    dice = random.Random(11)
    people = [await a_journey(db, dice) for _ in range(200)]
    cohort = Cohort(BEGIN, BEGIN + timedelta(days=60))

    groups = await store_trends.groups(db, cohort, unit, NOW)
    activations = await store_trends.activations(db, cohort, unit)

    def first(moment: datetime) -> date:
        day = moment.date()
        return day - timedelta(days=day.weekday()) if unit == "week" else day.replace(day=1)

    found = {
        one.first: [one.people, one.started, one.activated, one.ripe, one.in_time] for one in groups
    }
    by_group: dict[date, list[dict[str, Any]]] = {}
    for one in people:
        by_group.setdefault(first(one["began"]), []).append(one)
    names = ("people", "started", "activated", "ripe", "in_time")
    assert found == {day: [counted(mine)[name] for name in names] for day, mine in by_group.items()}
    assert sum(one.people for one in groups) == len(people)
    assert activations == Counter(first(one["activated"]) for one in people if one["activated"])


async def test_a_version_of_the_steps_narrows_to_who_began_while_it_was_in_force(
    db: Connection,
) -> None:
    dice = random.Random(3)
    people = [await a_journey(db, dice) for _ in range(100)]
    changed = BEGIN + timedelta(days=30)
    await db.execute("UPDATE step_editions SET applied_at = $1 WHERE number = 1", BEGIN)
    await db.execute(
        """
        INSERT INTO step_editions SELECT 2, $1, author, author_id, reason, digest, definitions,
        moves, made, text, sums, NULL FROM step_editions
        """,
        changed,
    )

    editions = await store_trends.in_force(db)
    asked = asked_of({"since": "2026-01-01", "until": "2026-12-31"}, editions, NOW.date())
    before, after = [
        await store_insights.overview(db, asked.wide.between(one.since, one.until), NOW)
        for one in asked.sides
    ]

    assert before.people == sum(one["began"] < changed for one in people) > 10
    assert after.people == sum(one["began"] >= changed for one in people) > 10


def test_a_step_is_reckoned_of_those_it_is_for_and_who_got_to_it() -> None:
    steps = [a_step("a"), a_step("b", roles=frozenset({"owner"})), a_step("c")]
    points = [
        Point(frozenset({"owner"}), None, {"a": "done", "b": "done"}, 4),
        Point(frozenset({"owner"}), None, {"a": "done", "b": "snoozed"}, 1),
        Point(frozenset({"member"}), None, {"a": "skipped", "c": "done"}, 3),
        Point(frozenset(), None, {}, 2),
    ]

    first, second, third = funnel(steps, points, {"b": 2})

    assert (first.meant, first.done, first.skipped, first.share) == (10, 5, 3, 0.5)
    assert first.drop_off == 0.2  # two of ten
    assert (second.meant, second.done, second.blocked) == (7, 4, 2)
    assert second.drop_off == 0.2  # one of the five owners who did the first
    assert (third.meant, third.done) == (10, 3)
    assert third.drop_off == 4 / 7  # of four owners past the second, three members past the first


async def test_a_refusal_is_counted_by_step_and_the_console_shows_it(
    cast: Cast, service: Service
) -> None:
    other, sam = await cast.a_user("Charlie").signed_in(), await cast.sam()
    refused = await other.settle("create-project", "done")
    await service.gathering.write()

    page = await sam.get("/console/onboarding")
    table = await sam.get("/console/onboarding/steps.csv")
    of_owners = await sam.get("/console/onboarding/steps.csv", params={"role": "owner"})

    rows = {row["step"]: row for row in csv.DictReader(io.StringIO(table.text))}
    assert refused.status_code == 409
    assert page.status_code == 200
    assert rows[refused.json()["blockedBy"][0]]["blocked"] == "1"
    assert rows["verify-email"]["done"] == "2"
    assert {row["blocked"] for row in csv.DictReader(io.StringIO(of_owners.text))} == {"0"}


async def test_refusals_are_told_apart_by_market_and_role(db: Connection) -> None:
    owner, member = Obstacle("b", "CA", ("member", "owner")), Obstacle("b", None, ("member",))
    await store_insights.add_refusals(db, Counter({owner: 2, member: 1}), BEGIN.date())
    await store_insights.add_refusals(db, Counter({owner: 1}), BEGIN.date())
    days = Cohort(BEGIN, BEGIN + timedelta(days=1))

    async def told(market: str | None = None, role: str | None = None) -> dict[str, int]:
        return await store_insights.blocked(db, replace(days, market=market, role=role))

    assert await told() == {"b": 4}
    assert await told(market="CA") == await told(role="owner") == {"b": 3}
    assert await told(role="member") == {"b": 4}
    assert await told(market="FR") == {}


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634)]
)
def test_the_range_of_a_share_is_wilsons(part: int, whole: int, low: float, high: float) -> None:
    assert wilson(part, whole) == pytest.approx((low, high), abs=0.0001)


def test_the_range_of_a_difference_is_that_of_newcombes_example() -> None:
    # Newcombe 1998, table II, row (a): 56 of 70 against 48 of 80, method 10.
    assert difference(48, 80, 56, 70) == pytest.approx((0.0524, 0.3339), abs=0.0001)
    assert difference(0, 0, 5, 7) is None


def test_of_few_people_a_difference_is_wide() -> None:
    few, many = difference(2, 5, 4, 5), difference(200, 500, 400, 500)

    assert few is not None
    assert many is not None
    assert few.low < 0 < many.low


def test_what_an_address_asks_in_vain_is_left_out() -> None:
    asked = asked_of({"since": "soon", "by": "hour", "version": "7"}, [], date(2026, 11, 28))

    assert asked.wide.until == datetime(2026, 11, 29, tzinfo=UTC)
    assert (asked.unit, asked.edition, asked.sides) == ("week", None, [])
