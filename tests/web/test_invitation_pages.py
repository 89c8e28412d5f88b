"""The page an invitation leads to lets in whom it was sent to, and nobody else."""

import re
from html import unescape

import pytest
from tests.cast import PASSWORD, Cast
from tests.identity.teams import a_team
from tests.web.project_browser import ZOE, Browser, browser, place

__all__ = ["browser"]


async def test_an_invitation_makes_an_account_and_signs_in(cast: Cast, browser: Browser) -> None:
    team = await a_team(cast)
    token = await team.invited(ZOE)

    await browser.open(f"/accept-invitation?token={token}")
    await browser.open(f"/accept-invitation?token={token}")  # looking uses nothing up
    assert "Join Acme" in browser.text
    await browser.send(
        "/accept-invitation/new", token=token, firstName="Zoe", lastName="", password="password"
    )
    assert browser.page.status_code == 422
    assert "Tell us your last name." in browser.text
    await browser.send(
        "/accept-invitation/new", token=token, firstName="Zoe", lastName="Zeta", password=PASSWORD
    )

    assert "You are part of the project now." in browser.text
    assert browser.at == place(team)


async def test_an_invited_person_with_an_account_signs_in_first(
    cast: Cast, browser: Browser
) -> None:
    team = await a_team(cast)
    await cast.a_user("Zoe").registered()
    token = await team.invited(ZOE)

    await browser.open(f"/accept-invitation?token={token}")
    assert 'name="password"' not in browser.text
    (sign_in,) = re.findall(r'class="button button-wide" href="([^"]+)"', browser.text)
    await browser.open(sign_in)
    goal = re.findall(r'name="next" value="([^"]+)"', browser.text)[0]
    await browser.send("/sign-in", email=ZOE, password=PASSWORD, next=goal)
    assert browser.at == "/accept-invitation"
    await browser.send("/accept-invitation", token=token)

    assert "You are part of the project now." in browser.text
    assert (await team.roles())["Zoe"] == "member"


async def test_a_button_pressed_twice_leads_to_the_project(cast: Cast, browser: Browser) -> None:
    team = await a_team(cast)
    await cast.a_user("Zoe").registered()
    token = await team.invited(ZOE)
    await browser.sign_in("Zoe")
    await (await browser.open(f"/accept-invitation?token={token}")).send(
        "/accept-invitation", token=token
    )

    await browser.send("/accept-invitation", token=token)

    assert browser.at == place(team)


async def test_somebody_else_is_refused_without_being_shown_the_address(
    cast: Cast, browser: Browser
) -> None:
    team = await a_team(cast)
    token = await team.invited(ZOE)
    await browser.sign_in("Bob")

    await browser.open(f"/accept-invitation?token={token}")
    assert "This invitation is for another address" in browser.text
    assert ZOE not in browser.text
    await browser.send("/accept-invitation", token=token)

    assert browser.page.status_code == 403
    assert "This invitation is for another address" in browser.text
    assert ZOE not in browser.text


@pytest.mark.parametrize("token", ["", "nonsense", "é\x00", "x" * 500])
async def test_a_link_that_opens_nothing_says_so(token: str, browser: Browser) -> None:
    page = await browser.client.get("/accept-invitation", params={"token": token})

    assert page.status_code == 400
    assert "This invitation no longer works" in unescape(page.text)
