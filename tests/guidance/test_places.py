"""A page of an application and one of Firstmile's own are two places, also with the same path."""

from tests.cast import Cast, Person
from tests.guidance.writing import a_content, publish, tell

from firstmile.service import Service

STATE = "/api/v1/embed/state"
HERE, OURS = "/home", "firstmile:/home"


async def shown(person: Person, place: str) -> list[str]:
    state = await person.get(STATE, params={"route": place})
    return [one["key"] for one in state.json()["content"]]


async def test_neither_sees_what_is_for_the_other(
    cast: Cast, sam: Person, service: Service
) -> None:
    alice = await cast.alice()
    await publish(sam, service, a_content("of-theirs", routes=[HERE]))
    await publish(sam, service, a_content("of-ours", routes=[OURS]))
    await publish(sam, service, a_content("of-both", routes=[HERE, "firstmile:/*"]))
    await publish(sam, service, a_content("everywhere", routes=[]))

    assert await shown(alice, HERE) == ["everywhere", "of-both", "of-theirs"]
    assert await shown(alice, OURS) == ["everywhere", "of-both", "of-ours"]
    asked = {"key": "of-ours", "route": OURS}
    told = (await alice.get("/api/v1/guidance/explain", params=asked)).json()
    assert (told["route"], told["verdict"]["holds"]) == (OURS, True)


async def test_a_tour_is_taken_up_on_pages_of_its_kind_alone(
    cast: Cast, sam: Person, service: Service
) -> None:
    alice = await cast.alice()
    words = {"en": {"title": "x"}, "fr": {"title": "x"}}
    steps = [{"key": name, "words": words} for name in ("first", "second")]
    steps[1] |= {"route": "/orders"}
    tour = a_content("a-tour", kind="tour", target=None, href=None, steps=steps, routes=[HERE])
    await publish(sam, service, tour)

    await tell(alice, "shown", "a-tour")
    await tell(alice, "step_shown", "a-tour", step="second")

    assert await shown(alice, "/orders") == ["a-tour"]
    assert await shown(alice, "firstmile:/profile") == []
