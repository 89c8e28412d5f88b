"""Flags are written, read, archived and undone by staff, and every process serves them."""

from typing import Any

import httpx
import pytest
from tests.cast import Cast, Person
from tests.waiting import until

from firstmile.release.catalogue import Flags
from firstmile.service import Service

AT = "/api/v1/admin/environments/production"
DANA = {"targetingKey": "dana", "market": "CA"}


def a_flag(key: str = "new-checkout", **given: Any) -> dict[str, Any]:
    return {"key": key, "enabled": True, **given}


@pytest.fixture
async def sam(cast: Cast) -> Person:
    return await cast.sam()


async def put(sam: Person, flag: dict[str, Any], **given: Any) -> httpx.Response:
    body = {"flag": flag, "reason": "To try it", **given}
    return await sam.client.put(f"{AT}/flags/{flag['key']}", json=body, headers=sam.headers)


async def test_a_flag_is_served_once_its_change_is_answered(sam: Person, service: Service) -> None:
    answer = await put(sam, a_flag(), seen=0)
    flags = service.parts.get(Flags)
    await flags.load(service.database)

    assert answer.status_code == 200, answer.text
    assert answer.json()["revision"] == 1
    assert flags.is_on("new-checkout", DANA)


async def test_another_replica_hears_of_it(sam: Person, service: Service, settings: Any) -> None:
    other = Service(settings)
    await other.open()
    try:
        await put(sam, a_flag())
        await until(lambda: other.releasing.flags.is_on("new-checkout", DANA))
    finally:
        await other.close()


async def test_who_looked_at_an_older_one_is_told(sam: Person) -> None:
    await put(sam, a_flag(), seen=0)
    answer = await put(sam, a_flag(enabled=False), seen=0)

    assert answer.status_code == 409
    assert answer.json()["error"] == "stale"
    assert answer.json()["details"]["revision"] == 1


async def test_the_same_again_changes_nothing(sam: Person) -> None:
    await put(sam, a_flag())
    again = await put(sam, a_flag())

    history = (await sam.get(f"{AT}/history")).json()
    assert again.json()["revision"] == 1
    assert [one["revision"] for one in history["items"]] == [1]


async def test_a_flag_that_makes_no_sense_is_refused_with_all_that_is_wrong(sam: Person) -> None:
    flag = a_flag(
        serve={"variant": "blue", "rolloutPercentage": 140},
        rules=[{"when": {"attribute": "age", "op": "less", "values": ["x"]}, "serve": {}}],
        prerequisites=[{"flag": "gone", "variants": ["on"]}],
    )
    answer = await put(sam, flag)

    assert answer.status_code == 422
    fields = [one["field"] for one in answer.json()["details"]]
    assert fields == [
        "serve",
        "serve.rolloutPercentage",
        "rules.0.when.values",
        "rules.0.serve",
        "prerequisites.0.flag",
    ]


async def test_an_archived_flag_is_not_there(sam: Person, service: Service) -> None:
    await put(sam, a_flag())
    answer = await sam.post(f"{AT}/flags/new-checkout/archive", {"reason": "Done with it"})
    await service.releasing.flags.load(service.database)

    assert answer.status_code == 200
    assert service.releasing.flags.evaluate("new-checkout", DANA).error == "FLAG_NOT_FOUND"
    assert (await sam.get(f"{AT}/flags")).json()["items"] == []
    archived = (await sam.get(f"{AT}/flags", params={"archived": "true"})).json()["items"]
    assert [one["flag"]["key"] for one in archived] == ["new-checkout"]


async def test_what_others_need_stays(sam: Person) -> None:
    await put(sam, a_flag("base"))
    await put(sam, a_flag("upper", prerequisites=[{"flag": "base", "variants": ["on"]}]))
    answer = await sam.post(f"{AT}/flags/base/archive", {"reason": "Done with it"})

    assert answer.status_code == 409
    assert answer.json()["neededBy"] == ["upper"]


async def test_a_change_is_undone_as_a_change_of_its_own(sam: Person) -> None:
    await put(sam, a_flag())
    await put(sam, a_flag(enabled=False))
    answer = await sam.post(f"{AT}/history/undo", {"revision": 2})

    flag = (await sam.get(f"{AT}/flags/new-checkout")).json()
    assert answer.status_code == 204
    assert flag["flag"]["enabled"] is True
    assert flag["revision"] == 3
    history = (await sam.get(f"{AT}/history", params={"key": "new-checkout"})).json()["items"]
    assert [one["revision"] for one in history] == [3, 2, 1]
    assert history[0]["authorId"] == str(sam.id)


async def test_a_change_that_others_followed_is_not_undone(sam: Person) -> None:
    await put(sam, a_flag())
    await put(sam, a_flag(enabled=False))
    answer = await sam.post(f"{AT}/history/undo", {"revision": 1})

    assert answer.status_code == 409
    assert answer.json()["latestRevision"] == 2


async def test_a_segment_serves_every_flag_that_names_it(sam: Person, service: Service) -> None:
    segment = {"key": "early", "included": ["dana"]}
    body = {"segment": segment, "reason": "The first ones"}
    await sam.client.put(f"{AT}/segments/early", json=body, headers=sam.headers)
    rule = {"when": {"segment": "early"}, "serve": {"variant": "on"}}
    await put(sam, a_flag(rules=[rule], serve={"variant": "off"}))
    await service.releasing.flags.load(service.database)

    assert service.releasing.flags.is_on("new-checkout", DANA)
    assert not service.releasing.flags.is_on("new-checkout", {"targetingKey": "bob"})
    answer = await sam.post(f"{AT}/segments/early/delete", {"reason": "Not needed"})
    assert answer.json()["neededBy"] == ["new-checkout"]


async def test_support_looks_and_changes_nothing(cast: Cast) -> None:
    helper = await cast.sam("support")
    answer = await put(helper, a_flag())

    assert (await helper.get(f"{AT}/flags")).status_code == 200
    assert answer.status_code == 403
    assert answer.json()["permission"] == "flags.change"


async def test_true_in_the_place_of_one_is_a_change(sam: Person) -> None:
    flag = a_flag("shape", type="object", variants={"on": {"a": 1}, "off": {}})
    await put(sam, flag)
    answer = await put(sam, {**flag, "variants": {"on": {"a": True}, "off": {}}})

    assert answer.json()["revision"] == 2
    assert answer.json()["flag"]["variants"]["on"] == {"a": True}


async def test_what_postgresql_cannot_hold_is_refused_as_input(sam: Person) -> None:
    """A NUL in a text, and a number beyond its type."""
    nul = await put(sam, a_flag(), reason="a\0b")
    history = f"{AT}/history/undo"
    beyond = await sam.client.post(
        history, json={"revision": 2**70, "reason": "x"}, headers=sam.headers
    )

    assert [(one.status_code, one.json()["error"]) for one in (nul, beyond)] == [
        (422, "invalid")
    ] * 2
