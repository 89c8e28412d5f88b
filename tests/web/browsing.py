"""A browser without script: keeps cookies, fills forms with their token, and follows nothing."""

from dataclasses import dataclass
from typing import Any

import httpx
from tests.cast import PASSWORD


@dataclass
class Browser:
    """Somebody at the pages."""

    client: httpx.AsyncClient

    async def open(self, path: str) -> httpx.Response:
        return await self.client.get(path, headers={"accept": "text/html"})

    async def send(self, path: str, **fields: str) -> httpx.Response:
        """Post a form, as the page before it would."""
        form = {"csrf": self.client.cookies.get("csrf-token", ""), **fields}
        return await self.client.post(path, data=form, headers={"accept": "text/html"})

    async def send_file(self, path: str, file: Any, **fields: str) -> httpx.Response:
        """Post a form with a file; its token comes first."""
        form = {"csrf": self.client.cookies.get("csrf-token", ""), **fields}
        accept = {"accept": "text/html"}
        return await self.client.post(path, data=form, files={"file": file}, headers=accept)

    async def sign_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        self.client.cookies.clear()
        await self.open("/sign-in")
        return await self.send("/sign-in", email=email, password=password)
