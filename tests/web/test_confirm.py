"""The page that asks for a credential before a sensitive change."""

import pytest
from tests.cast import PASSWORD, Cast
from tests.clock import MovedClock
from tests.identity.conftest import clock, service
from tests.web.owners import APP, SECURITY, Owner, an_owner, with_app

from firstmile.identity.models import NO_PASSWORD
from firstmile.kernel.database import Connection

__all__ = ["clock", "service"]  # its clock can be put forward

CONFIRM = "/confirm?next=%2Faccount%2Fsecurity%2Fapp"


@pytest.fixture
async def dana(cast: Cast, clock: MovedClock) -> Owner:
    """Dana, who signed in a while ago."""
    owner = await an_owner(cast)
    clock.pass_by(minutes=11)
    return owner


@pytest.mark.asvs("7.5.1", "7.2.4")
async def test_the_password_opens_the_way_to_the_change(dana: Owner) -> None:
    before = dana.client.cookies["session"]
    sent = await dana.send(APP)
    await dana.open(CONFIRM)

    answer = await dana.send("/confirm", password=PASSWORD, next=APP)

    assert sent.headers["location"] == CONFIRM
    assert answer.headers["location"] == APP
    assert dana.client.cookies["session"] != before
    assert (await dana.open(APP)).status_code == 200


async def test_who_was_asked_lately_is_not_asked_again(dana: Owner, clock: MovedClock) -> None:
    await dana.send("/confirm", password=PASSWORD, next=APP)
    clock.pass_by(minutes=9)

    assert (await dana.open(CONFIRM)).headers["location"] == APP


async def test_a_wrong_password_is_told_beside_its_field(dana: Owner) -> None:
    wrong = await dana.send("/confirm", password="not the password", next=APP)
    empty = await dana.send("/confirm", password="", next=APP)

    assert (wrong.status_code, empty.status_code) == (401, 422)
    for page in (wrong, empty):
        assert 'id="password-mistake"' in page.text
        assert f'name="next" value="{APP}"' in page.text


async def test_who_has_an_app_is_asked_for_its_code(cast: Cast, clock: MovedClock) -> None:
    dana = await with_app(cast, clock)
    assert dana.app
    clock.pass_by(minutes=11)
    page = await dana.open(CONFIRM)

    by_password = await dana.send("/confirm", password=PASSWORD, next=SECURITY)
    wrong = await dana.send("/confirm", code=dana.app.wrong_code(), next=SECURITY)
    right = await dana.send("/confirm", code=dana.app.next_code(), next=SECURITY)

    assert 'name="password"' not in page.text
    assert by_password.status_code == wrong.status_code == 401
    assert right.headers["location"] == SECURITY


async def test_who_has_no_password_signs_in_again(dana: Owner, db: Connection) -> None:
    await db.execute("UPDATE users SET password_hash = $1", NO_PASSWORD)

    page = await dana.open(CONFIRM)

    assert "Sign in again" in page.text
    assert 'name="password"' not in page.text


async def test_a_visitor_signs_in_first(dana: Owner) -> None:
    dana.client.cookies.clear()

    assert (await dana.open("/confirm")).headers["location"].startswith("/sign-in?next=/confirm")


@pytest.mark.parametrize("place", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_nobody_is_led_to_a_place_that_is_not_ours(dana: Owner, place: str) -> None:
    answer = await dana.send("/confirm", password=PASSWORD, next=place)

    assert answer.headers["location"] == SECURITY
