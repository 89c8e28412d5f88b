"""The pages of one's address: another one, its confirmation, and the way back."""

import httpx
import pytest
from tests.cast import Cast, text_of
from tests.clock import MovedClock
from tests.identity.conftest import clock, service
from tests.web.browsing import Browser

__all__ = ["clock", "service"]  # its clock can be put forward

OLD, NEW = "dana@example.org", "new@example.org"


@pytest.fixture
async def dana(cast: Cast, client: httpx.AsyncClient) -> Browser:
    """Dana, signed in at her browser."""
    await cast.a_user("Dana").registered()
    browser = Browser(client)
    await browser.sign_in(OLD)
    return browser


async def link(cast: Cast, to: str, page: str) -> str:
    for mail in await cast.mails(to):
        if f"/{page}?token=" in text_of(mail):
            return f"/{page}?token=" + text_of(mail).split("token=")[1].split()[0]
    raise AssertionError(f"no link to {page} for {to}")


async def asked(dana: Browser) -> None:
    answer = await dana.send("/account/address/change", email=NEW)
    assert answer.headers["location"] == "/account/address?notice=address-asked"


async def test_the_new_address_is_confirmed_by_a_button(dana: Browser, cast: Cast) -> None:
    await asked(dana)
    waiting = await dana.open("/account/address")
    path = await link(cast, NEW, "confirm-email")

    for _ in range(2):
        assert f"sign in with {NEW}" in (await dana.open(path)).text
    done = await dana.send("/confirm-email", token=path.partition("=")[2])

    assert NEW in waiting.text
    assert "Not confirmed yet" in waiting.text
    assert done.headers["location"] == "/account/address?notice=address-changed"
    page = await dana.open("/account/address")
    assert NEW in page.text
    assert OLD not in page.text


async def test_a_visitor_who_confirms_signs_in_with_it(
    dana: Browser, cast: Cast, client: httpx.AsyncClient
) -> None:
    await asked(dana)
    path = await link(cast, NEW, "confirm-email")
    client.cookies.clear()
    await dana.open(path)

    done = await dana.send("/confirm-email", token=path.partition("=")[2])

    assert done.headers["location"] == "/sign-in?notice=address-changed"
    assert f'value="{NEW}"' in (await dana.open("/sign-in")).text


async def test_a_used_link_says_so(dana: Browser, cast: Cast) -> None:
    await asked(dana)
    path = await link(cast, NEW, "confirm-email")
    token = path.partition("=")[2]
    await dana.send("/confirm-email", token=token)

    answers = [await dana.open(path), await dana.send("/confirm-email", token=token)]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert all("This link no longer works" in answer.text for answer in answers)


async def test_an_address_that_is_taken_meanwhile_is_told(
    dana: Browser, cast: Cast, client: httpx.AsyncClient
) -> None:
    await asked(dana)
    path = await link(cast, NEW, "confirm-email")
    hers = httpx.Cookies(client.cookies)
    client.cookies.clear()
    await cast.a_user("New").unverified().registered()
    client.cookies = hers

    answer = await dana.send("/confirm-email", token=path.partition("=")[2])

    assert answer.status_code == 409
    assert "This address is taken" in answer.text
    assert OLD in (await dana.open("/account/address")).text


async def test_the_former_address_takes_it_back_and_sets_a_password(
    dana: Browser, cast: Cast
) -> None:
    await asked(dana)
    confirm = await link(cast, NEW, "confirm-email")
    await dana.send("/confirm-email", token=confirm.partition("=")[2])
    path = await link(cast, OLD, "revert-email")

    page = await dana.open(path)
    answer = await dana.send("/revert-email", token=path.partition("=")[2])

    assert OLD in page.text
    assert NEW in page.text
    goal = answer.headers["location"]
    assert goal.startswith("/reset-password?notice=address-reverted&token=")
    await dana.open(goal)
    token = goal.partition("token=")[2]
    await dana.send("/reset-password", token=token, password="quite another 7 words")
    answer = await dana.sign_in(OLD, "quite another 7 words")
    assert answer.headers["location"] == "/home"


async def test_a_change_is_cancelled_by_a_button(dana: Browser) -> None:
    await asked(dana)

    answer = await dana.send("/account/address/cancel")

    assert answer.headers["location"] == "/account/address?notice=address-cancelled"
    assert NEW not in (await dana.open("/account/address")).text


async def test_what_is_no_address_is_said_beside_the_field(dana: Browser) -> None:
    answer = await dana.send("/account/address/change", email="no address")

    assert answer.status_code == 422
    assert 'id="email-mistake"' in answer.text
    assert 'value="no address"' in answer.text


@pytest.mark.parametrize("send", [True, False], ids=["the form is sent", "the page is opened"])
async def test_a_credential_is_asked_for_first(
    dana: Browser, clock: MovedClock, send: bool
) -> None:
    clock.pass_by(minutes=11)
    path = "/account/address/change"

    answer = await (dana.send(path, email=NEW) if send else dana.open(path))

    assert answer.status_code == 303
    assert answer.headers["location"] == "/confirm?next=%2Faccount%2Faddress%2Fchange"


@pytest.mark.parametrize("page", ["confirm-email", "revert-email"])
async def test_a_link_that_is_none_has_a_way_on(client: httpx.AsyncClient, page: str) -> None:
    answer = await Browser(client).open(f"/{page}?token=nothing")

    assert answer.status_code == 400
    assert "This link no longer works" in answer.text
