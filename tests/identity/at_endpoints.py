"""Who comes to the endpoints for programs: applications, and Dana in her browser."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.applications import HERE, Application, Browser, registered
from tests.cast import Cast

from firstmile.identity.redirects import Kind
from firstmile.kernel.asgi import App
from firstmile.service import Service


@pytest.fixture
async def dana(cast: Cast, app: App) -> AsyncIterator[Browser]:
    """Dana's browser, signed in; she has a project."""
    await cast.a_user("Dana").owning("Acme").signed_in()
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as http:
        browser = Browser(http)
        await browser.sign_in("Dana")
        yield browser


@pytest.fixture
async def reports(service: Service, client: httpx.AsyncClient) -> Application:
    """An application with a secret."""
    return await registered(service, client)


@pytest.fixture
async def page(service: Service, client: httpx.AsyncClient) -> Application:
    """An application that runs in a browser."""
    return await registered(service, client, Kind.BROWSER)
