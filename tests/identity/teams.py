"""Acme with somebody of every role, and what members do by the API."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from tests.cast import Cast, Person

from firstmile.identity.members import join_project
from firstmile.identity.models import Role
from firstmile.identity.permissions import PERMISSIONS
from firstmile.identity.sessions import Sessions

NAMES = {Role.OWNER: "Alice", Role.ADMIN: "Adam", Role.MEMBER: "Bob", Role.VIEWER: "Vera"}
SCOPES = [one.name for one in PERMISSIONS if one.is_for_keys]


@dataclass(frozen=True)
class Team:
    """A project and its people."""

    cast: Cast
    project: UUID
    people: dict[Role, Person]

    @property
    def alice(self) -> Person:
        return self.people[Role.OWNER]

    @property
    def adam(self) -> Person:
        return self.people[Role.ADMIN]

    @property
    def bob(self) -> Person:
        return self.people[Role.MEMBER]

    @property
    def vera(self) -> Person:
        return self.people[Role.VIEWER]

    @property
    def path(self) -> str:
        return f"/api/v1/projects/{self.project}"

    async def roles(self) -> dict[str, str]:
        """What everybody is, as Alice or whoever is left sees it."""
        for person in self.people.values():
            answer = await person.get(f"{self.path}/members")
            if answer.status_code == 200:
                return {one["firstName"]: one["role"] for one in answer.json()["items"]}
        raise AssertionError("nobody is left")

    async def set_role(self, by: Person, whom: Person, role: Role) -> httpx.Response:
        return await by.patch(f"{self.path}/members/{whom.id}", {"role": role})

    async def remove(self, by: Person, whom: Person) -> httpx.Response:
        return await ask(by, "DELETE", f"{self.path}/members/{whom.id}")

    async def leave(self, who: Person) -> httpx.Response:
        return await ask(who, "DELETE", f"{self.path}/members/me")

    async def give_to(self, whom: Person, by: Person | None = None) -> httpx.Response:
        body = {"userId": str(whom.id)}
        return await ask(by or self.alice, "PUT", f"{self.path}/owner", json=body)

    async def delete(self, by: Person | None = None) -> httpx.Response:
        return await ask(by or self.alice, "DELETE", self.path)

    async def invite(
        self, email: str, role: Role = Role.MEMBER, by: Person | None = None
    ) -> httpx.Response:
        body = {"email": email, "role": role}
        return await (by or self.alice).post(f"{self.path}/invitations", body)

    async def invited(self, email: str, role: Role = Role.MEMBER) -> str:
        """The token of an invitation."""
        answer = await self.invite(email, role)
        assert answer.status_code == 201, answer.text
        return await self.cast.token_for(email)

    async def key(self, *scopes: str, **more: Any) -> str:
        """The text of a new API key, with all scopes unless some are named."""
        body = {"name": "Robot", "scopes": list(scopes) or SCOPES, **more}
        answer = await self.alice.post(f"{self.path}/keys", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["secret"])


async def a_team(cast: Cast) -> Team:
    """Alice owns Acme; Adam helps her, Bob works there, Vera looks on."""
    people = {Role.OWNER: await cast.alice()}
    project = await cast.project_of(people[Role.OWNER])
    for role, name in NAMES.items():
        if role is not Role.OWNER:
            people[role] = await cast.a_user(name).signed_in()
            await put_in(cast, project, people[role], role)
    return Team(cast, project, people)


async def put_in(cast: Cast, project: UUID, person: Person, role: Role) -> None:
    """Make a person part of a project, without a mail."""
    sessions = cast.service.parts.get(Sessions)
    async with cast.service.works.begin() as work:
        await join_project(work, sessions, project, person.id, role)


async def ask(person: Person, method: str, path: str, **given: Any) -> httpx.Response:
    """Any request of a person."""
    return await person.client.request(method, path, headers=person.headers, **given)


def told(answer: httpx.Response) -> tuple[int, str]:
    """The status and the code of a refusal."""
    return answer.status_code, answer.json()["error"]
