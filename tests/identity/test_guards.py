"""Who may do what, asked of every permission there is: a new one is tested by being declared."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import cast as typed
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar, get
from litestar.types import ControllerRouterHandler
from tests.cast import Cast, Person
from tests.identity.teams import Team, a_team

from firstmile.identity import store, store_staff
from firstmile.identity.authenticate import Authenticate, Authenticator
from firstmile.identity.guards import in_project
from firstmile.identity.models import Role, SignedInDevice
from firstmile.identity.permissions import PERMISSIONS, WHILE_DELETED, only_reads
from firstmile.identity.policy import Allowed, Demands, Method, Proof, decide
from firstmile.identity.sessions import Sessions
from firstmile.kernel.access import Permission, StaffRole
from firstmile.kernel.asgi import App
from firstmile.kernel.ids import UserId
from firstmile.kernel.problems import HANDLERS
from firstmile.kernel.visit import Furnished
from firstmile.protect.guards import as_staff
from firstmile.service import Service

OF_PROJECTS = {one.name: one for one in PERMISSIONS if not one.is_of_staff}
OF_STAFF = {one.name: one for one in PERMISSIONS if one.is_of_staff}
FOR_KEYS = {name: one for name, one in OF_PROJECTS.items() if one.is_for_keys}
OPEN = "open"


@dataclass(frozen=True)
class Doors:
    """One route for each permission, behind the guards of the real ones."""

    client: httpx.AsyncClient

    async def tried(
        self, kind: str, permissions: dict[str, Permission], token: str, project: UUID
    ) -> dict[str, str]:
        """What each of these permissions answers."""
        headers = {"authorization": f"Bearer {token}"}
        answers = {
            name: await self.client.get(f"/{kind}/{name}/{project}", headers=headers)
            for name in permissions
        }
        return {
            name: OPEN if answer.status_code == 204 else answer.json()["error"]
            for name, answer in answers.items()
        }


@pytest.fixture
async def doors(service: Service) -> AsyncIterator[Doors]:
    handlers = [
        *(_door("member", one, in_project(one)) for one in OF_PROJECTS.values()),
        *(_door("key", one, in_project(one, by_key=True)) for one in FOR_KEYS.values()),
        *(_door("staff", one, as_staff(one)) for one in OF_STAFF.values()),
    ]
    litestar = Litestar(
        handlers,
        exception_handlers=HANDLERS,
        openapi_config=None,
        logging_config=None,
    )
    furnished = Furnished(typed(App, litestar), service.parts)
    app = Authenticate(furnished, service.parts.get(Authenticator))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield Doors(client)


def _door(kind: str, permission: Permission, guard: object) -> ControllerRouterHandler:
    @get(f"/{kind}/{permission.name}/{{project_id:uuid}}", guards=[guard], status_code=204)  # type: ignore[list-item]
    async def door() -> None: ...

    return door


def denied(permission: Permission) -> str:
    return "owner_required" if permission.roles == {Role.OWNER} else "permission_required"


@pytest.mark.asvs("8.2.1", "8.2.2")
@pytest.mark.parametrize("role", Role)
async def test_a_member_has_the_rights_of_their_role_and_no_others(
    role: Role, cast: Cast, doors: Doors
) -> None:
    team = await a_team(cast)

    found = await doors.tried("member", OF_PROJECTS, team.people[role].access_token, team.project)

    assert found == {
        name: OPEN if role in one.roles else denied(one) for name, one in OF_PROJECTS.items()
    }


@pytest.mark.asvs("8.2.2", "8.4.1")
async def test_a_strangers_project_does_not_exist_whatever_one_asks(
    cast: Cast, doors: Doors
) -> None:
    team = await a_team(cast)
    charlie = await cast.a_user("Charlie").owning("Globex").signed_in()

    strangers = await doors.tried("member", OF_PROJECTS, charlie.access_token, team.project)
    nowhere = await doors.tried("member", OF_PROJECTS, charlie.access_token, uuid4())

    assert set(strangers.values()) == set(nowhere.values()) == {"not_found"}


async def test_nobody_gets_in_without_signing_in(cast: Cast, doors: Doors) -> None:
    team = await a_team(cast)

    found = await doors.tried("member", OF_PROJECTS, "nonsense", team.project)

    assert set(found.values()) == {"unauthenticated"}


@pytest.mark.parametrize("role", Role)
async def test_a_deleted_project_can_only_be_seen_left_and_restored(
    role: Role, cast: Cast, doors: Doors
) -> None:
    team = await a_team(cast)
    await team.delete()

    found = await doors.tried("member", OF_PROJECTS, team.people[role].access_token, team.project)

    may = {name: one for name, one in OF_PROJECTS.items() if role in one.roles}
    assert {name: found[name] for name in may} == {
        name: OPEN if one in WHILE_DELETED else "project_deleted" for name, one in may.items()
    }
    assert OPEN not in {said for name, said in found.items() if name not in may}


@pytest.mark.asvs("8.2.1")
@pytest.mark.parametrize("scope", FOR_KEYS)
async def test_a_key_has_the_rights_of_its_scopes_and_no_others(
    scope: str, cast: Cast, doors: Doors
) -> None:
    team = await a_team(cast)

    found = await doors.tried("key", FOR_KEYS, await team.key(scope), team.project)

    assert found == {name: OPEN if name == scope else "scope_required" for name in FOR_KEYS}


@pytest.mark.asvs("8.4.1")
async def test_a_key_of_every_scope_opens_nothing_of_another_project(
    cast: Cast, doors: Doors
) -> None:
    team = await a_team(cast)
    charlie = await cast.a_user("Charlie").owning("Globex").signed_in()
    elsewhere = await cast.project_of(charlie)

    found = await doors.tried("key", FOR_KEYS, await team.key(), elsewhere)

    assert set(found.values()) == {"not_found"}


async def test_a_key_opens_no_door_that_is_for_people(cast: Cast, doors: Doors) -> None:
    team = await a_team(cast)

    found = await doors.tried("member", OF_PROJECTS, await team.key(), team.project)

    assert set(found.values()) == {"unauthenticated"}


async def test_a_key_of_a_deleted_project_opens_nothing(cast: Cast, doors: Doors) -> None:
    team = await a_team(cast)
    key = await team.key()
    await team.delete()

    found = await doors.tried("key", FOR_KEYS, key, team.project)

    assert set(found.values()) == {"project_deleted"}


async def test_a_door_for_keys_opens_to_members_as_any_other(cast: Cast, doors: Doors) -> None:
    team = await a_team(cast)

    found = await doors.tried("key", FOR_KEYS, team.bob.access_token, team.project)

    assert found == {
        name: OPEN if Role.MEMBER in one.roles else denied(one) for name, one in FOR_KEYS.items()
    }


@pytest.mark.parametrize("role", [*StaffRole, None])
async def test_staff_has_the_rights_of_its_role_and_nobody_else_has_any(
    role: StaffRole | None, cast: Cast, doors: Doors
) -> None:
    dana = await _staff(cast, role)

    found = await doors.tried("staff", OF_STAFF, dana.access_token, uuid4())

    rights = {
        name: OPEN if role in one.roles else "permission_required" for name, one in OF_STAFF.items()
    }
    assert found == (rights if role else dict.fromkeys(OF_STAFF, "staff_required"))


async def test_a_staff_role_is_no_role_in_a_project(cast: Cast, doors: Doors) -> None:
    team = await a_team(cast)
    dana = await _staff(cast, StaffRole.ADMIN)

    found = await doors.tried("member", OF_PROJECTS, dana.access_token, team.project)

    assert set(found.values()) == {"not_found"}


async def test_in_the_place_of_another_one_only_looks(cast: Cast, doors: Doors) -> None:
    team = await a_team(cast)
    dana = await _staff(cast, StaffRole.ADMIN)
    token = await _as_alice(cast, team, dana.id)

    in_project = await doors.tried("member", OF_PROJECTS, token, team.project)
    as_staff = await doors.tried("staff", OF_STAFF, token, team.project)

    assert in_project == {
        name: OPEN if only_reads(one) else "not_while_impersonating"
        for name, one in OF_PROJECTS.items()
    }
    assert set(as_staff.values()) == {"not_while_impersonating"}


def test_a_guard_asks_for_no_right_that_its_askers_cannot_have() -> None:
    with pytest.raises(ValueError, match=r"users\.find"):
        in_project(OF_STAFF["users.find"])
    with pytest.raises(ValueError, match=r"keys\.change"):
        in_project(OF_PROJECTS["keys.change"], by_key=True)
    with pytest.raises(ValueError, match=r"keys\.read"):
        as_staff(OF_PROJECTS["keys.read"])


async def _staff(cast: Cast, role: StaffRole | None) -> Person:
    dana = await cast.dana()
    async with cast.service.works.begin() as work:
        await store_staff.set_staff_role(work.db, dana.id, role)
    return await cast.sign_in("Dana")


async def _as_alice(cast: Cast, team: Team, staff_id: UserId) -> str:
    """An access token of a session in Alice's place."""
    service = cast.service
    async with service.works.begin() as work:
        user = await store.user_by_id(work.db, team.alice.id)
        verdict = decide([Proof(Method.STAFF, work.now)], Demands(is_verified=True))
        assert isinstance(verdict, Allowed)
        device = SignedInDevice(None, "Console", "127.0.0.0/24")
        issued = await service.parts.get(Sessions).begin(
            work, user, verdict, device, impersonator_id=staff_id
        )
    return issued.access_token
