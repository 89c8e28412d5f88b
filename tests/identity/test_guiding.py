"""An application of one's own guides its people: what its token opens, and what it never does."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.applications import HERE, Application, Browser, registered
from tests.cast import Cast

from firstmile.identity.clients import Scope
from firstmile.identity.guided import is_open
from firstmile.identity.redirects import Kind
from firstmile.kernel.asgi import App
from firstmile.kernel.database import Connection
from firstmile.kernel.refusals import Invalid
from firstmile.service import Service
from firstmile_client import Settings, TokenRefused, TokenVerifier

GUIDED = "openid guide"


@pytest.fixture
async def dana(cast: Cast, app: App) -> AsyncIterator[Browser]:
    """Dana's browser, signed in."""
    await cast.a_user("Dana").registered()
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as http:
        browser = Browser(http)
        await browser.sign_in("Dana")
        yield browser


@pytest.fixture
async def shop(service: Service, client: httpx.AsyncClient) -> Application:
    """An application of our own, in a browser."""
    return await registered(
        service, client, Kind.BROWSER, scopes=(*Scope,), is_first_party=True, name="Shop"
    )


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def test_a_guided_person_sees_and_settles_their_steps(
    dana: Browser, shop: Application, client: httpx.AsyncClient
) -> None:
    token = bearer((await dana.tokens(shop, scope=GUIDED))["access_token"])

    journey = (await client.get("/api/v1/onboarding", headers=token)).json()
    settled = await client.patch(
        "/api/v1/onboarding/steps/choose-market",
        json={"status": "skipped", "rowVersion": 0},
        headers=token,
    )

    assert "verify-email" in [step["key"] for step in journey["steps"]]
    assert settled.status_code == 200, settled.text


@pytest.mark.parametrize(
    "path",
    ["/api/v1/auth/me", "/api/v1/account/sessions", "/api/v1/projects", "/api/v1/admin/users"],
)
async def test_it_opens_nothing_else(
    dana: Browser, shop: Application, client: httpx.AsyncClient, path: str
) -> None:
    token = (await dana.tokens(shop, scope=GUIDED))["access_token"]

    assert (await client.get(path, headers=bearer(token))).status_code in (401, 404)


async def test_a_token_without_the_scope_guides_nobody(
    dana: Browser, shop: Application, client: httpx.AsyncClient
) -> None:
    token = (await dana.tokens(shop, scope="openid profile"))["access_token"]

    assert (await client.get("/api/v1/onboarding", headers=bearer(token))).status_code == 401


@pytest.mark.parametrize(
    "ending",
    [
        "UPDATE client_grants SET ended_at = now()",
        "UPDATE client_grants SET expires_at = created_at",
        "UPDATE clients SET disabled_at = now()",
        "UPDATE clients SET scopes = '{openid}'",
        "UPDATE clients SET is_first_party = false",
        "UPDATE users SET locked_at = now()",
    ],
)
async def test_whatever_ends_it_ends_it_at_once(
    dana: Browser, shop: Application, client: httpx.AsyncClient, db: Connection, ending: str
) -> None:
    token = bearer((await dana.tokens(shop, scope=GUIDED))["access_token"])
    assert (await client.get("/api/v1/onboarding", headers=token)).status_code == 200

    await db.execute(ending)

    assert (await client.get("/api/v1/onboarding", headers=token)).status_code == 401


async def test_staff_are_nobody_special_by_it(
    cast: Cast, dana: Browser, shop: Application, client: httpx.AsyncClient
) -> None:
    await cast.make_staff("Dana", "admin")
    await dana.sign_in("Dana")
    token = bearer((await dana.tokens(shop, scope=GUIDED))["access_token"])

    assert (await client.get("/api/v1/admin/steps", headers=token)).status_code in (401, 404)
    assert (await client.get("/api/v1/onboarding", headers=token)).status_code == 200


async def test_only_an_application_of_ones_own_may_guide(
    service: Service, client: httpx.AsyncClient
) -> None:
    with pytest.raises(Invalid):
        await registered(service, client, scopes=("openid", "guide"))


async def test_the_server_of_the_application_takes_its_own_tokens_alone(
    dana: Browser, shop: Application, service: Service, app: App, client: httpx.AsyncClient
) -> None:
    other = await registered(
        service, client, Kind.BROWSER, scopes=(*Scope,), is_first_party=True, name="Other"
    )
    mine = (await dana.tokens(shop, scope=GUIDED))["access_token"]
    theirs = (await dana.tokens(other, scope=GUIDED))["access_token"]
    transport = httpx.ASGITransport(app=app)
    verifier = TokenVerifier(HERE, Settings(audience=shop.id, transport=transport))

    assert (await verifier.averify(mine)).subject
    with pytest.raises(TokenRefused):
        await verifier.averify(theirs)
    await verifier.aclose()


@pytest.mark.parametrize(
    ("path", "opens"),
    [
        ("/api/v1/onboarding", True),
        ("/api/v1/onboarding/steps/x", True),
        ("/api/v1/onboarding-notes", False),
        ("/api/v1/admin/onboarding", False),
        ("/api/v1/embed/state", True),
        ("/onboarding", False),
    ],
)
def test_an_address_is_open_whole_or_not(path: str, opens: bool) -> None:
    assert is_open(path) is opens
