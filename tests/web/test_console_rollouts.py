"""The console's pages about rollouts: quick to read, hard to misuse."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.cast import Cast
from tests.web.test_console import Visitor, at_a_browser

from firstmile.kernel.database import Connection
from firstmile.release.actions import publish
from firstmile.release.models import Author, Change, Subject
from firstmile.targeting.flags import Flag, Serve

PATH = "/console/rollouts"
FORM = {
    "flag": "production/new-checkout",
    "share.0": "5",
    "time.0": "2",
    "unit.0": "hours",
    "share.1": "100",
    "time.1": "1",
    "unit.1": "days",
    "guard.errors": "on",
    "margin.errors": "0,5",
    "reason": "The new checkout",
}


@pytest.fixture
async def sam(cast: Cast) -> Visitor:
    await cast.sam("operator")
    flag = Flag("new-checkout", enabled=True, serve=Serve(variant="on", rollout_percentage=0))
    async with cast.service.works.begin() as work:
        change = Change("production", Subject.FLAG, flag.key, flag, Author("cli"), "To begin")
        await publish(work, cast.service.hints, change)
    return await at_a_browser(cast, "Sam")


async def planned(sam: Visitor, **other: str) -> httpx.Response:
    await sam.get(f"{PATH}/new?flag=new-checkout")
    return await sam.post(f"{PATH}/new", **(FORM | other))


def home_of(answer: httpx.Response) -> str:
    """The page of the rollout that was planned."""
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


async def share(db: Connection) -> Any:
    return await db.fetchval("SELECT document -> 'serve' ->> 'rolloutPercentage' FROM flags")


async def counted(db: Connection, *, errors: int) -> None:
    await db.execute(
        """
        INSERT INTO flag_rollout_counts (rollout_id, stage, is_new, requests, errors, slow)
        SELECT id, 0, is_new, 10000, CASE WHEN is_new THEN $1 ELSE 38 END, 0
        FROM flag_rollouts, (VALUES (true), (false)) AS arms (is_new)
        """,
        errors,
    )


async def test_support_reads_them_and_changes_nothing(cast: Cast, sam: Visitor) -> None:
    home = home_of(await planned(sam))
    await cast.make_staff("Sam", "support")
    support = await at_a_browser(cast, "Sam")

    assert "Under way" in (await support.get(PATH)).text
    for path in (f"{home}/stop", f"{PATH}/new", f"{PATH}/schedule"):
        assert (await support.get(path)).status_code == 403
        assert (await support.post(path)).status_code == 403
    assert "Stop…" not in (await support.get(home)).text


async def test_the_form_comes_with_the_usual_stages_and_the_flag(sam: Visitor) -> None:
    page = (await sam.get(f"{PATH}/new?flag=new-checkout")).text

    assert '<option value="production/new-checkout" selected>' in page
    for row, usual in enumerate(("5", "25", "50", "100")):
        assert f'name="share.{row}" value="{usual}"' in page


async def test_a_rollout_is_planned_and_stands_there_with_where_it_is(
    sam: Visitor, db: Connection
) -> None:
    home = home_of(await planned(sam))
    page = (await sam.get(PATH)).text

    assert await share(db) == "5.0"
    assert f'<a href="{home}">new-checkout</a>' in page
    assert re.search(
        r'aria-current="step"><span class="ramp-share">5%</span>\s*<span[^>]*>now', page
    )
    assert "It holds 5% as planned." in page
    assert "(in 2 hours)" in page


async def test_what_is_wrong_with_a_plan_is_said_beside_it(sam: Visitor, db: Connection) -> None:
    falling = await planned(sam, **{"share.0": "100", "share.1": "5"})
    words = await planned(sam, **{"share.0": "some"})
    silent = await planned(sam, reason=" ")

    assert (falling.status_code, words.status_code, silent.status_code) == (422, 422, 422)
    assert "Each stage has to be more than the one before it." in falling.text
    assert 'id="stages-mistake"' in words.text
    assert "Say why." in silent.text
    assert 'value="The new checkout"' in falling.text
    assert await db.fetchval("SELECT count(*) FROM flag_rollouts") == 0


async def test_a_start_is_meant_where_the_person_is(sam: Visitor, db: Connection) -> None:
    await db.execute("UPDATE users SET time_zone = 'America/Toronto' WHERE email LIKE 'sam@%'")
    await planned(sam, startsAt="2099-01-15T09:00")

    assert await db.fetchval("SELECT starts_at FROM flag_rollouts") == datetime(
        2099, 1, 15, 14, tzinfo=UTC
    )
    page = (await sam.get(PATH)).text
    assert "It waits for its start." in page
    assert "January 15, 2099, 9:00" in page


async def test_a_guard_says_what_is_known_of_it(sam: Visitor, db: Connection) -> None:
    home = home_of(await planned(sam))
    before = (await sam.get(home)).text
    await counted(db, errors=41)
    page = (await sam.get(home)).text

    assert "Of fewer than 100 on each side nothing is concluded." in before
    assert "0.41% with it, 0.38% without. More than 0.50 points of harm are ruled out." in page
    assert "10,000" in page


async def test_it_is_stopped_where_it_is_or_goes_back(sam: Visitor, db: Connection) -> None:
    here = home_of(await planned(sam))
    page = await sam.get(f"{here}/stop")
    silent = await sam.post(f"{here}/stop", how="back", reason="")
    await sam.post(f"{here}/stop", how="here", reason="Not today")
    stayed = await share(db)
    back = home_of(await planned(sam, **{"share.0": "50"}))
    await sam.post(f"{back}/stop", how="back", reason="Not tomorrow")
    again = await sam.post(f"{back}/stop", how="back", reason="Once more")

    assert "Stop and go back to 0%" in page.text
    assert silent.status_code == 422
    assert (stayed, await share(db)) == ("5.0", "5.0")
    assert "Not tomorrow" in (await sam.get(PATH)).text
    assert again.status_code == 409


async def test_it_asks_for_a_credential_that_is_fresh(sam: Visitor, db: Connection) -> None:
    await db.execute("UPDATE sessions SET proved_at = proved_at - interval '11 minutes'")

    for path in (f"{PATH}/{uuid4()}/stop", f"{PATH}/new", f"{PATH}/schedule"):
        for answer in (await sam.get(path), await sam.post(path, **FORM)):
            assert answer.headers["location"].startswith("/confirm?next=")
    assert await db.fetchval("SELECT count(*) FROM flag_rollouts") == 0


async def test_with_four_eyes_it_waits_for_a_second_person(
    cast: Cast, sam: Visitor, db: Connection
) -> None:
    await db.execute("UPDATE flag_environments SET four_eyes = true")
    home = home_of(await planned(sam))
    own = await sam.post(f"{home}/agree")
    before = await share(db)
    cast.client.cookies.clear()
    await cast.alice()
    await cast.make_staff("Alice", "operator")
    alice = await at_a_browser(cast, "Alice")
    page = await alice.get(home)
    await alice.post(f"{home}/agree")
    after = await share(db)

    assert own.status_code == 403
    assert float(after) == 5
    assert float(before) == 0
    assert "It waits for a second person." in page.text
    assert "agreed to by Alice Example" in (await alice.get(home)).text
    await alice.post(f"{home}/stop", how="back", reason="Not like this")
    assert float(await share(db)) == 0


async def test_a_flag_is_switched_at_a_time_and_that_is_called_off(
    sam: Visitor, db: Connection
) -> None:
    due = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    wish = {"flag": "production/new-checkout", "enabled": "off", "reason": "The sale is over"}
    late = await sam.post(f"{PATH}/schedule", **wish, dueAt="2020-01-01T10:00")
    planned = await sam.post(f"{PATH}/schedule", **wish, dueAt=due)
    page = (await sam.get(PATH)).text
    schedule = await db.fetchval("SELECT id FROM flag_schedules")
    await sam.post(f"{PATH}/schedules/{schedule}/cancel", reason="It goes on")
    after = (await sam.get(PATH)).text

    assert late.status_code == 422
    assert planned.headers["location"] == f"{PATH}?notice=schedule-planned"
    assert "new-checkout goes off" in page
    assert "The sale is over" in page
    assert "new-checkout was to go off" in after
    assert "It goes on" in after


async def test_they_are_read_in_french(sam: Visitor, db: Connection) -> None:
    home = home_of(await planned(sam))
    await counted(db, errors=41)
    page = (await sam.get(f"{home}?lang=fr")).text

    assert "Il tient 5\N{NO-BREAK SPACE}% comme prévu." in page
    assert "Un tort de plus de 0,50 points est exclu." in page
