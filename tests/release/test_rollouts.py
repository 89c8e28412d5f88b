"""Rollouts through HTTP and the worker: what the flag is, and what the history says of it."""

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
from firstmile.release.store_rollouts import note_beginning
from firstmile.service import Service
from firstmile.settings import Settings

AT = "/api/v1/admin/environments/production"
STAGES = [{"percentage": percentage, "minutes": 20} for percentage in (5, 25, 50, 100)]
NOBODY = {"variant": "on", "rolloutPercentage": 0}
ERRORS = {"watch": "errors", "margin": 1}


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
    flag = {"key": "new-checkout", "serve": {"variant": "on", "rolloutPercentage": 0}}
    body = {"flag": {**flag, "enabled": True}, "reason": "To begin with nobody"}
    answer = await sam.client.put(f"{AT}/flags/new-checkout", json=body, headers=sam.headers)
    assert answer.status_code == 200, answer.text
    return sam


async def planned(sam: Person, **given: Any) -> httpx.Response:
    body = {"stages": STAGES, "guards": [ERRORS], "reason": "The new checkout", **given}
    return await sam.post(f"{AT}/flags/new-checkout/rollouts", body)


async def percentage(sam: Person) -> float:
    flag = (await sam.get(f"{AT}/flags/new-checkout")).json()["flag"]
    return float(flag["serve"]["rolloutPercentage"])


async def counted(service: Service, rollout: str, *, errors: int) -> None:
    async with service.works.begin() as work:
        await work.db.execute(
            """
            INSERT INTO flag_rollout_counts (rollout_id, stage, is_new, requests, errors, slow)
            VALUES ($1, 0, false, 10000, 100, 0), ($1, 0, true, 10000, $2, 0)
            """,
            rollout,
            errors,
        )


async def test_it_begins_at_once_and_goes_on_in_its_time(
    sam: Person, service: Service, clock: MovedClock
) -> None:
    rollout = (await planned(sam)).json()
    first = await percentage(sam)
    await counted(service, rollout["id"], errors=100)
    await go_on_with_all(service.works, service.hints)
    held = await percentage(sam)
    clock.pass_by(minutes=21)
    await go_on_with_all(service.works, service.hints)

    assert (first, held, await percentage(sam)) == (5, 5, 25)


async def test_it_returns_by_itself_and_writes_why(sam: Person, service: Service) -> None:
    rollout = (await planned(sam)).json()
    await counted(service, rollout["id"], errors=700)
    await go_on_with_all(service.works, service.hints)

    assert await percentage(sam) == 0
    told = (await sam.get(f"/api/v1/admin/rollouts/{rollout['id']}")).json()
    assert told["rollout"]["state"] == "returned"
    assert told["judgements"][0]["verdict"] == "harmed"
    history = (await sam.get(f"{AT}/history")).json()["items"]
    assert history[0]["author"] == "rollout"
    assert "6.00 points more" in history[0]["reason"]


async def test_a_persons_hand_comes_first(sam: Person, service: Service) -> None:
    rollout = (await planned(sam)).json()
    flag = (await sam.get(f"{AT}/flags/new-checkout")).json()["flag"]
    flag["serve"]["rolloutPercentage"] = 7
    body = {"flag": flag, "reason": "I know better"}
    await sam.client.put(f"{AT}/flags/new-checkout", json=body, headers=sam.headers)
    await go_on_with_all(service.works, service.hints)

    told = (await sam.get(f"/api/v1/admin/rollouts/{rollout['id']}")).json()["rollout"]
    assert (told["state"], await percentage(sam)) == ("stopped", 7)


async def test_a_flag_has_one_rollout_at_a_time(sam: Person) -> None:
    await planned(sam)
    again = await planned(sam, stages=[{"percentage": 100, "minutes": 0}])

    assert again.status_code == 409
    assert again.json()["error"] == "rollout_under_way"


async def test_it_is_stopped_where_it_is_or_where_it_began(sam: Person) -> None:
    rollout = (await planned(sam)).json()
    path = f"/api/v1/admin/rollouts/{rollout['id']}/stop"
    answer = await sam.post(path, {"reason": "Not today", "back": True})

    assert answer.json()["state"] == "stopped"
    assert await percentage(sam) == 0
    assert (await sam.post(path, {"reason": "Again"})).status_code == 409


async def test_requests_of_people_are_counted_by_what_they_are_served(
    sam: Person, service: Service, cast: Cast
) -> None:
    stages, completion = [{"percentage": 100, "minutes": 20}], {"watch": "completion", "margin": 5}
    rollout = (await planned(sam, stages=stages, guards=[ERRORS, completion])).json()
    await service.releasing.flags.load(service.database)
    await service.releasing.watch.load(service.database)
    dana = await cast.dana()
    await dana.get("/api/v1/onboarding")
    await dana.get("/api/v1/auth/me")
    await service.gathering.write()

    told = (await sam.get(f"/api/v1/admin/rollouts/{rollout['id']}")).json()
    new = next(one for one in told["tallies"] if one["isNew"])
    assert new["requests"] >= 2
    assert (new["errors"], new["people"]) == (0, 1)


