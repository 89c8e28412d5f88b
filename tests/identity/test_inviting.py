"""Who invites may send again and take back, within their own role and without pestering."""

import httpx
import pytest
from tests.cast import Cast, text_of
from tests.clock import MovedClock
from tests.identity.invited import INVALID, ZOE, accepted, registered, waiting
from tests.identity.teams import a_team, ask, told

from firstmile.identity.models import Role
from firstmile.identity.project_mails import unlinked


async def test_the_answer_does_not_tell_whether_the_address_has_an_account(cast: Cast) -> None:
    team = await a_team(cast)
    await cast.a_user("Zoe").registered()

    known, unknown = await team.invite(ZOE), await team.invite("yan@example.org")

    def shape(answer: httpx.Response) -> dict[str, object]:
        return {
            name: value
            for name, value in answer.json().items()
            if name not in ("id", "email", "sentAt", "expiresAt")
        }

    assert known.status_code == unknown.status_code == 201
    assert shape(known) == shape(unknown)
    assert {one["email"] for one in await waiting(team)} == {ZOE, "yan@example.org"}


async def test_the_mail_speaks_the_language_of_who_is_invited(cast: Cast) -> None:
    team = await a_team(cast)
    await cast.a_user("Zoe").speaking("fr").registered()

    await team.invite(ZOE)
    await team.invite("yan@example.org")

    french, english = [
        next(text_of(mail) for mail in await cast.mails(to) if "Acme" in str(mail["Subject"]))
        for to in (ZOE, "yan@example.org")
    ]
    assert "Alice Example vous invite" in french
    assert "Alice Example invites you to the project “Acme”" in english
    assert "/accept-invitation?token=" in english


async def test_sending_again_replaces_the_link(cast: Cast) -> None:
    team = await a_team(cast)
    zoe = await cast.a_user("Zoe").signed_in()
    old = await team.invited(ZOE)
    invitation = (await waiting(team))[0]

    answer = await team.adam.post(f"{team.path}/invitations/{invitation['id']}/resend")
    new = await cast.token_for(ZOE)

    assert answer.json()["id"] == invitation["id"]
    assert new != old
    assert told(await accepted(zoe, old)) == INVALID
    assert (await accepted(zoe, new)).status_code == 200


async def test_inviting_again_replaces_the_invitation(cast: Cast) -> None:
    team = await a_team(cast)
    zoe = await cast.a_user("Zoe").signed_in()
    old = await team.invited(ZOE, Role.VIEWER)

    new = await team.invited(ZOE, Role.MEMBER)

    assert [one["role"] for one in await waiting(team)] == ["member"]
    assert told(await accepted(zoe, old)) == INVALID
    assert (await accepted(zoe, new)).json()["role"] == "member"


async def test_an_invitation_that_was_taken_back_opens_nothing(cast: Cast) -> None:
    team = await a_team(cast)
    token = await team.invited(ZOE)
    path = f"{team.path}/invitations/{(await waiting(team))[0]['id']}"

    first = await ask(team.adam, "DELETE", path)
    again = await ask(team.adam, "DELETE", path)

    assert first.status_code == 204
    assert told(again) == (404, "not_found")
    assert told(await registered(cast, token)) == INVALID


async def test_an_invitation_of_another_project_is_not_there(cast: Cast) -> None:
    team = await a_team(cast)
    await team.invite(ZOE)
    invitation = (await waiting(team))[0]
    charlie = await cast.a_user("Charlie").owning("Globex").signed_in()
    path = f"/api/v1/projects/{await cast.project_of(charlie)}/invitations/{invitation['id']}"

    answers = [await ask(charlie, "DELETE", path), await charlie.post(f"{path}/resend")]

    assert [told(answer) for answer in answers] == [(404, "not_found")] * 2
    assert len(await waiting(team)) == 1


async def test_a_member_is_not_invited(cast: Cast) -> None:
    team = await a_team(cast)

    assert told(await team.invite("BOB@example.org")) == (409, "already_member")


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
async def test_an_admin_cannot_invite_above_themselves(role: Role, cast: Cast) -> None:
    team = await a_team(cast)

    answer = await team.invite(ZOE, role, by=team.adam)

    assert told(answer) == (403, "role_out_of_reach")
    assert await cast.mails(ZOE) == []


async def test_an_admin_cannot_send_an_owners_invitation_again(cast: Cast) -> None:
    team = await a_team(cast)
    await team.invite(ZOE, Role.OWNER)
    invitation = (await waiting(team))[0]

    answer = await team.adam.post(f"{team.path}/invitations/{invitation['id']}/resend")

    assert told(answer) == (403, "role_out_of_reach")


@pytest.mark.asvs("2.4.1")
async def test_an_address_is_not_pestered(cast: Cast) -> None:
    team = await a_team(cast)
    answers = []
    for _ in range(4):
        answers.append(await team.invite(ZOE))
        await ask(team.alice, "DELETE", f"{team.path}/invitations/{answers[-1].json()['id']}")
    answers += [await team.invite(ZOE), await team.invite(ZOE)]

    assert [answer.status_code for answer in answers] == [201] * 5 + [429]
    assert len(await cast.mails(ZOE)) == 5


async def test_an_expired_invitation_can_be_sent_again(cast: Cast, clock: MovedClock) -> None:
    team = await a_team(cast)
    await team.invite(ZOE)
    await cast.work_off()  # or both would be sent at once, in any order
    clock.pass_by(days=8)
    adam = await cast.sign_in("Adam")
    listed = await adam.get(f"{team.path}/invitations")
    invitation = listed.json()["items"][0]

    answer = await adam.post(f"{team.path}/invitations/{invitation['id']}/resend")

    assert answer.status_code == 200
    assert (await registered(cast, await cast.token_for(ZOE))).status_code == 200


async def test_a_deleted_project_invites_nobody(cast: Cast) -> None:
    team = await a_team(cast)
    token = await team.invited(ZOE)

    await team.delete()

    assert told(await registered(cast, token)) == INVALID


def test_a_name_in_a_mail_is_no_address() -> None:
    """Whoever names a project chooses words that stand in a mail from us."""
    name = unlinked("Pay at https://evil.example/now or ask a@b.example")

    assert not {".", "/", ":", "@"} & set(name)
    assert unlinked("Acme & Co") == "Acme & Co"
