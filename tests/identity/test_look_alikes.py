"""Addresses that look alike: one mailbox where only the spelling differs, else two people."""

import httpx
import pytest
from tests.cast import PASSWORD, Cast

LOOK_ALIKES = ["mıke@example.org", "mike@ex\u0430mple.org", "m\u0456ke@example.org"]
SPELLINGS = [" MIKE@EXAMPLE.ORG ", "ｍｉｋｅ＠example.org", "mi\uff4be@example\u3002org"]


async def status_of_login(client: httpx.AsyncClient, email: str) -> int:
    body = {"email": email, "password": PASSWORD}
    return (await client.post("/api/v1/auth/login", json=body)).status_code


async def register(client: httpx.AsyncClient, email: str) -> int:
    body = {"email": email, "password": PASSWORD, "firstName": "Mike", "lastName": "Example"}
    return (await client.post("/api/v1/auth/register", json=body)).status_code


@pytest.mark.parametrize("address", LOOK_ALIKES)
async def test_a_look_alike_opens_nothing_and_brings_no_mail(
    cast: Cast, client: httpx.AsyncClient, address: str
) -> None:
    await cast.a_user("Mike").registered()
    before = len(await cast.mails())

    for path in ("forgot-password", "resend-verification"):
        await client.post(f"/api/v1/auth/{path}", json={"email": address})

    assert len(await cast.mails()) == before
    assert await status_of_login(client, address) == 401


@pytest.mark.parametrize("address", SPELLINGS)
async def test_another_spelling_of_ones_address_is_ones_address(
    cast: Cast, client: httpx.AsyncClient, address: str
) -> None:
    await cast.a_user("Mike").registered()

    await client.post("/api/v1/auth/forgot-password", json={"email": address})

    assert (await cast.mails())[0]["To"] == "mike@example.org"
    assert await status_of_login(client, address) == 200


@pytest.mark.parametrize("address", SPELLINGS)
async def test_another_spelling_makes_no_second_account(
    cast: Cast, client: httpx.AsyncClient, address: str
) -> None:
    await cast.a_user("Mike").registered()

    assert await register(client, address) == 202

    async with cast.service.database.lease() as db:
        await cast.work_off()
        assert await db.fetchval("SELECT count(*) FROM users") == 1
    assert (await cast.mails())[0]["To"] == "mike@example.org"


async def test_a_domain_in_its_own_letters_and_in_those_of_dns_is_one(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    assert await register(client, "mike@xn--bcher-kva.example.org") == 202
    assert await register(client, "Mike@BÜCHER.example.org") == 202
    await cast.work_off()

    async with cast.service.database.lease() as db:
        emails = [row["email"] for row in await db.fetch("SELECT email FROM users")]
    assert emails == ["mike@bücher.example.org"]
