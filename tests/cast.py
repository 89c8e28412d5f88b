"""The cast of every test: Alice owns Acme, Bob is her colleague, Charlie an outsider, Dana new.

Sam is of support.
"""

from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, Self
from uuid import UUID

import httpx

from firstmile.identity import store
from firstmile.identity.members import join_project
from firstmile.identity.models import Role
from firstmile.identity.profiles import change_profile
from firstmile.identity.projects import create_project
from firstmile.identity.sessions import Sessions
from firstmile.kernel.access import Actor
from firstmile.kernel.ids import SessionId, UserId, new_id
from firstmile.outside.mail import FolderDoor
from firstmile.service import Service

PASSWORD = "correct horse 9 battery"


@dataclass
class Person:
    """Somebody with an account, and a client that is signed in as them."""

    name: str
    id: UserId
    access_token: str
    refresh_token: str
    client: httpx.AsyncClient = field(repr=False)

    @property
    def email(self) -> str:
        return f"{self.name.lower()}@example.org"

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.access_token}"}

    async def get(self, path: str, **given: Any) -> httpx.Response:
        return await self.client.get(path, headers=self.headers | given.pop("headers", {}), **given)

    async def post(self, path: str, body: Any = None, **given: Any) -> httpx.Response:
        headers = self.headers | given.pop("headers", {})
        return await self.client.post(path, json=body, headers=headers, **given)

    async def patch(self, path: str, body: Any) -> httpx.Response:
        return await self.client.patch(path, json=body, headers=self.headers)

    async def steps(self) -> dict[str, dict[str, Any]]:
        journey = (await self.get("/api/v1/onboarding")).json()
        return {step["key"]: step for step in journey["steps"]}

    async def settle(self, key: str, status: str, row_version: int = 0) -> httpx.Response:
        body = {"status": status, "rowVersion": row_version}
        return await self.patch(f"/api/v1/onboarding/steps/{key}", body)


@dataclass
class Builder:
    """A person to be: registered and verified unless said otherwise."""

    cast: "Cast"
    name: str
    _verified: bool = True
    _profile: bool = False
    _project: str | None = None
    _colleague_of: UUID | None = None
    _locale: str = "en"
    _staff_role: str | None = None

    def unverified(self) -> Self:
        self._verified = False
        return self

    def speaking(self, locale: str) -> Self:
        self._locale = locale
        return self

    def with_profile(self) -> Self:
        self._profile = True
        return self

    def of_staff(self, role: str) -> Self:
        self._staff_role = role
        return self

    def owning(self, project: str) -> Self:
        self._profile, self._project = True, project
        return self

    def joining(self, project: UUID) -> Self:
        self._profile, self._colleague_of = True, project
        return self

    async def registered(self) -> None:
        """Register through the API, and verify with the link of the mail."""
        answer = await self.cast.client.post(
            "/api/v1/auth/register",
            json={
                "email": f"{self.name.lower()}@example.org",
                "password": PASSWORD,
                "firstName": self.name,
                "lastName": "Example",
            },
            headers={"accept-language": self._locale},
        )
        assert answer.status_code == 202, answer.text
        await self.cast.work_off()
        if self._verified:
            token = await self.cast.token_for(f"{self.name.lower()}@example.org")
            answer = await self.cast.client.post("/api/v1/auth/verify-email", json={"token": token})
            assert answer.status_code == 200, answer.text

    async def signed_in(self) -> Person:
        """Register, verify, settle in, and sign in."""
        await self.registered()
        if self._staff_role:
            await self.cast.make_staff(self.name, self._staff_role)
        person = await self.cast.sign_in(self.name)
        async with self.cast.service.works.begin() as work:
            sessions = self.cast.service.parts.get(Sessions)
            actor = Actor(
                person.id, SessionId(new_id()), frozenset(), self._locale, by_cookie=False
            )
            if self._profile:
                await change_profile(work, sessions, actor, {"time_zone": "Europe/Paris"})
            if self._project:
                await create_project(work, sessions, actor, self._project)
            if self._colleague_of:
                await join_project(work, sessions, self._colleague_of, person.id, Role.MEMBER)
        return person


class Cast:
    """Makes people, reads their mail, and runs the jobs that wait."""

    def __init__(self, service: Service, client: httpx.AsyncClient) -> None:
        self.service = service
        self.client = client

    def a_user(self, name: str = "Dana") -> Builder:
        return Builder(self, name)

    async def dana(self) -> Person:
        """New: verified, and nothing else."""
        return await self.a_user("Dana").signed_in()

    async def alice(self) -> Person:
        """Owns Acme."""
        return await self.a_user("Alice").owning("Acme").signed_in()

    async def bob(self, project: UUID) -> Person:
        """A member of a project of somebody else's."""
        return await self.a_user("Bob").joining(project).signed_in()

    async def sam(self, role: str = "admin") -> Person:
        """Of the people who run the place."""
        return await self.a_user("Sam").of_staff(role).signed_in()

    async def make_staff(self, name: str, role: str | None) -> None:
        """As the command does it, save that nobody else hears of it."""
        async with self.service.database.lease() as db:
            await db.execute(
                "UPDATE users SET staff_role = $2 WHERE email_key = $1",
                f"{name.lower()}@example.org",
                role,
            )

    async def project_of(self, person: Person) -> UUID:
        answer = await person.get("/api/v1/projects")
        return UUID(answer.json()["items"][0]["id"])

    async def sign_in(self, name: str, password: str = PASSWORD) -> Person:
        answer = await self.client.post(
            "/api/v1/auth/login",
            json={"email": f"{name.lower()}@example.org", "password": password},
        )
        assert answer.status_code == 200, answer.text
        self.client.cookies.clear()
        tokens = answer.json()
        return Person(
            name,
            UserId(UUID(tokens["user"]["id"])),
            tokens["accessToken"],
            tokens["refreshToken"],
            self.client,
        )

    async def work_off(self) -> None:
        """Run every job that waits, as a worker would."""
        await self.service.jobs().run(self.service.url, until_empty=True)

    async def mails(self, to: str | None = None) -> list[EmailMessage]:
        """What was sent, newest first."""
        await self.work_off()
        kept = [mail for _, mail in self.service.parts.get(FolderDoor).kept()]
        return [mail for mail in kept if to is None or mail["To"] == to]

    async def token_for(self, to: str, page: str = "") -> str:
        """The token of the newest mail to an address that has one, for this page when named."""
        for mail in await self.mails(to):
            text = text_of(mail)
            if f"{page}?token=" in text:
                return text.split(f"{page}?token=")[1].split()[0]
        raise AssertionError(f"no mail with a token to {to}")

    async def user(self, name: str) -> Any:
        async with self.service.database.lease() as db:
            return await store.user_by_email(db, f"{name.lower()}@example.org")


def text_of(mail: EmailMessage) -> str:
    """The text part of a mail."""
    part = mail.get_body(preferencelist=("plain",))
    assert part is not None
    return str(part.get_content())
