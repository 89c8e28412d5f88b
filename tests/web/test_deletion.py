"""The pages of the end of an account."""

import httpx
import pytest
from tests.cast import Cast
from tests.clock import MovedClock
from tests.identity.conftest import clock, service
from tests.web.browsing import Browser

__all__ = ["clock", "service"]  # its clock can be put forward

PATH = "/account/deletion"


@pytest.fixture
async def dana(cast: Cast, client: httpx.AsyncClient) -> Browser:
    """Dana, signed in at her browser."""
    await cast.a_user("Dana").registered()
    browser = Browser(client)
    await browser.sign_in("dana@example.org")
    return browser


async def test_who_deletes_their_account_is_asked_when_they_come_back(dana: Browser) -> None:
    page = await dana.open(PATH)
    gone = await dana.send(PATH)
    back = await dana.sign_in("dana@example.org")

    assert "Delete your account?" in page.text
    assert gone.headers["location"] == "/sign-in?notice=deletion-asked"
    assert back.headers["location"] == f"{PATH}/pending?next=%2Fhome"
    asked = await dana.open(back.headers["location"])
    assert "Do you want to keep it?" in asked.text
    assert 'href="/home"' in asked.text


async def test_every_page_says_it_until_it_is_kept(dana: Browser) -> None:
    await dana.send(PATH)
    await dana.sign_in("dana@example.org")
    words = "Your account will be deleted on"

    before = await dana.open("/onboarding")
    kept = await dana.send(f"{PATH}/keep", next="/onboarding")
    after = await dana.open(kept.headers["location"])

    assert words in before.text
    assert kept.headers["location"] == "/onboarding?notice=account-kept"
    assert words not in after.text
    assert "Your account stays." in after.text


@pytest.mark.parametrize("goal", ["https://evil.example", "//evil.example", "/\\evil.example"])
async def test_keeping_it_leads_nowhere_else(dana: Browser, goal: str) -> None:
    await dana.send(PATH)
    await dana.sign_in("dana@example.org")

    page = await dana.open(f"{PATH}/pending?next={goal}")
    kept = await dana.send(f"{PATH}/keep", next=goal)

    assert 'name="next" value="/home"' in page.text
    assert '<a href="/home">' in page.text
    assert kept.headers["location"].startswith("/account/address?")


async def test_who_is_not_leaving_is_not_asked(dana: Browser) -> None:
    answer = await dana.open(f"{PATH}/pending?next=/onboarding")

    assert answer.headers["location"] == "/onboarding"


async def test_an_only_owner_is_told_which_projects_wait(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    alice = await cast.alice()
    project = await cast.project_of(alice)
    await cast.bob(project)
    browser = Browser(client)
    await browser.sign_in(alice.email)

    pages = [await browser.open(PATH), await browser.send(PATH)]

    assert [page.status_code for page in pages] == [200, 409]
    for page in pages:
        assert f"/projects/{project}/transfer" in page.text
        assert "Delete my account" not in page.text


async def test_a_project_that_goes_along_is_named(cast: Cast, client: httpx.AsyncClient) -> None:
    alice = await cast.alice()
    browser = Browser(client)
    await browser.sign_in(alice.email)

    assert "nobody else is in it: Acme." in (await browser.open(PATH)).text


@pytest.mark.parametrize("send", [True, False], ids=["the form is sent", "the page is opened"])
async def test_a_credential_is_asked_for_first(
    dana: Browser, clock: MovedClock, send: bool
) -> None:
    clock.pass_by(minutes=11)

    answer = await (dana.send(PATH) if send else dana.open(PATH))

    assert answer.headers["location"] == "/confirm?next=%2Faccount%2Fdeletion"
