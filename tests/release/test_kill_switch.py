"""The kill switch: who may use it, what it keeps, and what it tells."""

from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from tests.cast import Cast, Person
from tests.release.switching import ADMIN, WHY, activate, deactivate, switched_off, switched_on

from firstmile.kernel.database import Connection
from firstmile.kernel.events import Event
from firstmile.kernel.work import Work
from firstmile.protect.switches import Area
from firstmile.release.events import SwitchedOff, SwitchedOn
from firstmile.service import Service

AREAS = [str(area) for area in Area]


async def seen_by_all(client: httpx.AsyncClient) -> dict[str, bool]:
    answer = await client.get("/api/v1/kill-switch")
    assert answer.status_code == 200
    return {one["area"]: one["off"] for one in answer.json()["areas"]}


def areas(answer: httpx.Response) -> dict[str, dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return {one["area"]: one for one in answer.json()["areas"]}


async def test_anybody_may_ask_and_everything_is_on_at_first(client: httpx.AsyncClient) -> None:
    assert await seen_by_all(client) == dict.fromkeys(AREAS, False)


@pytest.mark.parametrize("area", [area for area in AREAS if area != "global"])
async def test_an_area_goes_off_and_on_by_itself(cast: Cast, area: str) -> None:
    sam = await cast.sam("operator")

    await switched_off(cast, sam, area)
    off = await seen_by_all(cast.client)
    await switched_on(cast, sam, area)

    assert off == dict.fromkeys(AREAS, False) | {area: True}
    assert await seen_by_all(cast.client) == dict.fromkeys(AREAS, False)


async def test_the_global_switch_covers_all_and_leaves_each_as_it_was(cast: Cast) -> None:
    sam = await cast.sam("operator")
    await switched_off(cast, sam, "sign_up", "global")

    covered = await seen_by_all(cast.client)
    await switched_on(cast, sam, "global")

    assert covered == dict.fromkeys(AREAS, True)
    assert await seen_by_all(cast.client) == dict.fromkeys(AREAS, False) | {"sign_up": True}


async def test_who_runs_the_place_sees_who_did_it_since_when_and_why(
    cast: Cast, db: Connection
) -> None:
    sam = await cast.sam("operator")

    told = areas(await activate(sam, "gating"))["gating"]

    assert (told["off"], told["reason"], told["staffId"]) == (True, WHY["reason"], str(sam.id))
    assert told["since"] == areas(await sam.get(ADMIN))["gating"]["since"]
    assert await db.fetchval("SELECT count(*) FROM switch_uses WHERE ended_at IS NULL") == 1


async def test_the_public_answer_names_no_reason_and_nobody(cast: Cast) -> None:
    sam = await cast.sam("operator")
    await switched_off(cast, sam, "gating")

    answer = await cast.client.get("/api/v1/kill-switch")

    assert set(answer.json()) == {"revision", "areas"}
    assert {key for one in answer.json()["areas"] for key in one} == {"area", "off"}


async def test_each_use_is_kept_with_its_end(cast: Cast) -> None:
    sam = await cast.sam("operator")
    await activate(sam, "gating")
    await deactivate(sam, "gating")
    await activate(sam, "sign_up")

    uses = (await sam.get(ADMIN)).json()["uses"]

    assert [(use["area"], use["endReason"]) for use in uses] == [
        ("sign_up", None),
        ("gating", "Steps repaired"),
    ]
    assert (uses[1]["staffId"], uses[1]["endedBy"]) == (str(sam.id), str(sam.id))
    assert uses[1]["endedAt"] >= uses[1]["beganAt"]


async def test_asked_twice_it_changes_nothing(cast: Cast) -> None:
    sam = await cast.sam("operator")
    first = (await activate(sam, "gating")).json()

    again = (await activate(sam, "gating", {"reason": "Another one"})).json()
    await deactivate(sam, "gating")
    ended = (await deactivate(sam, "gating")).json()

    assert again["revision"] == first["revision"]
    assert again["uses"] == first["uses"]
    assert len(ended["uses"]) == 1


async def test_it_is_announced_and_a_person_is_told(cast: Cast) -> None:
    sam, announced = await cast.sam("operator"), list[Event]()

    async def hear(_: Work, event: Event) -> None:
        announced.append(event)

    cast.service.subscribers.when(Event, hear)
    with capture_logs() as logged:
        await switched_off(cast, sam, "gating", "gating")
        await switched_on(cast, sam, "gating")

    assert announced == [
        SwitchedOff(area="gating", reason=WHY["reason"], staff_id=sam.id),
        SwitchedOn(area="gating", reason="Steps repaired", staff_id=sam.id),
    ]
    warned = [one for one in logged if one["log_level"] == "warning"]
    assert [(one["event"], one["area"]) for one in warned] == [
        ("switched_off", "gating"),
        ("switched_on", "gating"),
    ]
    assert (warned[0]["reason"], warned[0]["staff_id"]) == (WHY["reason"], str(sam.id))


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
async def test_it_wants_a_reason(cast: Cast, reason: str) -> None:
    sam = await cast.sam("operator")

    answer = await activate(sam, "gating", {"reason": reason})

    assert answer.status_code == 422
    assert answer.json()["details"][0]["field"] == "reason"
    assert (await sam.get(ADMIN)).json()["uses"] == []


async def test_there_is_no_other_area(cast: Cast) -> None:
    sam = await cast.sam("operator")

    assert (await activate(sam, "canary")).status_code == 404
    assert (await deactivate(sam, "Gating")).status_code == 404


async def tried(person: Person) -> list[tuple[int, str]]:
    answers = [
        await person.get(ADMIN),
        await activate(person, "gating"),
        await deactivate(person, "gating"),
    ]
    return [(one.status_code, one.json()["error"]) for one in answers]


async def test_support_and_others_may_not(cast: Cast) -> None:
    sam, dana = await cast.sam("support"), await cast.dana()

    assert await tried(sam) == [(403, "permission_required")] * 3
    assert await tried(dana) == [(403, "staff_required")] * 3


async def test_switching_wants_a_fresh_credential(cast: Cast, db: Connection) -> None:
    sam = await cast.sam("operator")
    await db.execute("UPDATE sessions SET proved_at = proved_at - interval '1 day'")
    await db.execute("UPDATE sessions SET created_at = created_at - interval '1 hour'")

    answer = await activate(sam, "gating")

    assert (answer.status_code, answer.json()["error"]) == (403, "step_up_required")
    assert (await sam.get(ADMIN)).status_code == 200


async def test_it_is_kept_for_whoever_starts_later(cast: Cast) -> None:
    sam = await cast.sam("operator")
    await activate(sam, "sign_up")

    later = Service(cast.service.settings)
    await later.open()
    try:
        assert later.switches.is_off(Area.SIGN_UP)
    finally:
        await later.close()
