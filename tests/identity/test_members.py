"""Roles in a project: who may change whom, and that there is always an owner."""

import asyncio

import asyncpg
import pytest
from tests.cast import Cast, Person
from tests.identity.teams import a_team, ask, put_in, told

from firstmile.identity.models import Role
from firstmile.identity.permissions import RANKS, can_manage, is_lower
from firstmile.kernel.database import Connection

LAST_OWNER = (409, "last_owner")
OUT_OF_REACH = (403, "role_out_of_reach")


@pytest.mark.parametrize("mine", Role)
@pytest.mark.parametrize("theirs", Role)
def test_nobody_manages_a_role_at_or_above_their_own_but_owners(mine: Role, theirs: Role) -> None:
    is_above = RANKS.index(mine) > RANKS.index(theirs)

    assert can_manage(mine, theirs) is (mine is Role.OWNER or (mine is Role.ADMIN and is_above))


def test_ranks_are_in_the_order_of_rights() -> None:
    assert is_lower(Role.VIEWER, Role.OWNER)
    assert not is_lower(Role.OWNER, Role.OWNER)


async def test_everybody_sees_who_is_in_the_project_owners_first(cast: Cast) -> None:
    team = await a_team(cast)

    answer = await team.bob.get(f"{team.path}/members")

    seen = [(one["firstName"], one["role"]) for one in answer.json()["items"]]
    assert seen == [
        ("Alice", "owner"),
        ("Adam", "admin"),
        ("Bob", "member"),
        ("Vera", "viewer"),
    ]
    assert answer.json()["items"][2]["email"] == "bob@example.org"


async def test_an_owner_makes_somebody_an_admin(cast: Cast) -> None:
    team = await a_team(cast)

    answer = await team.set_role(team.alice, team.bob, Role.ADMIN)

    assert (answer.status_code, answer.json()["role"]) == (200, "admin")
    assert (await team.roles())["Bob"] == "admin"


@pytest.mark.parametrize(
    ("whom", "role"),
    [
        (Role.ADMIN, Role.OWNER),  # oneself
        (Role.MEMBER, Role.ADMIN),
        (Role.MEMBER, Role.OWNER),
        (Role.OWNER, Role.VIEWER),
        (Role.OWNER, Role.ADMIN),
    ],
)
@pytest.mark.asvs("8.2.2")
async def test_an_admin_cannot_raise_above_themselves_nor_touch_who_stands_there(
    whom: Role, role: Role, cast: Cast
) -> None:
    team = await a_team(cast)
    before = await team.roles()

    answer = await team.set_role(team.adam, team.people[whom], role)

    assert told(answer) == OUT_OF_REACH
    assert await team.roles() == before


async def test_an_admin_manages_members_and_viewers(cast: Cast) -> None:
    team = await a_team(cast)

    raised = await team.set_role(team.adam, team.people[Role.VIEWER], Role.MEMBER)
    removed = await team.remove(team.adam, team.bob)
    refused = await team.remove(team.adam, team.alice)

    assert (raised.status_code, removed.status_code) == (200, 204)
    assert told(refused) == OUT_OF_REACH
    assert await team.roles() == {"Alice": "owner", "Adam": "admin", "Vera": "member"}


async def test_anybody_may_step_down(cast: Cast) -> None:
    team = await a_team(cast)

    answer = await team.set_role(team.adam, team.adam, Role.VIEWER)

    assert answer.status_code == 200
    assert (await team.roles())["Adam"] == "viewer"


async def test_a_person_who_is_not_in_the_project_is_no_member(cast: Cast) -> None:
    team = await a_team(cast)
    charlie = await cast.a_user("Charlie").signed_in()

    answers = [
        await team.set_role(team.alice, charlie, Role.VIEWER),
        await team.remove(team.alice, charlie),
        await team.give_to(charlie),
    ]

    assert [told(answer) for answer in answers] == [(404, "not_found")] * 3


async def test_the_last_owner_can_neither_leave_nor_step_down_nor_be_removed(cast: Cast) -> None:
    team = await a_team(cast)

    answers = [
        await team.leave(team.alice),
        await team.set_role(team.alice, team.alice, Role.ADMIN),
        await team.remove(team.alice, team.alice),
    ]

    assert [told(answer) for answer in answers] == [LAST_OWNER] * 3
    assert (await team.roles())["Alice"] == "owner"


async def test_of_two_owners_one_may_leave(cast: Cast) -> None:
    team = await a_team(cast)
    await team.set_role(team.alice, team.bob, Role.OWNER)

    assert (await team.leave(team.alice)).status_code == 204
    assert told(await team.leave(team.bob)) == LAST_OWNER


@pytest.mark.asvs("15.4.2")
async def test_of_sixteen_owners_who_leave_at_once_one_stays(cast: Cast) -> None:
    alice = await cast.alice()
    project = await cast.project_of(alice)
    owners = [alice]
    for number in range(15):
        owner = await cast.a_user(f"Owner{number}").signed_in()
        await put_in(cast, project, owner, Role.OWNER)
        owners.append(owner)

    answers = await asyncio.gather(
        *(ask(one, "DELETE", f"/api/v1/projects/{project}/members/me") for one in owners)
    )

    statuses = [answer.status_code for answer in answers]
    assert statuses.count(204) == 15
    assert [told(one) for one in answers if one.status_code != 204] == [LAST_OWNER]


