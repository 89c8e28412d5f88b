"""Experiments in other applications: the first variant stays, and is kept once."""

from typing import Any

import httpx
import pytest
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from tests.cast import Cast, Person
from tests.release.asking import a_key, ask
from tests.release.laboratory import (
    FLAG,
    a_flag,
    exposures,
    moved,
    put_flag,
    read_out,
    refreshed,
    running,
)
from tests.release.switching import switched_off
from tests.running import running_service

from firstmile.kernel.ids import new_id
from firstmile.service import Service
from firstmile.settings import Settings
from firstmile_client.exposures import Exposures

PATH = "/api/v1/experiments/exposures"
AGREED = {"consent": ["experiments"]}
OF_VISITORS: dict[str, Any] = {"unit": "visitor", "goals": ["registered"]}
WARM = {"plain": 1, "warm": 10**6}


@pytest.fixture
async def sam(cast: Cast) -> Person:
    return await cast.sam("operator")


@pytest.fixture
async def key(service: Service) -> str:
    return await a_key(service)


def shown(name: Any, user: Any = None, **context: Any) -> dict[str, Any]:
    """What an application is about to show to somebody who agreed, unless said otherwise."""
    told = {"targetingKey": name, **AGREED, **context}
    return {"flag": FLAG, "context": told, "user": None if user is None else str(user)}


async def post(client: httpx.AsyncClient, key: str, *batch: dict[str, Any]) -> httpx.Response:
    headers = {"authorization": f"Bearer {key}"}
    return await client.post(PATH, json={"exposures": list(batch)}, headers=headers)


async def send(client: httpx.AsyncClient, key: str, *batch: dict[str, Any]) -> list[Any]:
    answer = await post(client, key, *batch)
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.json()["items"]
    return items


async def test_the_first_variant_stays_when_shares_move_and_is_the_one_ofrep_began_with(
    sam: Person, service: Service, key: str
) -> None:
    one = await running(sam, service, **OF_VISITORS)
    batch = [shown(f"visitor {n}") for n in range(40)]
    by_ofrep = [
        (await ask(sam.client, key, FLAG, each["context"])).json()["variant"] for each in batch
    ]
    before = await send(sam.client, key, *batch)
    await put_flag(sam, service, a_flag({"plain": 0, "warm": 100}))
    after = await send(sam.client, key, *batch, shown("somebody new"))

    assert [each["variant"] for each in before] == by_ofrep
    assert set(by_ofrep) == {"plain", "warm"}
    assert after[:40] == before
    assert (after[40]["variant"], after[40]["value"]) == ("warm", "warm")
    assert before[0] | {"variant": "", "value": ""} == {
        "flag": FLAG,
        "variant": "",
        "value": "",
        "reason": "SPLIT",
        "experiment": one["id"],
        "counted": True,
        "part": "counted",
        "person": False,
    }
    assert len(await exposures(service)) == 41


async def test_an_id_of_ours_is_a_person_whose_first_mile_counts(
    sam: Person, service: Service, cast: Cast, key: str
) -> None:
    one = await running(sam, service)
    dana = await cast.dana()
    batch = (shown(str(dana.id), market="CA", role="owner"), shown("shop-42"))
    told = [await send(sam.client, key, *batch) for _ in range(2)]

    assert told[0] == told[1]
    assert [(each["counted"], each["part"], each["person"]) for each in told[0]] == [
        (True, "counted", True),
        (False, "nobody", False),  # people count here, and nobody knows them
    ]
    kept = await exposures(service)
    assert [(row["user_id"], row["market"], row["role"]) for row in kept] == [
        (dana.id, "CA", "owner")
    ]
    assert sum((await read_out(sam, one))["results"]["exposed"].values()) == 1


async def test_a_visitor_who_signed_in_is_one_with_their_person(
    sam: Person, service: Service, cast: Cast, key: str
) -> None:
    await running(sam, service, **OF_VISITORS)
    [before] = await send(sam.client, key, shown("cart 7"))
    dana = await cast.dana()
    [joined] = await send(sam.client, key, shown("cart 7", dana.id))
    [alone] = await send(sam.client, key, shown(str(dana.id)))
    bob = await cast.a_user("Bob").signed_in()
    await send(sam.client, key, shown("cart 7", bob.id))  # a browser they share

    assert joined == alone == before | {"person": True}
    assert [row["user_id"] for row in await exposures(service)] == [dana.id, bob.id]


