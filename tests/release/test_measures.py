"""Other applications send what they counted: it judges their rollouts, and counts once."""

from typing import Any

import httpx
import pytest
from tests.cast import Cast, Person
from tests.release.asking import a_key, put_flags

from firstmile.release.ramping import go_on_with_all
from firstmile.service import Service

AT = "/api/v1/admin/environments/staging"
PATH = "/api/v1/flags/measures"
FLAG = {"key": "new-checkout", "enabled": True, "serve": {"variant": "on", "rolloutPercentage": 0}}


@pytest.fixture
async def sam(cast: Cast, service: Service) -> Person:
    await put_flags(service, FLAG, environment="staging")
    return await cast.sam()


async def under_way(sam: Person) -> str:
    body = {
        "stages": [{"percentage": 50, "minutes": 60}],
        "guards": [{"watch": "errors", "margin": 1}],
        "reason": "The new checkout",
    }
    return str((await sam.post(f"{AT}/flags/new-checkout/rollouts", body)).json()["id"])


async def send(
    sam: Person, key: str, *measures: dict[str, Any], token: str | None = "one"
) -> httpx.Response:
    headers = {"authorization": f"Bearer {key}"}
    if token is not None:
        headers["idempotency-key"] = token
    return await sam.client.post(PATH, json={"measures": list(measures)}, headers=headers)


def measure(variant: str, requests: int, errors: int = 0, **other: Any) -> dict[str, Any]:
    counts = {"requests": requests, "errors": errors}
    return {"flag": "new-checkout", "variant": variant, **counts, **other}


async def told(sam: Person, rollout: str) -> Any:
    return (await sam.get(f"/api/v1/admin/rollouts/{rollout}")).json()


async def test_a_batch_is_added_to_the_rollout_once(sam: Person, service: Service) -> None:
    rollout, key = await under_way(sam), await a_key(service, environment="staging")
    batch = (measure("on", 500, 7, slow=30), measure("off", 480, 6))
    answers = [await send(sam, key, *batch) for _ in range(2)]
    again = await send(sam, key, measure("on", 10), token="two")

    assert [one.status_code for one in (*answers, again)] == [204, 204, 204]
    new, old = sorted((await told(sam, rollout))["tallies"], key=lambda one: not one["isNew"])
    assert (new["requests"], new["errors"], new["slow"]) == (510, 7, 30)
    assert (old["requests"], old["errors"], old["slow"]) == (480, 6, 0)


async def test_it_returns_by_what_they_sent(sam: Person, service: Service) -> None:
    rollout, key = await under_way(sam), await a_key(service, environment="staging")
    await send(sam, key, measure("on", 5_000, 400), measure("off", 5_000, 20))
    await go_on_with_all(service.works, service.hints)

    assert (await told(sam, rollout))["rollout"]["state"] == "returned"


async def test_what_is_of_no_rollout_is_passed_by(sam: Person, service: Service) -> None:
    rollout = await under_way(sam)
    here, other = await a_key(service, environment="staging"), await a_key(service)
    unknown = {"flag": "unknown", "variant": "on", "requests": 5}

    assert (await send(sam, here, unknown)).status_code == 204
    assert (await send(sam, other, measure("on", 500))).status_code == 204
    assert (await told(sam, rollout))["tallies"] == []


async def test_it_wants_a_key_of_a_server_and_a_word_for_the_batch(
    sam: Person, service: Service
) -> None:
    browser = await send(sam, await a_key(service, "client", "staging"), measure("on", 1))
    nobody = await send(sam, "fms_nothing", measure("on", 1))
    key = await a_key(service, environment="staging")
    wordless = await send(sam, key, measure("on", 1), token=None)

    assert (browser.status_code, browser.json()["error"]) == (403, "server_key_required")
    assert nobody.status_code == 401
    assert (wordless.status_code, wordless.json()["error"]) == (400, "idempotency_key_missing")


@pytest.mark.parametrize(
    "measures",
    [
        [],
        [measure("on", 1)] * 101,
        [measure("on", 5, 6)],
        [measure("on", -1)],
        [measure("on", 1_000_001)],
        [measure("on", 5, slow=-1)],
    ],
)
async def test_a_batch_that_makes_no_sense_is_refused(
    sam: Person, service: Service, measures: list[dict[str, Any]]
) -> None:
    key = await a_key(service, environment="staging")

    assert (await send(sam, key, *measures)).status_code == 422
