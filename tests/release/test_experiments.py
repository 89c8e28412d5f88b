"""An experiment's life, who gets which variant, and what is kept of them."""

import asyncio
from typing import Any

import httpx
import msgspec
import pytest
from tests.cast import Cast, Person
from tests.release.laboratory import (
    AT,
    FLAG,
    a_flag,
    a_person,
    designed,
    exposures,
    moved,
    put_flag,
    read_out,
    refreshed,
    running,
    shown_to,
)
from tests.release.switching import switched_off
from tests.waiting import until

from firstmile.kernel.ids import UserId, new_id
from firstmile.release.actions import publish
from firstmile.release.experiments import Asker
from firstmile.release.models import Author, Change, Subject
from firstmile.release.store import lock_environment
from firstmile.service import Service
from firstmile.targeting.flags import Flag

SIGN_UP = "sign-up-encouragement"
OF_VISITORS: dict[str, Any] = {"flagKey": SIGN_UP, "unit": "visitor", "goals": ["registered"]}


@pytest.fixture
async def sam(cast: Cast) -> Person:
    return await cast.sam("operator")


def visitors(count: int) -> list[Asker]:
    return [Asker(visitor=f"browser-{n}", agrees=True) for n in range(count)]


async def checklist(person: Person, **headers: str) -> httpx.Response:
    answer = await person.client.get("/onboarding", headers=person.headers | headers)
    assert answer.status_code == 200, answer.text
    return answer


# Its life


async def test_a_draft_is_started_stopped_and_decided_with_a_reason_each(
    sam: Person, service: Service
) -> None:
    one = await running(sam, service)
    stopped = (await moved(sam, one, "stop", reason="Enough people")).json()
    decided = (await moved(sam, stopped, "decide", shipped="warm", reason="It helped")).json()

    assert (decided["state"], decided["shipped"]) == ("decided", "warm")
    told = (await read_out(sam, one))["history"]
    assert [(note["what"], note["reason"]) for note in told] == [
        ("decided", "It helped"),
        ("stopped", "Enough people"),
        ("started", "It is time"),
        ("designed", "To learn"),
    ]
    assert {note["author"] for note in told} == {"Sam Example"}


async def test_a_decision_is_served_to_everybody_and_stands_in_the_flags_history(
    sam: Person, service: Service, cast: Cast
) -> None:
    one = await running(sam, service)
    dana = await cast.dana()
    await moved(sam, one, "decide", shipped="warm", reason="It helped")
    await refreshed(service)

    assert await shown_to(service, a_person(dana)) == "warm"
    assert await shown_to(service, Asker(user_id=UserId(new_id()))) == "warm"
    assert await exposures(service) == []
    history = await sam.get("/api/v1/admin/environments/production/history")
    assert history.json()["items"][0]["reason"] == "It helped"


@pytest.mark.parametrize(
    ("flag", "field"),
    [
        (a_flag(kind="release"), "flagKey"),
        (a_flag(enabled=False), "flagKey"),
        (a_flag({"plain": 1, "warm": 0}), "flagKey"),
        (a_flag({"cold": 1, "warm": 1}), "control"),
    ],
)
async def test_a_flag_that_splits_nobody_starts_nothing(
    sam: Person, service: Service, flag: dict[str, Any], field: str
) -> None:
    await put_flag(sam, service, flag)
    answer = await moved(sam, await designed(sam), "start")

    assert answer.status_code == 422
    assert answer.json()["details"][0]["field"] == field


async def test_of_a_flag_one_experiment_at_a_time_is_not_decided(
    sam: Person, service: Service
) -> None:
    one = await running(sam, service)
    answer = await moved(sam, await designed(sam), "start")

    assert (answer.status_code, answer.json()["error"]) == (409, "flag_taken")
    await moved(sam, one, "decide", shipped=None)
    await put_flag(sam, service, a_flag())
    assert (await moved(sam, await designed(sam), "start")).status_code == 200


async def test_what_has_begun_keeps_its_design(sam: Person, service: Service) -> None:
    one = await running(sam, service)
    body = {"design": one["design"], "reason": "Better", "rowVersion": one["rowVersion"]}
    answer = await sam.client.put(f"{AT}/{one['id']}", json=body, headers=sam.headers)

    assert (answer.status_code, answer.json()["error"]) == (409, "experiment_state")


