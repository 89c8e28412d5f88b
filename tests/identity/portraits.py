"""Pictures that people send of themselves, and what is kept of them."""

import httpx
from tests.cast import Person

from firstmile.settings import Settings

PATH = "/api/v1/profile/avatar"


async def put(person: Person, file: bytes, name: str = "me.png") -> httpx.Response:
    """Send a picture, as a form does."""
    files = {"file": (name, file, "application/octet-stream")}
    return await person.client.put(PATH, files=files, headers=person.headers)


async def url_of(person: Person) -> str | None:
    """Where their picture is, if they have one."""
    told = (await person.get("/api/v1/auth/me")).json()
    url: str | None = told["user"]["avatarUrl"]
    return url


def kept(settings: Settings) -> set[str]:
    """The names of all files that are kept."""
    folder = settings.uploads_folder
    return {file.name for file in folder.iterdir()} if folder.exists() else set()
