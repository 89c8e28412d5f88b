"""What the verbs of the command do once their words are read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from firstmile.demo import seed_people
from firstmile.identity.signing import TOPIC as KEYS_TOPIC
from firstmile.identity.signing import ensure_keys, rotate_keys
from firstmile.identity.store_sessions import KeyRow, signing_keys
from firstmile.onboarding.catalogue import TOPIC as DEFINITIONS_TOPIC
from firstmile.onboarding.catalogue import Applied, apply_definitions
from firstmile.onboarding.definitions import Definitions
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


async def prepare(settings: Settings, wanted: Definitions) -> None:
    """Put the steps into force and add the demo cast."""
    async with opened(settings) as service:
        async with service.works.begin() as work:
            await apply_definitions(work, wanted)
        await service.catalogue.load(service.database)
        await seed_people(service)


async def apply_steps(settings: Settings, wanted: Definitions) -> Applied:
    """Put definitions into force on every replica."""
    async with opened(settings) as service:
        async with service.works.begin() as work:
            applied = await apply_definitions(work, wanted)
        await service.hints.tell(DEFINITIONS_TOPIC, "applied")
        return applied


async def make_keys(settings: Settings) -> None:
    """Make the first signing keys where there are none."""
    async with opened(settings) as service, service.works.begin() as work:
        await ensure_keys(work, service.vault)


async def show_keys(settings: Settings, *, rotate: bool) -> list[KeyRow]:
    """The signing keys, after a rotation when asked for."""
    async with opened(settings) as service:
        if rotate:
            life = timedelta(seconds=settings.access_token_seconds)
            async with service.works.begin() as work:
                rows = await rotate_keys(work, service.vault, token_life=life)
            await service.hints.tell(KEYS_TOPIC, "rotated")
            return rows
        async with service.database.lease() as db:
            return await signing_keys(db)


async def clean_up(settings: Settings) -> dict[str, int]:
    """Delete what has expired, now."""
    async with opened(settings) as service, service.works.begin() as work:
        return await service.clean_up(work)
