"""Projects: begun, renamed, deleted with time to think again, and removed."""

from datetime import timedelta

import pytest
from tests.cast import Cast, text_of
from tests.clock import MovedClock
from tests.identity.teams import a_team, ask, told

from firstmile.identity.models import Role
from firstmile.kernel.database import Connection


async def clean_up(cast: Cast) -> dict[str, int]:
    async with cast.service.works.begin() as work:
        return await cast.service.clean_up(work)


async def test_who_begins_a_project_owns_it(cast: Cast) -> None:
    dana = await cast.dana()

    answer = await dana.post("/api/v1/projects", {"name": "  Initech   Ltd "})

    project = answer.json()
    assert (answer.status_code, project["name"], project["role"]) == (201, "Initech Ltd", "owner")
    assert (await dana.get(f"/api/v1/projects/{project['id']}")).json() == project


async def test_a_project_can_be_begun_after_another(cast: Cast) -> None:
    alice = await cast.alice()

    await alice.post("/api/v1/projects", {"name": "Another"})

    items = (await alice.get("/api/v1/projects")).json()["items"]
    assert [one["name"] for one in items] == ["Acme", "Another"]


async def test_an_admin_renames_it(cast: Cast) -> None:
    team = await a_team(cast)

    answer = await team.adam.patch(team.path, {"name": "Acme & Co"})

    assert answer.json()["name"] == "Acme & Co"
    assert (await team.bob.get(team.path)).json()["name"] == "Acme & Co"


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "Ac\x00me"])
async def test_a_name_is_a_line_that_can_be_printed(name: str, cast: Cast) -> None:
    team = await a_team(cast)

    answer = await team.alice.patch(team.path, {"name": name})

    assert told(answer) == (422, "invalid")
    assert answer.json()["details"][0]["field"] == "name"


async def test_a_deleted_project_is_closed_and_its_members_are_told(cast: Cast) -> None:
    team = await a_team(cast)

    answer = await team.delete()

    deletion_at = answer.json()["deletionAt"]
    assert deletion_at is not None
    assert told(await team.bob.get(f"{team.path}/members")) == (409, "project_deleted")
    assert (await team.bob.get(team.path)).json()["deletionAt"] == deletion_at
    for name in ("alice", "adam", "bob", "vera"):
        mail = (await cast.mails(f"{name}@example.org"))[0]
        assert mail["Subject"] == "The project “Acme” will be removed"
        assert deletion_at[:10] in text_of(mail)


async def test_deleting_twice_does_not_move_the_end(cast: Cast, clock: MovedClock) -> None:
    team = await a_team(cast)
    first = (await team.delete()).json()["deletionAt"]

    clock.pass_by(seconds=30)
    again = await team.delete()

    assert again.json()["deletionAt"] == first
    assert len(await cast.mails("bob@example.org")) == len(await cast.mails("vera@example.org"))


async def test_a_restored_project_is_as_it_was(cast: Cast) -> None:
    team = await a_team(cast)
    key = await team.key()
    before = await team.roles()
    await team.delete()

    answer = await team.alice.post(f"{team.path}/restore")

    assert (answer.status_code, answer.json()["deletionAt"]) == (200, None)
    assert await team.roles() == before
    by_key = await cast.client.get(team.path, headers={"authorization": f"Bearer {key}"})
    assert by_key.status_code == 200
    assert (await cast.mails("bob@example.org"))[0]["Subject"] == "The project “Acme” stays"
    assert (await team.alice.post(f"{team.path}/restore")).status_code == 200


async def test_a_deleted_project_is_removed_after_its_time_of_grace(
    cast: Cast, clock: MovedClock, db: Connection
) -> None:
    team = await a_team(cast)
    await team.key()
    await team.invite("zoe@example.org")
    await team.delete()

    clock.pass_by(days=29, hours=23)
    early = await clean_up(cast)
    clock.pass_by(hours=2)
    late = await clean_up(cast)

    assert (early["projects"], late["projects"]) == (0, 1)
    for table in ("projects", "memberships", "invitations", "api_keys"):
        assert await db.fetchval(f"SELECT count(*) FROM {table}") == 0
    alice = await cast.sign_in("Alice")
    assert (await alice.get("/api/v1/projects")).json()["items"] == []
    assert (await alice.get("/api/v1/auth/me")).json()["user"]["roles"] == []


async def test_a_project_that_goes_on_is_never_removed(cast: Cast, clock: MovedClock) -> None:
    team = await a_team(cast)
    await team.delete()
    await team.alice.post(f"{team.path}/restore")

    clock.pass_by(days=400)

    assert (await clean_up(cast))["projects"] == 0


@pytest.mark.asvs("7.5.1")
async def test_deleting_needs_a_fresh_credential(cast: Cast, clock: MovedClock) -> None:
    team = await a_team(cast)

    clock.pass_by(minutes=11)

    assert told(await team.delete()) == (403, "step_up_required")


async def test_old_invitations_and_closed_keys_are_forgotten(
    cast: Cast, clock: MovedClock, db: Connection
) -> None:
    team = await a_team(cast)
    await team.invite("zoe@example.org")
    ends = clock() + timedelta(days=1)
    await team.key(expiresAt=ends.isoformat())
    await team.key()

    clock.pass_by(days=38)
    removed = await clean_up(cast)

    assert (removed["invitations"], removed["api_keys"]) == (1, 1)
    assert await db.fetchval("SELECT count(*) FROM api_keys") == 1


async def test_only_an_owner_says_who_receives_the_invoices(cast: Cast) -> None:
    team = await a_team(cast)
    body = {"billingName": "Acme Accounts", "billingEmail": "accounts@example.org"}

    answers = {
        role: await ask(person, "PUT", f"{team.path}/billing-contact", json=body)
        for role, person in team.people.items()
    }

    assert answers.pop(Role.OWNER).status_code == 204
    assert {told(answer) for answer in answers.values()} == {(403, "owner_required")}
