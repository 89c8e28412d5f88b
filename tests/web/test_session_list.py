"""The page of one's sessions."""

import re

from tests.cast import PASSWORD, Cast
from tests.clock import MovedClock
from tests.identity.conftest import clock, service
from tests.web.owners import DANA, Owner, an_owner

__all__ = ["clock", "service"]  # its clock can be put forward

PATH = "/account/sessions"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def with_firefox(cast: Cast) -> Owner:
    """Dana, who is also signed in at a Firefox, where she asked to be kept so."""
    owner = await an_owner(cast)
    kept = dict(owner.client.cookies)
    owner.client.cookies.clear()
    body = {"email": DANA, "password": PASSWORD, "rememberMe": True}
    await owner.client.post("/api/v1/auth/login", json=body, headers={"user-agent": FIREFOX})
    owner.client.cookies.clear()
    owner.client.cookies.update(kept)
    return owner


def ends(page: str) -> list[str]:
    """Where the buttons lead that end a session, in the order of the page."""
    return re.findall(rf'action="({PATH}/[0-9a-f-]{{36}}/end)"', page)


async def test_every_session_is_shown_with_its_device_and_the_present_one_first(
    cast: Cast,
) -> None:
    dana = await with_firefox(cast)

    page = (await dana.open(PATH)).text

    assert page.index("python-httpx") < page.index("Firefox on Windows")
    assert page.index("This session") < page.index("Firefox on Windows")
    assert "Kept signed in" in page
    assert "127.0.0.0/24" in page
    assert "with: a password" in page
    assert len(ends(page)) == 2


async def test_times_are_told_in_words_and_in_the_language_of_the_person(
    cast: Cast, clock: MovedClock
) -> None:
    dana = await with_firefox(cast)
    clock.pass_by(minutes=12)

    english = (await dana.open(f"{PATH}?lang=en")).text
    french = (await dana.open(f"{PATH}?lang=fr")).text

    assert "12 minutes ago" in english
    assert "il y a 12 minutes" in french


async def test_another_session_is_ended(cast: Cast) -> None:
    dana = await with_firefox(cast)
    _, of_firefox = ends((await dana.open(PATH)).text)

    answer = await dana.send(of_firefox)
    again = await dana.send(of_firefox)

    assert answer.headers["location"] == f"{PATH}?notice=session-ended"
    assert again.headers["location"] == PATH
    assert "Firefox" not in (await dana.open(PATH)).text


async def test_ending_the_present_one_is_signing_out(cast: Cast) -> None:
    dana = await an_owner(cast)
    (own,) = ends((await dana.open(PATH)).text)

    answer = await dana.send(own)

    assert answer.headers["location"] == "/sign-in?notice=signed-out"
    assert (await dana.open(PATH)).status_code == 303


async def test_all_others_are_ended_at_once(cast: Cast) -> None:
    dana = await with_firefox(cast)

    answer = await dana.send(f"{PATH}/end-others")

    assert answer.headers["location"] == f"{PATH}?notice=sessions-ended"
    assert "You are signed in nowhere else." in (await dana.open(PATH)).text


async def test_who_has_rested_confirms_first(cast: Cast, clock: MovedClock) -> None:
    dana = await with_firefox(cast)
    own, of_firefox = ends((await dana.open(PATH)).text)
    clock.pass_by(minutes=11)

    for path in (of_firefox, f"{PATH}/end-others"):
        assert (await dana.send(path)).headers["location"] == "/confirm?next=%2Faccount%2Fsessions"
    assert (await dana.send(own)).headers["location"] == "/sign-in?notice=signed-out"
