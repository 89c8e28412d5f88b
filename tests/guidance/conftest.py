"""What the tests of guidance begin with: time that passes at their word, and Sam of staff."""

import pytest
from tests.cast import Cast, Person
from tests.clock import MovedClock

from firstmile.service import Service


@pytest.fixture
def clock(service: Service) -> MovedClock:
    """Time that a test lets pass, for what happens from now on."""
    clock = MovedClock()
    service.works.clock = clock
    return clock


@pytest.fixture
async def sam(cast: Cast) -> Person:
    return await cast.sam()
