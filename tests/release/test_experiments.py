"""An experiment's life: drafted, started, stopped, decided, with a reason each time."""

import asyncio
from typing import Any

import msgspec
import pytest
from tests.cast import Cast, Person
from tests.release.experimenting import sam
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
from tests.waiting import until

from firstmile.kernel.ids import UserId, new_id
from firstmile.release.actions import publish
from firstmile.release.experiments import Asker
from firstmile.release.models import Author, Change, Subject
from firstmile.release.store import lock_environment
from firstmile.service import Service
from firstmile.targeting.flags import Flag

__all__ = ["sam"]


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
