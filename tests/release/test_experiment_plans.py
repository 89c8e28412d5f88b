"""A plan says how many people and days an experiment will need."""

import pytest
from tests.cast import Person
from tests.release.experimenting import sam
from tests.release.laboratory import AT

__all__ = ["sam"]


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
