"""Why somebody is shown a content is told to them without whom else it is for."""

from typing import Any

import httpx
from tests.cast import Cast, Person
from tests.guidance.writing import a_content, publish

from firstmile.service import Service

ALICE_ALONE = {"attribute": "targetingKey", "op": "is", "values": ["alice@bigcustomer.example"]}
IN_ENGLISH = {"attribute": "locale", "op": "is", "values": ["en", "fr"]}
NOT_THERE = {
    "what": "content",
    "holds": False,
    "parts": [{"what": "not_published", "holds": False}],
}


async def why(person: Person, key: str) -> dict[str, Any]:
    answer = await person.get("/api/v1/guidance/explain", params={"key": key})
    told: dict[str, Any] = answer.json()["verdict"]
    return told


async def test_what_is_not_meant_for_somebody_is_to_them_as_what_is_not_there(
    cast: Cast, sam: Person, service: Service
) -> None:
    dana = await cast.dana()
    await publish(sam, service, a_content("beta-tip", when=ALICE_ALONE))

    assert await why(dana, "beta-tip") == await why(dana, "no-such-tip") == NOT_THERE
    assert "alice@bigcustomer.example" in str(await why(sam, "beta-tip"))


async def test_who_it_is_meant_for_is_not_told_who_else(
    cast: Cast, sam: Person, service: Service
) -> None:
    dana = await cast.dana()
    await publish(sam, service, a_content("tip", when=IN_ENGLISH))

    told = await why(dana, "tip")

    assert [one["what"] for one in told["parts"]] == ["published", "time", "route", "attention"]
    assert told["holds"] is True
    assert "locale" not in str(told)


async def test_a_gate_tells_no_visitor_which_role_right_or_flag_it_asks_for(
    client: httpx.AsyncClient, cast: Cast, sam: Person, service: Service
) -> None:
    needs = {"permission": "project.delete", "roles": ["owner"], "steps": ["create-project"]}
    gate = a_content("exports", kind="gate", target=None, href=None, needs=needs)
    await publish(sam, service, gate, override="To try it")
    dana = await cast.dana()

    (told,) = (await client.get("/api/v1/embed/state")).json()["gates"]

    assert (told["allowed"], told["reason"], told["blockedBy"]) == (False, "role", [])
    assert [one["what"] for one in (await why(dana, "exports"))["parts"]] == ["published", "open"]
    assert "project.delete" in str(await why(sam, "exports"))
