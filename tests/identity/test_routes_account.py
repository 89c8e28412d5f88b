"""Registering, verifying, resetting: as an API client meets it."""

import asyncio

import httpx
import pytest
from tests.cast import PASSWORD, Cast, text_of


async def test_registering_sends_one_mail_with_a_link(cast: Cast) -> None:
    await cast.a_user("Dana").unverified().registered()

    mails = await cast.mails("dana@example.org")

    assert len(mails) == 1
    assert "/verify-email?token=" in text_of(mails[0])


@pytest.mark.asvs("6.4.1")
async def test_a_link_confirms_the_address_once(cast: Cast, client: httpx.AsyncClient) -> None:
    await cast.a_user("Dana").unverified().registered()
    token = await cast.token_for("dana@example.org")

    first = await client.post("/api/v1/auth/verify-email", json={"token": token})
    second = await client.post("/api/v1/auth/verify-email", json={"token": token})

    assert first.status_code == 200
    assert first.json()["user"]["emailVerified"] is True
    assert second.status_code == 400
    assert second.json()["error"] == "token_invalid"


async def test_fifty_uses_of_one_reset_token_set_one_password(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    await cast.a_user("Dana").registered()
    await client.post("/api/v1/auth/forgot-password", json={"email": "dana@example.org"})
    token = await cast.token_for("dana@example.org")

    answers = await asyncio.gather(
        *(
            client.post(
                "/api/v1/auth/reset-password",
                json={"token": token, "password": f"another secret {number}"},
            )
            for number in range(50)
        )
    )

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses.count(204) == 1
    assert set(statuses) <= {204, 400, 503}


async def test_the_answer_to_a_known_address_is_the_same(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    await cast.a_user("Dana").registered()

    answers = [
        await client.post(
            "/api/v1/auth/register",
            json={"email": email, "password": PASSWORD, "firstName": "D", "lastName": "L"},
        )
        for email in ("dana@example.org", "nobody@example.org")
    ]

    assert answers[0].status_code == answers[1].status_code == 202
    assert answers[0].content == answers[1].content
    mails = await cast.mails("dana@example.org")
    assert "token=" not in text_of(mails[0])
