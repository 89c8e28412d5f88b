"""Help with the articles that come with Firstmile."""

import pytest

from firstmile.help.files import Library, read_library
from firstmile.help.shelf import Shelf
from firstmile.help.shipping import ship
from firstmile.service import Service

LIBRARY = read_library()


@pytest.fixture
async def shelf(service: Service) -> Shelf:
    """The shelf with all that ships on it."""
    return await shipped(service, LIBRARY)


async def shipped(service: Service, library: Library) -> Shelf:
    async with service.works.begin() as work:
        await ship(work, library)
    shelf = service.parts.get(Shelf)
    await shelf.load(service.database)
    return shelf
