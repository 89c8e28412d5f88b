"""The pages of a project: what each role finds there, and what its forms do without script."""

import re

import pytest
from tests.cast import Cast
from tests.identity.teams import a_team, told
from tests.onboarding.journeys import a_step
from tests.onboarding.test_actions import define
from tests.onboarding.test_sharing import shared
from tests.web.project_browser import ZOE, Browser, browser, place

from firstmile.identity.models import Role
from firstmile.service import Service

__all__ = ["browser"]


TABS = {
    Role.OWNER: ["Overview", "Members", "Invitations", "API keys", "Settings"],
    Role.ADMIN: ["Overview", "Members", "Invitations", "API keys", "Settings"],
    Role.MEMBER: ["Overview", "Members", "Settings"],
    Role.VIEWER: ["Overview", "Members", "Settings"],
}


@pytest.mark.parametrize("role", Role)
async def test_a_member_sees_the_tabs_that_open_to_them(
    role: Role, cast: Cast, browser: Browser
) -> None:
    team = await a_team(cast)
    await browser.sign_in(team.people[role].name)

    await browser.open(place(team))

    tabs = browser.text.partition('class="tabs"')[2].partition("</nav>")[0]
    assert re.findall(r">([^<>]+)</a>", tabs) == TABS[role]
    for path in re.findall(r'href="(/projects[^"]*)"', tabs):
        assert (await browser.open(path)).page.status_code == 200


async def test_a_strangers_project_is_no_page(cast: Cast, browser: Browser) -> None:
    team = await a_team(cast)
    await cast.a_user("Charlie").registered()
    await browser.sign_in("Charlie")

    await browser.open(place(team, "/members"))

    assert browser.page.status_code == 404
    assert "Acme" not in browser.text


async def test_who_is_not_signed_in_is_asked_to(cast: Cast, browser: Browser) -> None:
    team = await a_team(cast)

    await browser.open(place(team))

    assert browser.at == "/sign-in"


async def test_a_project_is_begun_and_somebody_invited(cast: Cast, browser: Browser) -> None:
    await cast.a_user("Dana").registered()
    await browser.sign_in("Dana")

    await (await browser.open("/projects/new")).send("/projects/new", name="")
    assert (browser.page.status_code, "Give your project a name." in browser.text) == (422, True)
    await browser.send("/projects/new", name="Initech")
    assert "Your project is there." in browser.text
    here = browser.at
    await (await browser.open(f"{here}/invitations")).send(
        f"{here}/invitations", email=ZOE, role="viewer"
    )

    assert "The invitation is on its way." in browser.text
    assert ZOE in browser.text
    assert len(await cast.mails(ZOE)) == 1


async def test_a_role_is_changed_and_a_member_removed(cast: Cast, browser: Browser) -> None:
    team = await a_team(cast)
    await browser.sign_in("Alice")
    await browser.open(place(team, "/members"))

    await browser.send(place(team, f"/members/{team.bob.id}/role"), role="admin")
    assert "The role is changed" in browser.text
    await browser.open(place(team, f"/members/{team.adam.id}/remove"))
    assert "Remove Adam Example?" in browser.text
    await browser.send(place(team, f"/members/{team.adam.id}/remove"))

    assert "They are no longer part of the project." in browser.text
    assert await team.roles() == {"Alice": "owner", "Bob": "admin", "Vera": "viewer"}


async def test_an_admin_is_offered_no_role_above_members(cast: Cast, browser: Browser) -> None:
    team = await a_team(cast)
    await browser.sign_in("Adam")

    await browser.open(place(team, "/members"))

    assert set(re.findall(r'<option value="(\w+)"', browser.text)) == {"member", "viewer"}
    await browser.send(place(team, f"/members/{team.bob.id}/role"), role="owner")
    assert browser.page.status_code == 403
    assert "Your role does not allow this with that role." in browser.text


async def test_the_last_owner_is_told_what_to_do_instead_of_leaving(
    cast: Cast, browser: Browser
) -> None:
    team = await a_team(cast)
    await browser.sign_in("Alice")

    await browser.open(place(team, "/leave"))

    assert "You are its only owner" in browser.text
    await browser.send(place(team, "/leave"))
    assert browser.page.status_code == 409
    await browser.send(place(team, "/transfer"), userId=str(team.bob.id))
    assert "The project has another owner." in browser.text
    await (await browser.open(place(team, "/leave"))).send(place(team, "/leave"))
    assert await team.roles() == {"Bob": "owner", "Adam": "admin", "Vera": "viewer"}


async def test_a_project_is_deleted_and_restored(cast: Cast, browser: Browser) -> None:
    team = await a_team(cast)
    await browser.sign_in("Alice")

    await (await browser.open(place(team, "/delete"))).send(place(team, "/delete"))
    assert browser.at == place(team)
    assert "This project was deleted." in browser.text
    await browser.open(place(team, "/members"))
    assert browser.page.status_code == 409
    await (await browser.open(place(team))).send(place(team, "/restore"))

    assert "The project is open again." in browser.text


async def test_a_key_is_made_shown_once_and_revoked(cast: Cast, browser: Browser) -> None:
    team = await a_team(cast)
    await browser.sign_in("Alice")
    await browser.open(place(team, "/keys"))
    assert "No API key yet" in browser.text

    await (await browser.open(place(team, "/keys/new"))).send(
        place(team, "/keys/new"), name="Robot", life="90"
    )
    assert "Choose what the key may do." in browser.text
    await browser.send(
        place(team, "/keys/new"), name="Robot", life="90", **{"scope.project.read": "on"}
    )
    (key,) = re.findall(r"fmk_\w{8}_[\w-]{43}_\w{6}", browser.text)
    headers = {"authorization": f"Bearer {key}"}
    assert (await cast.client.get(team.path, headers=headers)).status_code == 200

    await browser.open(place(team, "/keys"))
    assert key not in browser.text
    assert key[:12] in browser.text
    (revoke,) = re.findall(r'href="([^"]+/revoke)"', browser.text)
    await (await browser.open(revoke)).send(revoke)
    assert "The key is revoked." in browser.text
    answer = await cast.client.get(team.path, headers=headers)
    assert told(answer) == (401, "invalid_api_key")


async def test_home_leads_to_the_projects(cast: Cast, browser: Browser) -> None:
    team = await a_team(cast)
    async with cast.service.works.begin() as work:
        await work.db.execute("UPDATE journeys SET activated_at = now()")
    await browser.sign_in("Alice")

    await browser.open("/home")

    assert f'href="{place(team)}"' in browser.text
    assert 'href="/projects/new"' in browser.text


async def test_members_do_the_steps_of_a_project_from_its_page(
    cast: Cast, service: Service, browser: Browser
) -> None:
    team = await a_team(cast)
    await define(service, shared("bank"))
    await browser.sign_in("Bob")
    assert "Set-up of the project" in (await browser.open(place(team))).text
    assert f"/onboarding/bank?project={team.project}" in browser.text

    await browser.open(f"/onboarding/bank?project={team.project}")
    await browser.send(f"/onboarding/bank?project={team.project}", rowVersion="0")

    assert browser.at == place(team)
    assert "Done by Bob Example on" in browser.text
    await define(service, a_step("tour"))
    assert "Set-up of the project" not in (await browser.open(place(team))).text


async def test_a_shared_step_without_a_project_leads_to_one(
    cast: Cast, service: Service, browser: Browser
) -> None:
    await cast.dana()
    await define(service, shared("bank"))
    await browser.sign_in("Dana")

    await browser.open("/onboarding/bank")

    assert browser.page.status_code == 409
    assert 'href="/projects/new"' in browser.text
