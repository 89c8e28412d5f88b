"""The crowd of the demo: the same people once, who walk by the rules and have no accounts."""

from datetime import timedelta

from tests.conftest import ROOT

from firstmile.demo.journeys import CHANGED, PEOPLE, apply_history, follows_folder, seed_journeys
from firstmile.demo.walks import Walk
from firstmile.kernel.database import Connection
from firstmile.onboarding.changing.applying import apply_definitions
from firstmile.onboarding.changing.editions import Author, Order, Wanted
from firstmile.onboarding.changing.folders import read_folder
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.insights import store as store_insights
from firstmile.onboarding.insights.figures import Cohort
from firstmile.service import Service


async def test_the_crowd_is_there_once_and_has_something_to_show(
    service: Service, db: Connection
) -> None:
    made = [await seed_journeys(service), await seed_journeys(service)]
    now = service.works.clock()
    quarter = Cohort(now - timedelta(days=90), now)
    lately = Cohort(now - CHANGED, now)
    before = Cohort(now - timedelta(days=90), now - CHANGED)
    whole, new, old = [
        await store_insights.overview(db, one, now) for one in (quarter, lately, before)
    ]

    assert made == [PEOPLE, 0]
    assert whole.people == PEOPLE
    assert PEOPLE / 4 < whole.activated < PEOPLE * 3 / 4
    assert whole.went_on > PEOPLE / 20
    assert whole.seconds_p50 is not None
    assert whole.seconds_p90 is not None
    assert 60 < whole.seconds_p50 < whole.seconds_p90 < 60 * 86_400
    # The step that asks for less shows, though some of the new ones are still under way.
    assert new.activated / new.people > old.activated / old.people
    assert await db.fetchval("SELECT count(*) FROM onboarding_events WHERE at > $1", now) == 0
    assert await db.fetchval("SELECT count(*) FROM step_refusals") > 10
    told = "SELECT count(*) FROM journeys WHERE attributes @> '{\"fictitious\": true}'"
    assert await db.fetchval(told) == PEOPLE
    assert await db.fetchval("SELECT count(*) FROM users") == 0


async def test_two_versions_were_put_into_force_where_none_were(
    service: Service, db: Connection
) -> None:
    await db.execute("TRUNCATE step_editions, step_definitions, gated_routes")
    wanted = read_folder(ROOT / "steps")

    await apply_history(service, wanted)
    await apply_history(service, wanted)

    rows = await db.fetch("SELECT number, now() - applied_at AS ago FROM step_editions ORDER BY 1")
    assert [row["number"] for row in rows] == [1, 2]
    assert rows[0]["ago"] - rows[1]["ago"] == CHANGED
    versions = await db.fetch(
        "SELECT version FROM step_definitions WHERE key = 'payments' ORDER BY 1"
    )
    assert [row["version"] for row in versions] == [1, 2]


async def test_somebody_has_the_same_luck_everywhere(service: Service) -> None:
    steps, now = service.catalogue.definitions.steps, service.works.clock()
    began = now - timedelta(days=20)

    one, other = [Walk(7, began, now).through(steps, current=steps) for _ in range(2)]

    assert one == other


async def test_steps_that_somebody_changed_by_hand_are_left_alone(service: Service) -> None:
    first = read_folder(ROOT / "steps").definitions.steps[0]

    async with service.works.begin() as work:
        assert await follows_folder(work)
        await apply_definitions(work, Wanted(Definitions([first])), Order(Author("cli"), "Ours"))
        assert not await follows_folder(work)
