"""A page of an application and one of Firstmile's own are two places, also with the same path."""

import pytest
from tests.cast import Cast, Person
from tests.guidance.writing import a_content, publish, tell

from firstmile.guidance.places import fitting
from firstmile.service import Service

STATE = "/api/v1/embed/state"
HERE, OURS = "/home", "firstmile:/home"


@pytest.mark.parametrize(
    ("pattern", "place", "is_there"),
    [
        ("/projects/*", "/projects", True),
        ("/projects/*", "/projects/7/keys", True),
        ("/projects/*", "/projectsx", False),
        ("/projects/:id/keys", "/projects/7/keys", True),
        ("/projects/:id/keys", "/projects/7/8/keys", False),
        ("/a-b/*.pdf", "/a-b/c/d.pdf", True),
        ("/*", "/\ud800", True),
        ("/*-*-*-*-*-*-*-*x", "/" + "-" * 1999, False),
        ("/:a-:b-:c-:d-:e-:f-x", "/" + "-" * 1999, False),
        ("/*a*:b*a*:c*z", "/" + "a" * 1999, False),
    ],
)
def test_a_pattern_is_read_in_one_go_whatever_path_a_visitor_chooses(
    pattern: str, place: str, is_there: bool
) -> None:
    """Where places were tried again and again, one of 300 characters took half a minute."""
    assert fitting([pattern])(place) is is_there


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
