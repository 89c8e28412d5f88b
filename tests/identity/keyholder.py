"""Somebody with an authenticator at hand, by the API."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from tests.cast import PASSWORD, Cast, Person
from tests.identity.authenticator import Authenticator, Key

PASSKEYS = "/api/v1/auth/passkeys"
ALONE = "/api/v1/auth/login/passkey"
SECOND = "/api/v1/auth/login/second-factor/passkey"
STEP_UP = "/api/v1/auth/step-up/passkey"
LOGIN = "/api/v1/auth/login"
ME = "/api/v1/auth/me"
DANA = "dana@example.org"
EVIL = "http://localhost.evil.example:8000"


REFUSED = (401, "passkey_refused")
EXPIRED = (400, "challenge_expired")
INVALID = (400, "passkey_invalid")


@dataclass
class Holder:
    """Somebody signed in, with an authenticator at hand."""

    person: Person
    device: Authenticator = field(default_factory=Authenticator)

    @property
    def client(self) -> httpx.AsyncClient:
        return self.person.client

    @property
    def key(self) -> Key:
        return self.device.keys[0]

    async def options(self) -> dict[str, Any]:
        answer = await self.person.post(f"{PASSKEYS}/options")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def add(
        self, options: dict[str, Any] | None = None, name: str | None = None, **lie: Any
    ) -> httpx.Response:
        """Add a passkey and go on with the tokens of the answer."""
        options = options or await self.options()
        credential = self.device.create(options["publicKey"], **lie)
        body = {"challengeToken": options["challengeToken"], "credential": credential}
        answer = await self.person.post(PASSKEYS, body | ({"name": name} if name else {}))
        if answer.status_code == 201:
            session = answer.json()["session"]
            self.person.access_token = session["accessToken"]
            self.person.refresh_token = session["refreshToken"]
        self.client.cookies.clear()
        return answer

    async def added(self) -> "Holder":
        answer = await self.add()
        assert answer.status_code == 201, answer.text
        return self

    async def offer(self, path: str, body: Any = None) -> dict[str, Any]:
        answer = await self.client.post(f"{path}/options", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def show(
        self,
        path: str = ALONE,
        options: dict[str, Any] | None = None,
        more: dict[str, Any] | None = None,
        **lie: Any,
    ) -> httpx.Response:
        """Sign in with the passkey, as nobody who is signed in."""
        options = options or await self.offer(path, more)
        credential = self.device.get(options["publicKey"], **lie)
        body = {"challengeToken": options["challengeToken"], "credential": credential}
        answer = await self.client.post(path, json=body | (more or {}))
        self.client.cookies.clear()
        return answer

    async def half_in(self) -> dict[str, Any]:
        """The first factor is shown: the token of the sign-in that waits for the second."""
        body = {"email": self.person.email, "password": PASSWORD}
        answer = await self.client.post(LOGIN, json=body)
        self.client.cookies.clear()
        assert told(answer) == (401, "second_factor_required"), answer.text
        return {"signInToken": answer.json()["signInToken"]}

    async def listed(self) -> list[dict[str, Any]]:
        answer = await self.person.get(PASSKEYS)
        return list(answer.json()["items"])


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", "")


@pytest.fixture
async def dana(cast: Cast) -> Holder:
    """Dana, signed in with her password, and a telephone that keeps passkeys."""
    return Holder(await cast.dana())


@pytest.fixture
async def holder(dana: Holder) -> Holder:
    """Dana with a passkey."""
    return await dana.added()
