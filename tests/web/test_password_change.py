"""The page of another password."""

import httpx
import pytest
from tests.cast import PASSWORD, Cast
from tests.clock import MovedClock
from tests.identity.conftest import clock, service
from tests.web.browsing import Browser

from firstmile.identity.models import NO_PASSWORD
from firstmile.kernel.database import Connection

__all__ = ["clock", "service"]  # its clock can be put forward

PATH = "/account/password"
NEXT = "quite another 7 words"


@pytest.fixture
async def dana(cast: Cast, client: httpx.AsyncClient) -> Browser:
    """Dana, who signed in at her browser a while ago."""
    await cast.a_user("Dana").registered()
    browser = Browser(client)
    await browser.sign_in("dana@example.org")
    return browser


async def test_the_person_stays_signed_in_with_the_new_password(
    dana: Browser, clock: MovedClock
) -> None:
    clock.pass_by(minutes=11)
    before = dana.client.cookies["session"]
    await dana.open(PATH)

    answer = await dana.send(PATH, currentPassword=PASSWORD, newPassword=NEXT)

    assert answer.headers["location"] == "/account/security?notice=password-changed"
    assert dana.client.cookies["session"] != before
    assert (await dana.open("/account/security")).status_code == 200
    assert (await dana.sign_in("dana@example.org", NEXT)).headers["location"] == "/home"


async def test_the_present_one_is_asked_for_unless_it_was_shown_lately(
    dana: Browser, clock: MovedClock
) -> None:
    fresh = await dana.open(PATH)
    clock.pass_by(minutes=11)
    late = await dana.open(PATH)
    sent = await dana.send(PATH, newPassword=NEXT)

    assert 'name="currentPassword"' not in fresh.text
    assert 'name="currentPassword"' in late.text
    assert sent.headers["location"] == "/confirm?next=%2Faccount%2Fpassword"


async def test_mistakes_stand_beside_their_fields_and_no_password_comes_back(
    dana: Browser, clock: MovedClock
) -> None:
    clock.pass_by(minutes=11)

    wrong = await dana.send(PATH, currentPassword="not this one 5", newPassword=NEXT)
    poor = await dana.send(PATH, currentPassword=PASSWORD, newPassword="password")

    assert (wrong.status_code, poor.status_code) == (422, 422)
    assert 'id="currentPassword-mistake"' in wrong.text
    assert 'id="newPassword-mistake"' in poor.text
    assert not [one for one in (PASSWORD, NEXT, "not this one 5") if one in wrong.text + poor.text]


async def test_an_account_without_one_shows_another_credential_first(
    dana: Browser, clock: MovedClock, db: Connection
) -> None:
    await db.execute("UPDATE users SET password_hash = $1", NO_PASSWORD)

    fresh = await dana.open(PATH)
    clock.pass_by(minutes=11)
    late = await dana.open(PATH)

    assert "Choose a password" in fresh.text
    assert late.headers["location"] == "/confirm?next=%2Faccount%2Fpassword"
