"""The service of these tests goes by a clock that a test may put forward."""

from collections.abc import AsyncIterator

import pytest
from tests.clock import MovedClock

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