async def test_a_decision_waits_for_a_change_of_its_flag_and_holds_nothing_up(
    sam: Person, service: Service, db: Any
) -> None:
    one = await running(sam, service)
    waiting = """
        SELECT count(*) = 1
        FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
    """
    flag = msgspec.convert(a_flag({"plain": 10, "warm": 90}), Flag)
    change = Change("production", Subject.FLAG, FLAG, flag, Author("a test"), "More of it")
    async with service.works.begin() as work:
        await lock_environment(work.db, "production")
        deciding = asyncio.create_task(moved(sam, one, "decide", shipped="warm"))
        await until(lambda: db.fetchval(waiting))
        await work.db.execute("SET LOCAL lock_timeout = '300ms'")
        await publish(work, service.hints, change)

    told = await read_out(sam, one)
    assert (await deciding).json()["error"] == "stale"
    assert told["history"][0]["what"] == "reweighted"


async def test_who_looked_at_an_older_one_is_told(sam: Person, service: Service) -> None:
    one = await running(sam, service)
    answer = await moved(sam, one | {"rowVersion": 1}, "stop")

    assert (answer.status_code, answer.json()["error"]) == (409, "stale")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"hypothesis": ""}, "hypothesis"),
        ({"goals": []}, "goals"),
        ({"goals": ["activated", "activated"]}, "goals"),
        ({"goals": ["revenue"]}, "goals.0"),
        ({"guardrails": [{"metric": "step:nowhere"}]}, "guardrails.0.metric"),
        ({"guardrails": [{"metric": "verified", "margin": -1}]}, "guardrails"),
        ({"windowDays": 400}, "windowDays"),
        ({"matters": 0}, "matters"),
        ({"hopedFor": 5}, "hopedFor"),
    ],
)
async def test_a_design_that_makes_no_sense_is_refused(
    sam: Person, wrong: dict[str, Any], field: str
) -> None:
    design = {**(await designed(sam))["design"], **wrong}
    answer = await sam.post(AT, {"design": design, "reason": "To learn"})

    assert answer.status_code == 422, answer.text
    assert field in [one["field"] for one in answer.json()["details"]]


async def test_support_reads_and_changes_nothing(cast: Cast, service: Service) -> None:
    sam = await cast.sam("support")
    answer = await sam.post(AT, {"design": {}, "reason": "To learn"})

    assert (await sam.get(AT)).json() == {"items": []}
    assert answer.status_code in {400, 403}


# Who gets what


async def test_the_exposure_is_kept_when_the_page_is_shown_and_only_once(
    sam: Person, service: Service, cast: Cast
) -> None:
    dana = await cast.dana()
    one = await running(sam, service)
    for _ in range(3):
        await checklist(dana)

    kept = await exposures(service)
    assert [(row["user_id"], row["mixed_at"]) for row in kept] == [(dana.id, None)]
    assert (await read_out(sam, one))["results"]["exposed"][kept[0]["variant"]] == 1


async def test_the_page_shows_the_variant(sam: Person, service: Service, cast: Cast) -> None:
    dana = await cast.dana()
    await running(sam, service, {"plain": 1, "warm": 10**6, "other": 1})
    warm = await checklist(dana)

    assert "encouragement" in warm.text
    assert [row["variant"] for row in await exposures(service)] == ["warm"]


async def test_without_the_flag_nothing_is_shown_and_nothing_kept(
    service: Service, cast: Cast
) -> None:
    page = await checklist(await cast.dana())

    assert "encouragement" not in page.text
    assert await exposures(service) == []


async def test_sixteen_at_once_are_one_exposure(sam: Person, service: Service, cast: Cast) -> None:
    dana = await cast.dana()
    await running(sam, service)
    seen = await asyncio.gather(*(shown_to(service, a_person(dana)) for _ in range(16)))
    browsers = Asker(visitor="one browser")
    await running(sam, service, flagKey=SIGN_UP, unit="visitor", needsConsent=False)
    alike = await asyncio.gather(*(shown_to(service, browsers, SIGN_UP) for _ in range(16)))

    assert len(set(seen)) == len(set(alike)) == 1
    assert len(await exposures(service)) == 2


