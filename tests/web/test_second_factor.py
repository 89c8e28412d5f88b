"""The page of a sign-in that waits for its second factor."""

import pytest
from tests.cast import PASSWORD, Cast
from tests.clock import MovedClock
from tests.identity.conftest import clock, service
from tests.web.owners import DANA, Owner, with_app

__all__ = ["clock", "service"]  # its clock can be put forward

PATH = "/sign-in/second-factor"


@pytest.fixture
async def dana(cast: Cast, clock: MovedClock) -> Owner:
    return await with_app(cast, clock)


async def test_a_code_leads_to_where_one_wanted_to_go(dana: Owner) -> None:
    assert dana.app
    await dana.open("/sign-in")
    dana.client.cookies.clear()
    await dana.open("/sign-in")
    asked = await dana.send("/sign-in", email=DANA, password=PASSWORD, next="/account/sessions")
    page = await dana.open(asked.headers["location"])

    answer = await dana.send(PATH, code=dana.app.next_code(), next="/account/sessions")

    assert 'autocomplete="one-time-code"' in page.text
    assert 'inputmode="numeric"' in page.text
    assert answer.headers["location"] == "/account/sessions"
    assert (await dana.open("/account/sessions")).status_code == 200
    assert "sign-in" not in dana.client.cookies


async def test_until_the_code_nobody_is_signed_in(dana: Owner) -> None:
    await dana.half_in()

    answer = await dana.open("/account/security")

    assert answer.headers["location"] == "/sign-in?next=/account/security"
    assert "session" not in dana.client.cookies


async def test_a_wrong_code_is_told_beside_its_field_and_the_right_one_still_fits(
    dana: Owner,
) -> None:
    assert dana.app
    await dana.half_in()

    wrong = await dana.send(PATH, code=dana.app.wrong_code(), trust="yes")
    right = await dana.send(PATH, code=dana.app.next_code())

    assert wrong.status_code == 401
    assert 'id="code-mistake"' in wrong.text
    assert 'name="trust" value="yes" checked' in wrong.text
    assert right.status_code == 303


async def test_after_too_many_the_page_says_so(dana: Owner) -> None:
    assert dana.app
    await dana.half_in()
    for _ in range(5):
        await dana.send(PATH, code=dana.app.wrong_code())

    answer = await dana.send(PATH, code=dana.app.next_code())

    assert answer.status_code == 429
    assert "Too many tries" in answer.text


async def test_a_recovery_code_is_a_link_away(dana: Owner) -> None:
    assert dana.app
    await dana.half_in()
    page = await dana.open(f"{PATH}?use=recovery-code")

    answer = await dana.send(PATH, code=dana.app.recovery_codes[0], use="recovery-code")

    assert 'inputmode="numeric"' not in page.text
    assert f'href="{PATH}?next=%2Fhome&amp;use=code"' in page.text
    assert answer.headers["location"] == "/home"


async def test_a_ticked_box_spares_the_next_code_on_this_browser(dana: Owner) -> None:
    assert dana.app
    await dana.half_in()
    await dana.send(PATH, code=dana.app.next_code(), trust="yes")
    device = dana.client.cookies["device"]

    dana.client.cookies.clear()
    dana.client.cookies.set("device", device)
    await dana.open("/sign-in")
    answer = await dana.send("/sign-in", email=DANA, password=PASSWORD)

    assert answer.headers["location"] == "/home"


async def test_who_took_too_long_begins_again(dana: Owner, clock: MovedClock) -> None:
    assert dana.app
    await dana.half_in()
    clock.pass_by(minutes=10)

    looked = await dana.open(PATH)
    sent = await dana.send(PATH, code=dana.app.next_code())

    over = "/sign-in?notice=sign-in-expired"
    assert looked.headers["location"] == sent.headers["location"] == over


async def test_nobody_is_led_to_a_place_that_is_not_ours(dana: Owner) -> None:
    assert dana.app
    await dana.half_in()

    answer = await dana.send(PATH, code=dana.app.next_code(), next="//evil.example")

    assert answer.headers["location"] == "/home"
