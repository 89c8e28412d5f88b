"""Insights: figures of generated journeys are those of a recount in Python; 409s are counted."""

import csv
import io
import itertools
import random
import statistics
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.cast import Cast

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import new_id
from firstmile.onboarding import store_insights
from firstmile.onboarding.insights import Cohort, funnel
from firstmile.service import Service

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
STEPS = ("a", "b", "c")


async def a_journey(db: Connection, dice: random.Random) -> dict[str, Any]:
    """Somebody who came as far as the dice say; what they did, to count again."""
    user_id, began = new_id(), BEGIN + timedelta(hours=dice.randrange(24 * 60))
    market, reason = dice.choice(["CA", "FR", None]), dice.choice(["person", "fact"])
    done: dict[str, datetime] = {}
    at = began
    for step in STEPS[: dice.randrange(len(STEPS) + 1)]:
        at += timedelta(minutes=dice.randrange(1, 3000))
        done[step] = at
    activated = at if len(done) == len(STEPS) else None
    await db.execute(
        "INSERT INTO journeys (user_id, market, started_at, activated_at) VALUES ($1, $2, $3, $4)",
        user_id,
        market,
        began,
        activated,
    )
    for step, moment in done.items():
        facts = f'{{"after": "done", "reason": "{reason}", "version": 1}}'
        await db.execute(
            "INSERT INTO onboarding_events (user_id, id, kind, step_key, facts, at)"
            " VALUES ($1, $2, 'step_settled', $3, $4, $5)",
            user_id,
            new_id(),
            step,
            facts,
            moment,
        )
    moments = list(done.values())
    gaps = [later - one for one, later in itertools.pairwise(moments)]
    return {
        "market": market,
        "began": began,
        "activated": activated,
        "by_person": bool(done) and reason == "person",
        "went_on": any(gap >= timedelta(days=1) for gap in gaps),
        "done": done,
    }


async def test_figures_are_those_of_a_recount(db: Connection) -> None:
    dice = random.Random(7)
    people = [await a_journey(db, dice) for _ in range(150)]
    cohort = Cohort(BEGIN + timedelta(days=10), BEGIN + timedelta(days=40), market="CA")

    found = await store_insights.overview(db, cohort)
    versions = await store_insights.versions(db, cohort)

    mine = [
        one
        for one in people
        if one["market"] == "CA" and cohort.since <= one["began"] < cohort.until
    ]
    activated = [one for one in mine if one["activated"]]
    lasted = [(one["activated"] - one["began"]).total_seconds() for one in activated]
    assert found.people == len(mine) > 10
    assert found.activated == len(activated) > 3
    assert found.started == sum(bool(one["by_person"]) for one in mine)
    assert found.activated_without_start == sum(not one["by_person"] for one in activated)
    assert found.went_on == sum(bool(one["went_on"]) for one in mine)
    quarters = statistics.quantiles(lasted, n=4, method="inclusive")
    tenths = statistics.quantiles(lasted, n=10, method="inclusive")
    told = [found.seconds_p50, found.seconds_p75, found.seconds_p90]
    for one, expected in zip(told, [quarters[1], quarters[2], tenths[8]], strict=True):
        assert one is not None
        assert abs(one - expected) < 0.001
    assert {(one.step, one.done) for one in versions} == {
        (step, sum(step in one["done"] for one in mine)) for step in STEPS
    }


def test_nobody_is_lost_where_more_do_a_step_than_the_one_before() -> None:
    first, second, third = funnel(STEPS, 10, {"a": 5, "b": 6}, {"c": 3}, {"b": 2})

    assert (first.share, first.drop_off) == (0.5, 0.5)
    assert (second.drop_off, second.blocked) == (0.0, 2)
    assert (third.done, third.skipped, third.drop_off) == (0, 3, 0.5)


async def test_a_refusal_is_counted_by_step_and_the_console_shows_it(
    cast: Cast, service: Service
) -> None:
    other, sam = await cast.a_user("Charlie").signed_in(), await cast.sam()
    refused = await other.settle("create-project", "done")
    await service.gathering.write()

    page = await sam.get("/console/onboarding")
    table = await sam.get("/console/onboarding/steps.csv")

    rows = {row["step"]: row for row in csv.DictReader(io.StringIO(table.text))}
    assert refused.status_code == 409
    assert page.status_code == 200
    assert rows[refused.json()["blockedBy"][0]]["blocked"] == "1"
    assert rows["verify-email"]["done"] == "2"
