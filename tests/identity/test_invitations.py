"""Invitations: to one address, once, and no way into somebody's account."""

import httpx
import pytest
from tests.cast import PASSWORD, Cast, Person, text_of
from tests.clock import MovedClock
from tests.identity.racing import ROUNDS, winners
from tests.identity.teams import Team, a_team, ask, told

from firstmile.identity.models import Role
from firstmile.identity.project_mails import unlinked
from firstmile.kernel.database import Connection

ZOE = "zoe@example.org"
INVALID = (400, "token_invalid")


async def accepted(person: Person, token: str) -> httpx.Response:
    return await person.post("/api/v1/invitations/accept", {"token": token})


async def registered(cast: Cast, token: str, **more: str) -> httpx.Response:
    body = {"token": token, "password": PASSWORD, "firstName": "Zoe", "lastName": "Example"}
    answer = await cast.client.post("/api/v1/invitations/register", json=body | more)
    cast.client.cookies.clear()
    return answer


async def waiting(team: Team) -> list[dict[str, str]]:
    answer = await team.alice.get(f"{team.path}/invitations")
    items: list[dict[str, str]] = answer.json()["items"]
    return items


async def test_an_invited_person_with_an_account_joins(cast: Cast) -> None:
    team = await a_team(cast)
    zoe = await cast.a_user("Zoe").signed_in()
    token = await team.invited(ZOE, Role.ADMIN)

    answer = await accepted(zoe, token)

    assert (answer.status_code, answer.json()["role"]) == (200, "admin")
    assert (await team.roles())["Zoe"] == "admin"
    assert await waiting(team) == []


async def test_an_invited_person_without_an_account_gets_one_that_is_confirmed(
    cast: Cast,
) -> None:
    team = await a_team(cast)
    token = await team.invited(ZOE)

    answer = await registered(cast, token)

    body = answer.json()
    assert answer.status_code == 200, body
    assert (body["user"]["email"], body["user"]["emailVerified"]) == (ZOE, True)
    assert body["user"]["roles"] == ["member"]
    headers = {"authorization": f"Bearer {body['accessToken']}"}
    assert (await cast.client.get(team.path, headers=headers)).json()["name"] == "Acme"
    zoe = await cast.sign_in("Zoe")
    assert (await zoe.steps())["verify-email"]["status"] == "done"


@pytest.mark.asvs("6.3.4")
async def test_the_link_opens_no_account_that_is_there(cast: Cast) -> None:
    """It proves the mailbox; whoever the account belongs to has a password and factors."""
    team = await a_team(cast)
    await cast.a_user("Zoe").registered()
    token = await team.invited(ZOE)

    answer = await registered(cast, token, password="another secret for her 7")

    assert told(answer) == (409, "account_exists")
    assert (await cast.sign_in("Zoe")).name == "Zoe"
    assert len(await waiting(team)) == 1


async def test_an_account_that_nobody_confirmed_is_not_taken_over_by_the_link(
    cast: Cast,
) -> None:
    team = await a_team(cast)
    await cast.a_user("Zoe").unverified().registered()
    token = await team.invited(ZOE)

    assert told(await registered(cast, token)) == (409, "account_exists")


@pytest.mark.asvs("8.2.2")
async def test_an_invitation_is_for_its_address_alone(cast: Cast) -> None:
    team = await a_team(cast)
    charlie = await cast.a_user("Charlie").signed_in()
    token = await team.invited(ZOE)

    answer = await accepted(charlie, token)

    assert told(answer) == (403, "invitation_for_other_address")
    assert answer.json()["address"] == "z…@example.org"
    assert ZOE not in answer.text
    zoe = await cast.a_user("Zoe").signed_in()
    assert (await accepted(zoe, token)).status_code == 200


async def test_another_spelling_of_the_address_is_the_same_address(cast: Cast) -> None:
    team = await a_team(cast)
    zoe = await cast.a_user("Zoe").signed_in()
    await team.invite("ZOE@Example.ORG")
    token = await cast.token_for("ZOE@example.org")

    assert (await accepted(zoe, token)).status_code == 200


@pytest.mark.asvs("6.4.1")
async def test_an_invitation_lives_for_seven_days(cast: Cast, clock: MovedClock) -> None:
    team = await a_team(cast)
    token = await team.invited(ZOE)

    clock.pass_by(days=7, seconds=1)

    assert told(await registered(cast, token)) == INVALID


@pytest.mark.asvs("6.4.1")
async def test_an_invitation_is_taken_up_once(cast: Cast) -> None:
    team = await a_team(cast)
    zoe = await cast.a_user("Zoe").signed_in()
    token = await team.invited(ZOE)
    await accepted(zoe, token)
    await team.remove(team.alice, zoe)

    zoe = await cast.sign_in("Zoe")
    assert told(await accepted(zoe, token)) == INVALID


@pytest.mark.asvs("15.4.2")
async def test_of_sixteen_who_accept_at_once_one_joins(
    cast: Cast, clock: MovedClock, db: Connection
) -> None:
    team = await a_team(cast)
    await cast.a_user("Zoe").registered()
    joined = "SELECT count(*) FROM account_events WHERE kind = 'member_joined'"
    others = await db.fetchval(joined)
    for number in ROUNDS:
        clock.pass_by(days=1, minutes=1)  # an address is not written to more often
        team.people[Role.OWNER], zoe = await cast.sign_in("Alice"), await cast.sign_in("Zoe")
        token = await team.invited(ZOE)

        async def accept(_: int, zoe: Person = zoe, token: str = token) -> int:
            return (await accepted(zoe, token)).status_code

        assert await winners(accept) == 1
        assert await db.fetchval(joined) == others + number + 1
        await team.remove(team.alice, zoe)


@pytest.mark.asvs("15.4.2")
async def test_of_sixteen_who_register_with_one_link_one_gets_an_account(
    cast: Cast, db: Connection
) -> None:
    team = await a_team(cast)
    for number in ROUNDS:
        token = await team.invited(f"zoe{number}@example.org")

        async def register(one: int, token: str = token) -> int:
            return (await registered(cast, token, firstName=f"Zoe{one}")).status_code

        assert await winners(register) == 1
        assert await db.fetchval("SELECT count(*) FROM memberships") == 5 + number


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


async def test_somebody_who_joined_meanwhile_does_not_join_again(cast: Cast) -> None:
    team = await a_team(cast)
    token = await team.invited(ZOE, Role.OWNER)
    zoe = await cast.a_user("Zoe").joining(team.project).signed_in()

    assert told(await accepted(zoe, token)) == (409, "already_member")
    assert (await team.roles())["Zoe"] == "member"


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


async def test_a_weak_password_uses_nothing_up(cast: Cast) -> None:
    team = await a_team(cast)
    token = await team.invited(ZOE)

    refused = await registered(cast, token, password="password")

    assert told(refused) == (422, "invalid")
    assert (await registered(cast, token)).status_code == 200


async def test_the_database_holds_no_link(cast: Cast, db: Connection) -> None:
    team = await a_team(cast)
    token = await team.invited(ZOE)

    rows = await db.fetch("SELECT * FROM invitations")

    assert rows
    assert token not in str([dict(row) for row in rows])


def test_a_name_in_a_mail_is_no_address() -> None:
    """Whoever names a project chooses words that stand in a mail from us."""
    name = unlinked("Pay at https://evil.example/now or ask a@b.example")

    assert not {".", "/", ":", "@"} & set(name)
    assert unlinked("Acme & Co") == "Acme & Co"
