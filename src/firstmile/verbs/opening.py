"""A service for the time of one verb."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from firstmile.service import Service
from firstmile.settings import Settings


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Service]:
    """A service with its connections open, without listening for hints."""
    service = Service(settings)
    await service.database.open()
    try:
        yield service
    finally:
        service.hashing.close()
        await service.database.close()
        if service.redis is not None:
            await service.redis.close()
