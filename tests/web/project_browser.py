"""A browser without script that goes where the pages lead it, and the place of a project there."""

import re
from collections.abc import AsyncIterator
from html import unescape

import httpx
import pytest
from tests.cast import PASSWORD
from tests.identity.teams import Team

from firstmile.kernel.asgi import App

ZOE = "zoe@example.org"


class Browser:
    """Goes from page to page with the cookies it was given, as a browser without script."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page = httpx.Response(200)

    @property
    def text(self) -> str:
        return unescape(self.page.text)

    @property
    def at(self) -> str:
        return self.page.url.path

    async def open(self, path: str) -> "Browser":
        self.page = await self.client.get(path, follow_redirects=True)
        return self

    async def send(self, path: str, **fields: str) -> "Browser":
        """Post a form of the present page."""
        token = re.search(r'name="csrf" value="([^"]+)"', self.page.text)
        assert token, self.page.text
        self.page = await self.client.post(
            path, data={"csrf": token[1], **fields}, follow_redirects=True
        )
        return self

    async def sign_in(self, name: str) -> "Browser":
        await self.open("/sign-in")
        await self.send("/sign-in", email=f"{name.lower()}@example.org", password=PASSWORD)
        return self


@pytest.fixture
async def browser(app: App) -> AsyncIterator[Browser]:
    """Nobody's browser yet."""
    transport = httpx.ASGITransport(app=app)
    headers = {"accept": "text/html", "accept-language": "en"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost:8000", headers=headers
    ) as client:
        yield Browser(client)


def place(team: Team, path: str = "") -> str:
    """Where the pages of a team's project are."""
    return f"/projects/{team.project}{path}"
