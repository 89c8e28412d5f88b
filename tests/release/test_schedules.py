"""Flags that go on or off at a moment: done by the worker, as a revision of its own."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.cast import Cast, Person
from tests.clock import MovedClock

from firstmile.kernel.database import Connection
from firstmile.release.ramping import go_on_with_all
from firstmile.release.schedules import keep_all
from firstmile.service import Service
from firstmile.settings import Settings

AT = "/api/v1/admin/environments/production"


@pytest.fixture
def clock() -> MovedClock:
    """What time it is for the service."""
    return MovedClock()


@pytest.fixture
async def service(settings: Settings, clock: MovedClock) -> AsyncIterator[Service]:
    """Every part, open, by a clock that may be put forward."""
    service = Service(settings, clock=clock)
    await service.open()
    service.readiness.on()
    yield service
    await service.close()


@pytest.fixture
async def sam(cast: Cast) -> Person:
    sam = await cast.sam()
    body = {"flag": {"key": "sale", "enabled": True}, "reason": "For the sale"}
    answer = await sam.client.put(f"{AT}/flags/sale", json=body, headers=sam.headers)
    assert answer.status_code == 200, answer.text
    return sam


async def planned(sam: Person, clock: MovedClock, **given: Any) -> httpx.Response:
    due_at = (clock() + timedelta(minutes=10)).isoformat()
    body = {"enabled": False, "dueAt": due_at, "reason": "The sale is over", **given}
    return await sam.post(f"{AT}/flags/sale/schedules", body)


async def is_on(sam: Person) -> bool:
    return bool((await sam.get(f"{AT}/flags/sale")).json()["flag"].get("enabled"))


async def test_it_goes_off_at_its_time_and_the_history_says_why(
    sam: Person, service: Service, clock: MovedClock
) -> None:
    await planned(sam, clock)
    await keep_all(service.works, service.hints)
    before = await is_on(sam)
    clock.pass_by(minutes=11)
    await keep_all(service.works, service.hints)

    assert (before, await is_on(sam)) == (True, False)
    change = (await sam.get(f"{AT}/history")).json()["items"][0]
    assert (change["author"], change["reason"]) == ("schedule", "As planned: The sale is over")
    schedule = (await sam.get(f"{AT}/schedules")).json()["items"][0]
    assert (schedule["state"], schedule["says"]) == ("done", "It was done as planned.")


async def test_two_workers_do_it_once(sam: Person, service: Service, clock: MovedClock) -> None:
    await planned(sam, clock)
    clock.pass_by(minutes=11)
    done = await asyncio.gather(*(keep_all(service.works, service.hints) for _ in range(3)))

    assert sum(done) == 1


async def test_what_is_called_off_does_not_happen(
    sam: Person, service: Service, clock: MovedClock
) -> None:
    schedule = (await planned(sam, clock)).json()
    path = f"/api/v1/admin/schedules/{schedule['id']}/cancel"
    answer = await sam.post(path, {"reason": "It goes on"})
    again = await sam.post(path, {"reason": "Again"})
    clock.pass_by(minutes=11)
    await keep_all(service.works, service.hints)

    assert answer.json()["state"] == "cancelled"
    assert await is_on(sam)
    assert again.json()["error"] == "schedule_ended"


async def test_a_moment_that_has_passed_is_refused(sam: Person, clock: MovedClock) -> None:
    answer = await planned(sam, clock, dueAt="2020-01-01T00:00:00Z")

    assert answer.status_code == 422


async def test_with_four_eyes_one_person_may_plan_off_and_not_on(
    sam: Person, clock: MovedClock, db: Connection
) -> None:
    await db.execute("UPDATE flag_environments SET four_eyes = true")

    assert (await planned(sam, clock)).status_code == 201
    on = await planned(sam, clock, enabled=True)
    assert (on.status_code, on.json()["error"]) == (409, "second_person_needed")


async def test_a_rollout_gives_way_when_its_flag_goes_off(
    sam: Person, service: Service, clock: MovedClock, db: Connection
) -> None:
    await db.execute(
        "UPDATE flags SET document = jsonb_set(document, '{serve}',"
        """ '{"variant": "on", "rolloutPercentage": 0}')"""
    )
    body = {"stages": [{"percentage": 50, "minutes": 60}], "reason": "Half"}
    rollout = (await sam.post(f"{AT}/flags/sale/rollouts", body)).json()
    await planned(sam, clock)
    clock.pass_by(minutes=11)
    await keep_all(service.works, service.hints)
    await go_on_with_all(service.works, service.hints)

    told = (await sam.get(f"/api/v1/admin/rollouts/{rollout['id']}")).json()["rollout"]
    assert told["state"] == "stopped"
    assert not await is_on(sam)
