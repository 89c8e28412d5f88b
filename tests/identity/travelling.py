"""A browser of our pages on its way to another service and back."""

import html
import re
from dataclasses import dataclass
from typing import Any

import httpx
from tests.identity.real_provider import a_guest

ON = re.compile(r'http-equiv="refresh" content="0;url=([^"]+)"')


@dataclass
class Traveller:
    """Somebody at our pages; the client keeps their cookies, as a browser would."""

    client: httpx.AsyncClient
    service: str = "acme"

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form of ours, with the token that every page hands out."""
        await self.client.get("/sign-in")
        csrf = {"csrf": self.client.cookies["csrf-token"]}
        return await self.client.post(path, data={**csrf, **fields})

    async def leave(self, errand: str = "sign_in", **fields: str) -> str:
        """Press the button of the service; where the page that answers leads to."""
        answer = await self.post(f"/sign-in/with/{self.service}", errand=errand, **fields)
        assert answer.status_code == 200, answer.headers.get("location")
        found = ON.search(answer.text)
        assert found is not None
        return str(html.unescape(found[1]))

    async def come_back(self, address: httpx.URL | str) -> httpx.Response:
        """Come back to where the service sent the browser."""
        return await self.client.get(httpx.URL(address).raw_path.decode())

    async def travel_as(self, name: str, errand: str = "sign_in", **fields: str) -> httpx.Response:
        """There and back, as somebody whom the real provider knows by this name."""
        with a_guest(name) as guest:
            return await self.come_back(guest.visit(await self.leave(errand, **fields)))

    async def session(self) -> dict[str, Any] | None:
        """Who this browser is signed in as, if anyone."""
        answer = await self.client.get("/api/v1/auth/me")
        told: dict[str, Any] = answer.json()
        return told["user"] if answer.status_code == 200 else None


def notice_of(answer: httpx.Response) -> str:
    """The notice a redirect leads to."""
    assert answer.status_code == 303, answer.text
    return str(httpx.URL(answer.headers["location"]).params.get("notice", ""))


def path_of(answer: httpx.Response) -> str:
    """The path a redirect leads to."""
    assert answer.status_code == 303, answer.text
    return httpx.URL(answer.headers["location"]).path
