"""Asking how strong a password would be: told in words, kept nowhere, about nobody's account."""

import json
import re

import httpx
import pytest
from tests.cast import Cast
from tests.conftest import ROOT

CHECK = "/api/v1/auth/password-check"
STRONG = "three calm otters"
FORM = {"email": "danalopez@example.org", "firstName": "Dana", "lastName": "Lopez"}


async def checked(
    client: httpx.AsyncClient, password: str, language: str = "en", **form: str
) -> httpx.Response:
    return await client.post(
        CHECK, json={"password": password, **form}, headers={"accept-language": language}
    )


async def test_a_strong_password_is_acceptable(client: httpx.AsyncClient) -> None:
    answer = await checked(client, STRONG, **FORM)

    assert answer.status_code == 200
    assert answer.json() == {"score": 4, "acceptable": True, "reasons": [], "suggestions": []}


async def test_every_reason_is_told_with_a_code_and_a_sentence(client: httpx.AsyncClient) -> None:
    told = (await checked(client, "margaret", firstName="Margaret")).json()

    assert (told["score"], told["acceptable"]) == (0, False)
    assert told["reasons"] == [
        {"code": "like_person", "message": "Do not use your name or address as your password."},
        {"code": "stolen", "message": "This password is in lists of stolen passwords."},
    ]
    assert [one["code"] for one in told["suggestions"]] == ["add_a_word"]


async def test_the_length_that_is_missing_is_a_number_in_the_sentence(
    client: httpx.AsyncClient,
) -> None:
    told = (await checked(client, "short")).json()

    assert told["reasons"][0] == {"code": "too_short", "message": "Use at least 8 characters."}


async def test_a_refused_registration_tells_the_same_reasons(client: httpx.AsyncClient) -> None:
    asked = FORM | {"password": "DanaLopez"}
    told = (await checked(client, "DanaLopez", **FORM)).json()

    refused = await client.post("/api/v1/auth/register", json=asked)

    assert refused.status_code == 422
    assert [(one["field"], one["code"], one["message"]) for one in refused.json()["details"]] == [
        ("password", one["code"], one["message"]) for one in told["reasons"]
    ]


@pytest.mark.asvs("6.2.11")
async def test_a_reset_knows_whose_password_it_is(cast: Cast, client: httpx.AsyncClient) -> None:
    await cast.a_user("Dana").registered()
    await client.post("/api/v1/auth/forgot-password", json={"email": "dana@example.org"})
    token = await cast.token_for("dana@example.org")

    refused = await client.post(
        "/api/v1/auth/reset-password", json={"token": token, "password": "Dana.Example.1"}
    )

    assert refused.status_code == 422
    assert [one["code"] for one in refused.json()["details"]] == ["like_person"]
    taken = await client.post(
        "/api/v1/auth/reset-password", json={"token": token, "password": STRONG}
    )
    assert taken.status_code == 204


async def test_a_reset_with_a_token_of_nobody_does_not_judge_the_password(
    client: httpx.AsyncClient,
) -> None:
    refused = await client.post(
        "/api/v1/auth/reset-password", json={"token": "nobody's", "password": "short"}
    )

    assert (refused.status_code, refused.json()["error"]) == (400, "token_invalid")


async def test_the_answer_is_the_same_whether_the_address_has_an_account(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    before = (await checked(client, "Dana-Example-1", email="dana@example.org")).json()
    await cast.a_user("Dana").registered()

    after = (await checked(client, "Dana-Example-1", email="dana@example.org")).json()

    assert before == after


async def test_the_answer_of_the_how_to_is_the_answer(client: httpx.AsyncClient) -> None:
    text = (ROOT / "docs/how-to/passwords.md").read_text()
    (shown,) = re.findall(r"^\{.*\}$", text, re.MULTILINE)

    assert (await checked(client, "margaret", firstName="Margaret")).json() == json.loads(shown)
