"""Registering twice: nobody's password becomes somebody else's."""

import httpx
import pytest
from tests.cast import Cast

ASKED = {"email": "dana@example.org", "firstName": "Dana", "lastName": "Lopez"}


async def _register(client: httpx.AsyncClient, password: str) -> None:
    answer = await client.post("/api/v1/auth/register", json=ASKED | {"password": password})
    assert answer.status_code == 202


async def _status(client: httpx.AsyncClient, password: str) -> int:
    body = {"email": "dana@example.org", "password": password}
    return (await client.post("/api/v1/auth/login", json=body)).status_code


async def test_an_account_is_there_when_registering_is_acknowledged(
    client: httpx.AsyncClient,
) -> None:
    await _register(client, "three calm otters")

    assert await _status(client, "three calm otters") == 403


async def test_of_two_passwords_for_one_address_none_counts_until_its_reader_chooses(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    await _register(client, "the attacker's choice")
    await cast.work_off()
    await _register(client, "three calm otters")
    token = await cast.token_for("dana@example.org")

    await client.post("/api/v1/auth/verify-email", json={"token": token})

    assert await _status(client, "the attacker's choice") == 401
    assert await _status(client, "three calm otters") == 401
    await client.post("/api/v1/auth/forgot-password", json={"email": "dana@example.org"})
    token = await cast.token_for("dana@example.org")
    chosen = {"token": token, "password": "four calm otters"}
    assert (await client.post("/api/v1/auth/reset-password", json=chosen)).status_code == 204
    assert await _status(client, "four calm otters") == 200


async def test_registering_again_with_the_same_password_changes_nothing(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    for _ in range(2):
        await _register(client, "three calm otters")
        await cast.work_off()
    token = await cast.token_for("dana@example.org")

    await client.post("/api/v1/auth/verify-email", json={"token": token})

    assert await _status(client, "three calm otters") == 200


async def test_another_link_does_not_bring_a_contested_password_back(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    await _register(client, "the attacker's choice")
    await cast.work_off()
    await _register(client, "three calm otters")
    await cast.work_off()
    await client.post("/api/v1/auth/resend-verification", json={"email": "dana@example.org"})
    token = await cast.token_for("dana@example.org")

    await client.post("/api/v1/auth/verify-email", json={"token": token})

    assert await _status(client, "the attacker's choice") == 401


async def test_a_verified_account_is_not_touched_by_a_registration(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    await cast.a_user("Dana").registered()
    before = await cast.user("Dana")

    await _register(client, "the attacker's choice")
    await cast.work_off()

    assert await cast.user("Dana") == before
    assert len(await cast.mails("dana@example.org")) == 3


async def test_a_name_brings_no_address_into_our_mail(client: httpx.AsyncClient) -> None:
    for name in ("Win at https://evil.example", "www.evil.example", "a@evil.example"):
        body = ASKED | {"password": "three calm otters", "firstName": name}
        answer = await client.post("/api/v1/auth/register", json=body)

        assert answer.status_code == 422
        assert [one["field"] for one in answer.json()["details"]] == ["firstName"]


@pytest.mark.asvs("7.2.4")
async def test_signing_in_ends_the_session_this_browser_had(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    await cast.a_user("Dana").registered()
    body = {"email": "dana@example.org", "password": "correct horse 9 battery"}
    first = await client.post("/api/v1/auth/login", json=body)

    second = await client.post(
        "/api/v1/auth/login", json=body, headers={"x-csrf-token": client.cookies["csrf-token"]}
    )

    client.cookies.clear()
    statuses = [
        (await client.get("/api/v1/auth/me", headers=_bearer(answer))).status_code
        for answer in (first, second)
    ]
    assert statuses == [401, 200]


def _bearer(answer: httpx.Response) -> dict[str, str]:
    return {"authorization": f"Bearer {answer.json()['accessToken']}"}
