"""An application asks to sign its person out here: by a hint or a question, and to nowhere else."""

from urllib.parse import urlencode

import pytest
from tests.applications import (
    CALLBACK,
    Application,
    Browser,
    action_of,
    gone_to,
)
from tests.cast import Cast
from tests.web.test_consent import browser, dana, portal

from firstmile.service import Service

__all__ = ["browser", "dana", "portal"]


async def test_an_application_may_sign_its_person_out_here(
    dana: Browser, portal: Application
) -> None:
    tokens = await dana.tokens(portal)
    asked = {
        "id_token_hint": tokens["id_token"],
        "post_logout_redirect_uri": portal.client.logout_uris[0],
        "state": "bye&x",
    }

    answer = await dana.open(f"/oauth/logout?{urlencode(asked)}")

    assert gone_to(answer) == f"{portal.client.logout_uris[0]}?state=bye%26x"
    assert (await dana.http.get("/api/v1/auth/me")).status_code == 401
    assert (await portal.userinfo(tokens["access_token"])).status_code == 401
    assert (await portal.refresh(tokens["refresh_token"])).status_code == 400


@pytest.mark.asvs("10.6.2")
async def test_without_a_hint_the_person_is_asked(dana: Browser, portal: Application) -> None:
    goal = portal.client.logout_uris[0]
    asked = {"client_id": portal.id, "post_logout_redirect_uri": goal, "state": "s"}

    page = await dana.open(f"/oauth/logout?{urlencode(asked)}")
    still = await dana.http.get("/api/v1/auth/me")
    answer = await dana.send(action_of(page))

    assert "Portal" in page.text
    assert still.status_code == 200
    assert gone_to(answer) == f"{goal}?state=s"
    assert (await dana.http.get("/api/v1/auth/me")).status_code == 401


async def test_a_hint_at_another_session_asks_first(
    cast: Cast, dana: Browser, portal: Application
) -> None:
    tokens = await dana.tokens(portal)
    await cast.a_user("Charlie").registered()
    await dana.sign_in("Charlie")

    page = await dana.open(f"/oauth/logout?id_token_hint={tokens['id_token']}")

    assert "charlie@example.org" in page.text
    assert (await dana.http.get("/api/v1/auth/me")).status_code == 200


async def test_a_hint_may_be_old(dana: Browser, portal: Application, service: Service) -> None:
    """OpenID Connect RP-Initiated Logout 1.0, section 4."""
    tokens = await dana.tokens(portal)
    claims = await portal.claims(tokens["id_token"])
    old = service.keys.sign(
        {"sub": claims["sub"], "sid": claims["sid"], "exp": 1}, service.works.clock(),
        audience=portal.id, kind="JWT",
    )  # fmt: skip

    answer = await dana.open(f"/oauth/logout?id_token_hint={old}")

    assert answer.headers["location"] == "/sign-in?notice=signed-out"


@pytest.mark.parametrize(
    "goal",
    [
        "https://evil.example/",
        "https://reports.example.com/bye/",
        "https://reports.example.com/bye?x=1",
        "//evil.example",
        "javascript:alert(1)",
        CALLBACK,
    ],
)
async def test_after_signing_out_nobody_is_sent_to_an_address_not_registered(
    dana: Browser, portal: Application, goal: str
) -> None:
    tokens = await dana.tokens(portal)
    hints = [{"id_token_hint": tokens["id_token"]}, {"client_id": portal.id}, {}]

    for hint in hints:
        asked = urlencode(hint | {"post_logout_redirect_uri": goal})
        answer = await dana.open(f"/oauth/logout?{asked}")
        assert answer.status_code == 400
        assert not {"location", "refresh"} & set(answer.headers)
    assert (await dana.http.get("/api/v1/auth/me")).status_code == 200


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_no_other_token_is_a_hint(dana: Browser, portal: Application, kind: str) -> None:
    tokens = await dana.tokens(portal)

    page = await dana.open(f"/oauth/logout?id_token_hint={tokens[kind]}")

    assert page.status_code == 200
    assert (await dana.http.get("/api/v1/auth/me")).status_code == 200


async def test_signing_out_by_a_form_from_elsewhere_is_the_same_by_get(
    dana: Browser, portal: Application
) -> None:
    tokens = await dana.tokens(portal)
    headers = {"sec-fetch-site": "cross-site", "origin": "https://reports.example.com"}

    answer = await dana.http.post(
        "/oauth/logout", data={"id_token_hint": tokens["id_token"]}, headers=headers
    )

    assert answer.headers["location"] == f"/oauth/logout?id_token_hint={tokens['id_token']}"
