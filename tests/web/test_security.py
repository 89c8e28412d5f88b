"""The page of how one signs in."""

from tests.cast import Cast
from tests.clock import MovedClock
from tests.identity.conftest import clock, service
from tests.web.owners import DANA, SECURITY, an_owner, with_app

__all__ = ["clock", "service"]  # its clock can be put forward


async def test_without_a_second_factor_nothing_is_said_of_codes_and_trust(cast: Cast) -> None:
    dana = await an_owner(cast)

    page = (await dana.open(SECURITY)).text

    assert "Signing in takes one step." in page
    assert "Recovery codes" not in page
    assert "Trusted browsers" not in page


async def test_when_few_codes_are_left_the_page_says_so(cast: Cast, clock: MovedClock) -> None:
    dana = await with_app(cast, clock)
    assert dana.app
    said = {}
    for left in range(9, -1, -1):
        await dana.half_in()
        await dana.send("/sign-in/second-factor", code=dana.app.recovery_codes.pop())
        said[left] = (await dana.open(SECURITY)).text

    assert "recovery codes are left" not in said[4]
    assert "Only 3 recovery codes are left." in said[3]
    assert "Only 1 recovery code is left." in said[1]
    assert "No recovery code is left." in said[0]


async def test_a_browser_is_trusted_until_it_is_forgotten(cast: Cast, clock: MovedClock) -> None:
    dana = await with_app(cast, clock)
    assert dana.app
    await dana.half_in()
    await dana.send("/sign-in/second-factor", code=dana.app.next_code(), trust="yes")
    before = (await dana.open(SECURITY)).text

    answer = await dana.send(f"{SECURITY}/trusted/forget")

    assert "1 browser is not asked for the second step." in before
    assert answer.headers["location"] == f"{SECURITY}?notice=devices-forgotten"
    assert "Every browser is asked" in (await dana.open(SECURITY)).text


async def test_what_happened_lately_is_told_the_newest_first(cast: Cast, clock: MovedClock) -> None:
    dana = await with_app(cast, clock)

    page = (await dana.open(SECURITY)).text

    added, signed_in = page.index("Authenticator app added"), page.index("Signed in:")
    assert added < signed_in
    assert "just now" in page


async def test_a_visitor_is_shown_the_way_in(cast: Cast) -> None:
    dana = await an_owner(cast)
    dana.client.cookies.clear()

    assert (await dana.open(SECURITY)).headers["location"] == f"/sign-in?next={SECURITY}"
    assert (await dana.sign_in(DANA)).status_code == 303
