"""What an application is told of a person, by a token that opens nothing else."""

import httpx
import pytest
from tests.applications import Application, Browser
from tests.cast import Cast
from tests.identity.apps import told
from tests.identity.at_endpoints import dana, reports

__all__ = ["dana", "reports"]


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        ("openid", {"sub"}),
        ("openid email", {"sub", "email", "email_verified"}),
        (
            "openid profile",
            {"sub", "name", "given_name", "family_name", "locale", "zoneinfo"},
        ),
        ("openid roles", {"sub", "roles", "projects"}),
    ],
)
async def test_userinfo_tells_what_the_scopes_allow_and_no_more(
    dana: Browser, reports: Application, scope: str, names: set[str]
) -> None:
    tokens = await dana.tokens(reports, scope=scope)

    answer = await reports.userinfo(tokens["access_token"])

    assert set(answer.json()) == names
    assert answer.headers["cache-control"] == "no-store"


async def test_userinfo_tells_the_truth(dana: Browser, reports: Application, cast: Cast) -> None:
    user = await cast.user("Dana")
    tokens = await dana.tokens(reports)

    info = (await reports.userinfo(tokens["access_token"])).json()

    assert info["sub"] == str(user.id)
    assert info["sub"] == (await reports.claims(tokens["id_token"]))["sub"]
    assert (info["name"], info["email"]) == ("Dana Example", "dana@example.org")
    assert info["email_verified"] is True
    assert info["roles"] == ["owner"]
    assert [(one["name"], one["role"]) for one in info["projects"]] == [("Acme", "owner")]


async def test_userinfo_may_be_asked_by_post(
    dana: Browser, reports: Application, client: httpx.AsyncClient
) -> None:
    token = (await dana.tokens(reports))["access_token"]
    header = {"authorization": f"Bearer {token}"}

    by_header = await client.post("/oauth/userinfo", headers=header)
    by_form = await client.post("/oauth/userinfo", data={"access_token": token})
    by_both = await client.post("/oauth/userinfo", data={"access_token": token}, headers=header)
    by_query = await client.get(f"/oauth/userinfo?access_token={token}")

    assert by_header.json() == by_form.json()
    assert by_header.json()["email"] == "dana@example.org"
    assert told(by_both) == (400, "invalid_request")
    assert told(by_query) == (401, "invalid_token")


@pytest.mark.asvs("10.3.1")
async def test_a_token_of_an_application_opens_nothing_of_our_api(
    dana: Browser, reports: Application, client: httpx.AsyncClient
) -> None:
    tokens = await dana.tokens(reports)

    for token in tokens["access_token"], tokens["id_token"], tokens["refresh_token"]:
        for path in ("/api/v1/auth/me", "/api/v1/projects", "/api/v1/onboarding"):
            answer = await client.get(path, headers={"authorization": f"Bearer {token}"})
            assert answer.status_code == 401, path


@pytest.mark.asvs("10.3.1")
async def test_no_other_token_opens_userinfo(
    dana: Browser, reports: Application, cast: Cast
) -> None:
    tokens = await dana.tokens(reports)
    own = await cast.sign_in("Dana")

    for token in tokens["id_token"], tokens["refresh_token"], own.access_token, "", "x", "a.b.c":
        answer = await reports.userinfo(token)
        assert told(answer) == (401, "invalid_token")
        assert answer.headers["www-authenticate"].startswith("Bearer ")
