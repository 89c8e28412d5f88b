"""Whoever presses a button to see a tour sees it, whatever they did with it before."""

from tests.cast import Cast, Person
from tests.guidance.test_joining import shown
from tests.guidance.writing import a_content, publish, tell

from firstmile.service import Service

CONTENT = "/api/v1/guidance/contents/invite-tip"


async def wish(person: Person) -> int:
    """The status of the answer to somebody who wants to see the tip, on a route that has none."""
    return (await person.get(CONTENT, params={"route": "/elsewhere"})).status_code


async def test_what_was_dismissed_is_shown_to_whoever_asks_for_it(
    cast: Cast, sam: Person, service: Service
) -> None:
    await publish(sam, service, a_content(routes=["/home"]))
    dana = await cast.dana()
    before = (await dana.get("/api/v1/embed/state", params={"route": "/home"})).json()["content"]
    await tell(dana, "dismissed")
    await dana.client.put(
        "/api/v1/guidance/preferences", json={"tips": "off"}, headers=dana.headers
    )

    wished = await dana.get(CONTENT, params={"route": "/elsewhere"})

    assert await shown(dana) == []
    assert [wished.json()] == before


async def test_a_wish_does_not_reach_what_is_meant_for_others(
    cast: Cast, sam: Person, service: Service
) -> None:
    alice, dana = await cast.alice(), await cast.dana()
    owners = {"attribute": "roles", "op": "is", "values": ["owner"]}
    unpublished = await wish(alice)

    await publish(sam, service, a_content(when=owners))

    assert (unpublished, await wish(alice), await wish(dana)) == (404, 200, 404)
