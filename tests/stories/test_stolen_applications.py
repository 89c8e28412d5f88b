"""Who steals the database signs in to no application, and as none."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.applications import HERE, Browser, registered
from tests.cast import Cast
from tests.stories.loot import Loot

from firstmile.identity.client_registry import Clients
from firstmile.kernel.asgi import App
from firstmile.outside.postgres import EmbeddedPostgres
from firstmile.service import Service


@pytest.fixture
async def browser(app: App) -> AsyncIterator[Browser]:
    """A browser with nobody's cookies."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as http:
        yield Browser(http)


async def test_a_stolen_database_holds_nothing_an_application_could_use(
    cluster: EmbeddedPostgres,
    database_url: str,
    service: Service,
    client: httpx.AsyncClient,
    cast: Cast,
    browser: Browser,
) -> None:
    loot = Loot(cluster, database_url)
    await cast.a_user("Dana").registered()
    await browser.sign_in("Dana")
    reports = await registered(service, client)
    loot.note("secret of the application", str(reports.secret))
    loot.note("verifier", reports.verifier)
    code = await browser.code(reports)
    loot.note("code", code)
    loot.dump("while a code is on its way")
    tokens = (await reports.redeem(code)).json()
    newer = (await reports.refresh(tokens["refresh_token"])).json()
    for when, given in (("at first", tokens), ("after a refresh", newer)):
        for name in ("access_token", "id_token", "refresh_token"):
            loot.note(f"{name} {when}", given[name])
    async with service.works.begin() as work:
        _, renewed = await service.parts.get(Clients).renew_secret(
            work, reports.client.id, staff_id=None
        )
    loot.note("renewed secret", renewed)
    loot.dump("at the end")

    assert "client_grants" in loot.dumps["at the end"]
    assert len(loot.values) == 10
    assert loot.found() == []
