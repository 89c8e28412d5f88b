"""The service goes by a clock that a test may put forward, and may send people to a provider."""

from collections.abc import AsyncIterator, Iterator

import pytest
from tests.clock import MovedClock
from tests.identity.real_provider import real_provider

from firstmile.service import Service
from firstmile.settings import Settings


@pytest.fixture
def clock() -> MovedClock:
    """What time it is for the service."""
    return MovedClock()


@pytest.fixture
async def service(settings: Settings, clock: MovedClock) -> AsyncIterator[Service]:
    """Every part, open."""
    service = Service(settings, clock=clock)
    await service.open()
    service.readiness.on()
    yield service
    await service.close()


@pytest.fixture(scope="session")
def issuer() -> Iterator[str]:
    """A certified provider, which sends people back to `acme` alone; its address."""
    with real_provider(["http://localhost:8000/sign-in/with/acme/callback"]) as issuer:
        yield issuer
