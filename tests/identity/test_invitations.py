"""An invitation lets one address in, once, and is no way into somebody's account."""

import pytest
from tests.cast import Cast, Person
from tests.clock import MovedClock
from tests.identity.invited import INVALID, ZOE, accepted, registered, waiting
from tests.identity.racing import ROUNDS, winners
from tests.identity.teams import a_team, told

from firstmile.identity.models import Role
from firstmile.kernel.database import Connection


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


async def test_somebody_who_joined_meanwhile_does_not_join_again(cast: Cast) -> None:
    team = await a_team(cast)
    token = await team.invited(ZOE, Role.OWNER)
    zoe = await cast.a_user("Zoe").joining(team.project).signed_in()

    assert told(await accepted(zoe, token)) == (409, "already_member")
    assert (await team.roles())["Zoe"] == "member"


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