async def test_an_environment_has_its_own_experiments_and_its_own_visitors(
    sam: Person, service: Service, key: str
) -> None:
    elsewhere = await a_key(service, environment="staging")
    await running(sam, service, **OF_VISITORS)
    [here] = await send(sam.client, key, shown("cart 7"))
    [there] = await send(sam.client, elsewhere, shown("cart 7"))

    assert (here["part"], there["part"]) == ("counted", "no_experiment")
    assert (there["variant"], there["reason"]) == (None, "ERROR")


async def test_nothing_is_kept_of_who_did_not_agree(
    sam: Person, service: Service, cast: Cast, key: str
) -> None:
    one = await running(sam, service, WARM, **OF_VISITORS)
    dana = await cast.dana()
    told = await send(sam.client, key, shown("cart 7", dana.id, consent=[]), shown("8", consent=1))
    await service.gathering.write()

    assert [(each["variant"], each["part"]) for each in told] == [("plain", "not_agreed")] * 2
    assert await exposures(service) == []
    assert (await read_out(sam, one))["results"]["unasked"] == 2
    async with service.database.lease() as db:
        assert await db.fetch("SELECT * FROM experiment_unit_names") == []


async def test_why_somebody_is_not_counted_is_told(
    sam: Person, service: Service, cast: Cast, key: str
) -> None:
    one = await running(sam, service, WARM, **OF_VISITORS)
    canada = {"attribute": "market", "op": "is", "values": ["CA"]}
    rule = {"when": canada, "serve": {"variant": "warm"}}
    await put_flag(sam, service, a_flag(WARM, rules=[rule]))
    [by_rule] = await send(sam.client, key, shown("cart 7", market="CA"))
    stopped = (await moved(sam, (await read_out(sam, one))["experiment"], "stop")).json()
    await refreshed(service)
    [late] = await send(sam.client, key, shown("cart 8"))
    await switched_off(cast, sam, "experiments")
    [off] = await send(sam.client, key, shown("cart 9"))

    assert stopped["state"] == "stopped"
    assert [(each["variant"], each["part"]) for each in (by_rule, late, off)] == [
        ("warm", "not_by_chance"),
        ("plain", "closed"),
        ("plain", "switched_off"),
    ]
    assert await exposures(service) == []


async def test_it_takes_a_key_of_a_server(sam: Person, service: Service) -> None:
    browser = await post(sam.client, await a_key(service, "client"), shown("cart 7"))
    nobody = await post(sam.client, "fms_nothing", shown("cart 7"))

    assert (browser.status_code, browser.json()["error"]) == (403, "server_key_required")
    assert nobody.status_code == 401


@pytest.mark.parametrize(
    "batch",
    [
        [],
        [shown("one")] * 101,
        [shown("")],
        [shown(7)],
        [shown("x" * 256)],
        [shown("one", user="dana")],
        [{"flag": FLAG, "context": {}}],
    ],
)
async def test_a_batch_that_makes_no_sense_is_refused(
    sam: Person, key: str, batch: list[dict[str, Any]]
) -> None:
    assert (await post(sam.client, key, *batch)).status_code in {400, 422}


# The client


async def test_the_client_shows_what_is_kept(
    sam: Person, service: Service, key: str, settings: Settings
) -> None:
    await running(sam, service, WARM, **OF_VISITORS)
    with running_service(settings) as server:
        client = Exposures(server.base_url, key)
        visitor = EvaluationContext("cart 7", AGREED)
        told = client.show(FLAG, "cold", visitor)
        known = client.show(FLAG, "cold", visitor, user=str(new_id()))
        other = client.show(FLAG, True, visitor)
        silent = client.show(FLAG, "cold", EvaluationContext("cart 8"))
        client.close()

    assert (told.value, told.variant, told.flag_metadata["counted"]) == ("warm", "warm", True)
    assert known == told
    assert (other.value, other.error_code) == (True, ErrorCode.TYPE_MISMATCH)
    assert (silent.value, silent.flag_metadata["part"]) == ("plain", "not_agreed")


def test_the_client_gives_the_default_when_nobody_answers() -> None:
    told = Exposures("http://127.0.0.1:9", "fms_key").show(FLAG, "cold", EvaluationContext("7"))

    assert (told.value, told.error_code) == ("cold", ErrorCode.GENERAL)