async def test_the_first_variant_stays_when_weights_change(sam: Person, service: Service) -> None:
    one = await running(sam, service, **OF_VISITORS)
    before = [await shown_to(service, asker, SIGN_UP) for asker in visitors(40)]
    await put_flag(sam, service, a_flag({"plain": 0, "warm": 100}, key=SIGN_UP))
    after = [await shown_to(service, asker, SIGN_UP) for asker in visitors(40)]
    service.experiments._variants.clear()  # as in another process
    elsewhere = [await shown_to(service, asker, SIGN_UP) for asker in visitors(40)]

    assert set(before) == {"plain", "warm"}
    assert before == after == elsewhere
    assert await shown_to(service, Asker(visitor="new", agrees=True), SIGN_UP) == "warm"
    told = await read_out(sam, one)
    assert [phase["number"] for phase in told["experiment"]["phases"]] == [1, 2]
    assert told["history"][0]["what"] == "reweighted"
    assert told["results"]["splitAtEveryLook"]["misplaced"] == {}


async def test_once_it_is_stopped_nobody_new_comes_in(sam: Person, service: Service) -> None:
    one = await running(sam, service, **OF_VISITORS)
    before = [await shown_to(service, asker, SIGN_UP) for asker in visitors(20)]
    await moved(sam, one, "stop")
    await refreshed(service)
    after = [await shown_to(service, asker, SIGN_UP) for asker in visitors(40)]

    assert after[:20] == before
    assert set(after[20:]) == {"plain"}
    assert len(await exposures(service)) == 20


async def test_who_is_served_by_a_rule_is_no_part(sam: Person, service: Service) -> None:
    await running(sam, service)
    canada = {"attribute": "market", "op": "is", "values": ["CA"]}
    rule = {"when": canada, "serve": {"variant": "warm"}}
    await put_flag(sam, service, a_flag(rules=[rule], userWhitelist=["0192f0c1-listed"]))

    assert await shown_to(service, Asker(user_id=UserId(new_id()), market="CA")) == "warm"
    assert await exposures(service) == []


async def test_switched_off_everybody_gets_the_control_and_nothing_is_kept(
    cast: Cast, sam: Person, service: Service
) -> None:
    await running(sam, service, {"plain": 1, "warm": 10**6})
    await switched_off(cast, sam, "experiments")

    assert await shown_to(service, Asker(user_id=UserId(new_id()))) == "plain"
    assert await exposures(service) == []


async def test_staff_in_somebodys_place_are_no_exposure(
    cast: Cast, sam: Person, service: Service
) -> None:
    dana = await cast.dana()
    await running(sam, service, {"plain": 1, "warm": 10**6})
    answer = await sam.post(
        f"/api/v1/admin/users/{dana.id}/impersonate", {"reason": "They asked for help, no. 7"}
    )
    assert answer.status_code in {200, 201}, answer.text
    token = answer.json()["accessToken"]
    page = await sam.client.get("/onboarding", headers={"authorization": f"Bearer {token}"})

    assert page.status_code == 200
    assert await exposures(service) == []


# Consent


# From visitor to person


# The end of what is kept


async def test_erasing_a_person_erases_their_exposure_and_moments(
    sam: Person, service: Service, cast: Cast, db: Any
) -> None:
    one = await running(sam, service)
    dana = await cast.dana()
    await checklist(dana)
    async with service.works.begin() as work:
        await work.db.execute("DELETE FROM users WHERE id = $1", dana.id)

    assert await exposures(service) == []
    assert sum((await read_out(sam, one))["results"]["exposed"].values()) == 0
    left = """
        SELECT count(*)
        FROM experiment_moments
        LEFT JOIN experiment_units ON id = unit_id
        WHERE user_id = $1 OR id IS NULL
    """
    assert await db.fetchval(left, dana.id) == 0


async def test_after_a_year_nothing_is_left_of_exposures_and_visitors(
    sam: Person, service: Service, db: Any
) -> None:
    await running(sam, service, **OF_VISITORS)
    for asker in visitors(3):
        await shown_to(service, asker, SIGN_UP)
    await db.execute("UPDATE experiment_exposures SET first_at = first_at - interval '366 days'")
    await db.execute("UPDATE experiment_units SET created_at = created_at - interval '366 days'")
    async with service.works.begin() as work:
        removed = await service.clean_up(work)

    assert removed["exposures"] == 3
    assert await exposures(service) == []
    assert await db.fetchval("SELECT count(*) FROM experiment_unit_names") == 0


async def test_the_database_away_shows_the_control(sam: Person, service: Service) -> None:
    await running(sam, service, {"plain": 1, "warm": 10**6})
    await service.database.close()
    service.database.size = 0

    assert await shown_to(service, Asker(user_id=UserId(new_id()))) == "plain"