async def test_the_same_minute_by_two_workers_moves_it_once(
    sam: Person, service: Service, clock: MovedClock
) -> None:
    rollout = (await planned(sam, guards=[])).json()
    clock.pass_by(minutes=21)
    await asyncio.gather(
        *(go_on_with_all(service.works, service.hints) for _ in range(4)),
    )

    told = (await sam.get(f"/api/v1/admin/rollouts/{rollout['id']}")).json()["rollout"]
    assert told["stage"] == 1


async def test_it_gives_way_to_who_switched_the_flag_off_before_it_began(
    sam: Person, service: Service, clock: MovedClock
) -> None:
    begins = (clock() + timedelta(minutes=5)).isoformat()
    rollout = (await planned(sam, startsAt=begins)).json()
    flag = (await sam.get(f"{AT}/flags/new-checkout")).json()["flag"]
    body = {"flag": {**flag, "enabled": False}, "reason": "An incident"}
    await sam.client.put(f"{AT}/flags/new-checkout", json=body, headers=sam.headers)
    clock.pass_by(minutes=6)
    await go_on_with_all(service.works, service.hints)

    told = (await sam.get(f"/api/v1/admin/rollouts/{rollout['id']}")).json()["rollout"]
    after = (await sam.get(f"{AT}/flags/new-checkout")).json()["flag"]
    assert told["state"] == "stopped"
    assert after.get("enabled", False) is False


async def test_a_flag_that_was_off_is_off_again_as_it_was(sam: Person) -> None:
    flag = {"key": "later", "enabled": False}
    body = {"flag": flag, "reason": "For later"}
    await sam.client.put(f"{AT}/flags/later", json=body, headers=sam.headers)
    stages = [{"percentage": 10, "minutes": 60}]
    begun = await sam.post(f"{AT}/flags/later/rollouts", {"stages": stages, "reason": "Try it"})
    path = f"/api/v1/admin/rollouts/{begun.json()['id']}/stop"
    await sam.post(path, {"reason": "Not yet", "back": True})

    after = (await sam.get(f"{AT}/flags/later")).json()["flag"]
    assert after.get("enabled", False) is False
    assert after["serve"].get("rolloutPercentage", 100) == 100


async def test_who_signs_up_meanwhile_does_not_hold_it_up(
    sam: Person, service: Service, cast: Cast
) -> None:
    """A row that refers to a rollout locks its key, which must not pass for a move of it."""
    dana = await cast.dana()
    guard = {"watch": "completion", "margin": 5}
    rollout = (await planned(sam, guards=[guard])).json()
    async with service.works.begin() as signing_up:
        await note_beginning(signing_up.db, dana.id, signing_up.now)
        path = f"/api/v1/admin/rollouts/{rollout['id']}/stop"
        answer = await sam.post(path, {"reason": "Not today"})

    assert answer.status_code == 200, answer.text


async def test_a_share_raised_before_the_start_is_not_lowered(
    sam: Person, service: Service, clock: MovedClock
) -> None:
    starts_at = (clock() + timedelta(minutes=5)).isoformat()
    rollout = (await planned(sam, startsAt=starts_at)).json()
    flag = (await sam.get(f"{AT}/flags/new-checkout")).json()["flag"]
    flag["serve"]["rolloutPercentage"] = 50
    body = {"flag": flag, "reason": "Half of them now"}
    await sam.client.put(f"{AT}/flags/new-checkout", json=body, headers=sam.headers)
    clock.pass_by(minutes=6)
    await go_on_with_all(service.works, service.hints)

    told = (await sam.get(f"/api/v1/admin/rollouts/{rollout['id']}")).json()["rollout"]
    assert (told["state"], await percentage(sam)) == ("stopped", 50)


async def test_one_that_cannot_be_read_does_not_leave_the_others_unguarded(
    sam: Person, service: Service, db: Connection
) -> None:
    broken = (await planned(sam)).json()
    await sam.client.put(
        f"{AT}/flags/other",
        json={"flag": {"key": "other", "enabled": True, "serve": NOBODY}, "reason": "Another"},
        headers=sam.headers,
    )
    body = {"stages": STAGES, "guards": [ERRORS], "reason": "Another"}
    other = (await sam.post(f"{AT}/flags/other/rollouts", body)).json()
    await counted(service, other["id"], errors=700)
    await db.execute("UPDATE flag_rollouts SET stage = 99 WHERE id = $1", broken["id"])
    await go_on_with_all(service.works, service.hints)

    told = (await sam.get(f"/api/v1/admin/rollouts/{other['id']}")).json()["rollout"]
    assert told["state"] == "returned"


async def test_whom_a_rule_chose_is_not_counted(sam: Person, service: Service, cast: Cast) -> None:
    dana = await cast.dana()
    flag = {"key": "new-checkout", "enabled": True, "serve": NOBODY}
    flag["userWhitelist"] = [str(dana.id)]
    body = {"flag": flag, "reason": "Dana tries it"}
    await sam.client.put(f"{AT}/flags/new-checkout", json=body, headers=sam.headers)
    rollout = (await planned(sam)).json()
    await service.releasing.flags.load(service.database)
    await service.releasing.watch.load(service.database)
    await dana.get("/api/v1/onboarding")
    await service.gathering.write()

    told = (await sam.get(f"/api/v1/admin/rollouts/{rollout['id']}")).json()
    assert told["tallies"] == []
