"""The three engines, each started once, and one Firstmile for what they look at."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from playwright.async_api import async_playwright
from tests.conftest import create_database, settings_for
from tests.engines.page import Engine, Page
from tests.engines.people import publish
from tests.engines.playwright_pages import chromium, firefox
from tests.engines.set_up import flask, plain, react
from tests.engines.webkit import webkit
from tests.running import Running, free_port, running_service

from firstmile.outside.postgres import EmbeddedPostgres
from firstmile.verbs.help import bring_help

__all__ = ["flask", "plain", "react"]

# All stays with one worker, so that no browser is started and no example set up twice.
TOGETHER = pytest.mark.xdist_group("engines")
ENGINES = [pytest.param(name, marks=TOGETHER) for name in ("chromium", "firefox", "webkit")]
# What the examples have behind a gate.
GATE = {
    "key": "exports",
    "kind": "gate",
    "needs": {"steps": ["choose-market"]},
    "words": {
        "en": {"title": "Exports", "body": "They follow the rules of your **market**."},
        "fr": {"title": "Exports", "body": "Ils suivent les règles de votre **marché**."},
    },
}
EXAMPLES = ("plain-html", "react-vite", "flask-gate")


@pytest.fixture(scope="session", params=ENGINES)
async def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Engine]:
    """A browser of each engine in turn."""
    if request.param == "webkit":
        async with webkit(tmp_path_factory.mktemp("webkit")) as started:
            yield started
        return
    start = {"chromium": chromium, "firefox": firefox}[request.param]
    async with async_playwright() as playwright, start(playwright) as browser:
        yield browser


@pytest.fixture
async def page(engine: Engine) -> AsyncIterator[Page]:
    """A page with an empty profile, as wide as a desk's."""
    async with engine.page() as page:
        yield page


@pytest.fixture(scope="session")
def ports() -> dict[str, int]:
    """Where each example will be: Firstmile is told before it starts."""
    return {name: free_port() for name in EXAMPLES}


@pytest.fixture(scope="session")
def place(
    cluster: EmbeddedPostgres,
    template: str,
    tmp_path_factory: pytest.TempPathFactory,
    ports: dict[str, int],
) -> Iterator[Running]:
    """Firstmile, running for all tests of a worker: each brings people of its own."""
    origins = [f"http://localhost:{port}" for port in ports.values()]
    url = create_database(cluster, f"engines_{uuid4().hex}", template)
    settings = settings_for(url, tmp_path_factory.mktemp("place"))
    # Beside the examples, as their READMEs have it: cookies of one host, whatever the port.
    asyncio.run(bring_help(settings))
    given = {"CORS_ORIGINS": json.dumps(origins), "GUIDANCE_GRACE_MINUTES": "0"}
    with running_service(settings, host="localhost", **given) as service:
        publish(service, GATE)
        yield service