async def test_two_owners_who_lower_each_other_at_once_leave_one(
    cast: Cast, db: Connection
) -> None:
    """Sixteen tries of each: whichever order they come in, an owner is left."""
    team = await a_team(cast)
    for _ in range(16):
        await db.execute("UPDATE memberships SET role = 'owner' WHERE user_id = $1", team.bob.id)
        await db.execute("UPDATE memberships SET role = 'owner' WHERE user_id = $1", team.alice.id)
        alice, bob = await cast.sign_in("Alice"), await cast.sign_in("Bob")

        await asyncio.gather(
            team.set_role(alice, bob, Role.VIEWER),
            team.set_role(bob, alice, Role.VIEWER),
        )

        assert await db.fetchval("SELECT count(*) FROM memberships WHERE role = 'owner'") == 1


@pytest.mark.asvs("8.3.2")
async def test_a_lowered_role_is_lowered_on_the_very_next_request(cast: Cast) -> None:
    team = await a_team(cast)
    assert (await team.adam.get(f"{team.path}/invitations")).status_code == 200

    await team.set_role(team.alice, team.adam, Role.VIEWER)

    # The token that said "admin" opens nothing at all; a new one says what is true.
    assert told(await team.adam.get(f"{team.path}/invitations")) == (401, "unauthenticated")
    adam = await cast.sign_in("Adam")
    assert told(await adam.get(f"{team.path}/invitations")) == (403, "permission_required")


async def test_who_was_removed_finds_nothing_there(cast: Cast) -> None:
    team = await a_team(cast)

    await team.remove(team.alice, team.bob)

    bob = await cast.sign_in("Bob")
    assert told(await bob.get(team.path)) == (404, "not_found")
    assert (await bob.get("/api/v1/projects")).json()["items"] == []


async def test_what_a_removed_admin_sent_invites_nobody(cast: Cast) -> None:
    team = await a_team(cast)
    await team.invite("charlie@example.org", by=team.adam)
    token = await cast.token_for("charlie@example.org")

    await team.remove(team.alice, team.adam)

    charlie = await cast.a_user("Charlie").signed_in()
    answer = await charlie.post("/api/v1/invitations/accept", {"token": token})
    assert told(answer) == (400, "token_invalid")


async def test_a_project_is_given_away_and_both_are_told(cast: Cast) -> None:
    team = await a_team(cast)

    answer = await team.give_to(team.bob)

    assert answer.status_code == 204
    assert await team.roles() == {
        "Bob": "owner",
        "Alice": "admin",
        "Adam": "admin",
        "Vera": "viewer",
    }
    subjects = [
        str((await cast.mails(address))[0]["Subject"])
        for address in ("alice@example.org", "bob@example.org")
    ]
    assert subjects == [
        "You gave the project “Acme” to Bob Example",
        "You own the project “Acme” now",
    ]


async def test_a_project_cannot_be_given_to_who_owns_it(cast: Cast) -> None:
    team = await a_team(cast)

    assert told(await team.give_to(team.alice)) == (409, "already_owner")


async def test_two_gifts_of_two_projects_across_each_other_both_arrive(cast: Cast) -> None:
    """Each holds both people; they take them in one order, so neither waits for ever."""
    alice = await cast.alice()
    bob = await cast.a_user("Bob").owning("Globex").signed_in()
    acme, globex = await cast.project_of(alice), await cast.project_of(bob)
    await put_in(cast, acme, bob, Role.MEMBER)
    await put_in(cast, globex, alice, Role.MEMBER)

    answers = await asyncio.gather(
        ask(alice, "PUT", f"/api/v1/projects/{acme}/owner", json={"userId": str(bob.id)}),
        ask(bob, "PUT", f"/api/v1/projects/{globex}/owner", json={"userId": str(alice.id)}),
    )

    assert [answer.status_code for answer in answers] == [204, 204]


@pytest.mark.asvs("7.5.1")
async def test_making_an_owner_and_giving_away_need_a_fresh_credential(
    cast: Cast, db: Connection
) -> None:
    team = await a_team(cast)
    await db.execute("UPDATE sessions SET proved_at = proved_at - interval '11 minutes'")
    alice = await _asked_again(cast, team.alice)

    answers = [
        await team.set_role(alice, team.bob, Role.OWNER),
        await team.give_to(team.bob, by=alice),
        await team.invite("zoe@example.org", Role.OWNER, by=alice),
        await team.set_role(alice, team.bob, Role.ADMIN),
    ]

    required = (403, "step_up_required")
    assert [told(answer) for answer in answers[:3]] == [required] * 3
    assert answers[3].status_code == 200


async def _asked_again(cast: Cast, person: Person) -> Person:
    """The same session, which the service has to ask the database about."""
    answer = await cast.client.post(
        "/api/v1/auth/refresh", json={"refreshToken": person.refresh_token}
    )
    person.access_token = answer.json()["accessToken"]
    return person


async def test_joining_leaving_and_other_roles_reach_the_journey(cast: Cast) -> None:
    """Onboarding hears of roles, and shows the steps of owners to owners."""
    team = await a_team(cast)
    before = set(await team.bob.steps())

    await team.set_role(team.alice, team.bob, Role.OWNER)

    bob = await cast.sign_in("Bob")
    assert set(await bob.steps()) > before


async def test_a_membership_is_kept_once(cast: Cast, db: Connection) -> None:
    team = await a_team(cast)

    with pytest.raises(asyncpg.UniqueViolationError):
        await db.execute(
            """
            INSERT INTO memberships (user_id, project_id, role, created_at)
            VALUES ($1, $2, 'viewer', now())
            """,
            team.bob.id,
            team.project,
        )
