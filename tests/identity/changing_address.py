"""Changing one's address: what people ask, the mails they get, and the links they follow."""

from typing import Any

import httpx
from tests.cast import PASSWORD, Cast, Person, text_of

OLD, NEW = "dana@example.org", "new@example.org"
EMAIL, CONFIRM_PATH, REVERT_PATH = (
    "/api/v1/auth/email",
    "/api/v1/auth/confirm-email",
    "/api/v1/auth/revert-email",
)


async def ask(person: Person, email: str = NEW) -> httpx.Response:
    """Ask for another address."""
    return await person.post(EMAIL, {"email": email})


async def address_of(person: Person) -> dict[str, Any]:
    """The present address, and the one that waits."""
    told: dict[str, Any] = (await person.get(EMAIL)).json()
    return told


async def mail_about(cast: Cast, to: str, words: str) -> str:
    """The newest mail to an address that says these words."""
    for mail in await cast.mails(to):
        if words in text_of(mail):
            return text_of(mail)
    raise AssertionError(f"no mail to {to} that says {words}")


async def link(cast: Cast, to: str, page: str) -> str:
    """The token of the newest mail to an address with a link to this page."""
    before = f"/{page}?token="
    return (await mail_about(cast, to, before)).split(before)[1].split()[0]


async def confirm(cast: Cast, token: str) -> httpx.Response:
    """Follow the link in the new mailbox."""
    return await cast.client.post(CONFIRM_PATH, json={"token": token})


async def revert(cast: Cast, token: str) -> httpx.Response:
    """Follow the link in the old mailbox."""
    return await cast.client.post(REVERT_PATH, json={"token": token})


async def login(cast: Cast, email: str, password: str = PASSWORD) -> httpx.Response:
    """Sign in, as a browser nobody knows."""
    cast.client.cookies.clear()
    return await cast.client.post("/api/v1/auth/login", json={"email": email, "password": password})


async def changed(cast: Cast, person: Person, new: str = NEW) -> str:
    """Change the address all the way; the link by which the old one takes it back."""
    assert (await ask(person, new)).status_code == 202
    assert (await confirm(cast, await link(cast, new, "confirm-email"))).status_code == 204
    return await link(cast, OLD, "revert-email")


async def register(cast: Cast, email: str) -> None:
    """Somebody else begins an account with this address, and proves nothing."""
    body = {"email": email, "password": "another 7 unrelated words", "firstName": "N"}
    answer = await cast.client.post("/api/v1/auth/register", json={**body, "lastName": "L"})
    assert answer.status_code == 202
    await cast.work_off()
