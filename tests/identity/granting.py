"""Dana in her browser, and an application that is granted tokens for her."""

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.applications import Application, Browser, registered
from tests.cast import Cast

from firstmile.kernel.asgi import App
from firstmile.service import Service

SPENT = (400, "invalid_grant")


@pytest.fixture
async def browser(app: App) -> AsyncIterator[Browser]:
    """A browser with nobody's cookies."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as http:
        yield Browser(http)


@pytest.fixture
async def dana(cast: Cast, browser: Browser) -> Browser:
    """Dana's browser, signed in."""
    await cast.a_user("Dana").registered()
    await browser.sign_in("Dana")
    return browser


@pytest.fixture
async def reports(service: Service, client: httpx.AsyncClient) -> Application:
    """An application with a secret."""
    return await registered(service, client)


async def is_good(application: Application, tokens: dict[str, str]) -> bool:
    """Whether these tokens open anything still."""
    return (await application.userinfo(tokens["access_token"])).status_code == 200
