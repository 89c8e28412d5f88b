"""The verbs about signing keys."""

from datetime import timedelta

from firstmile.identity.factors import SecondFactors
from firstmile.identity.signing import TOPIC as KEYS_TOPIC
from firstmile.identity.signing import ensure_keys, rotate_keys
from firstmile.identity.store_sessions import KeyRow, signing_keys
from firstmile.settings import Settings
from firstmile.verbs.opening import opened


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
                await service.hints.tell_with(work, KEYS_TOPIC, "rotated")
            await service.parts.get(SecondFactors).reseal(service.works)
            return rows
        async with service.database.lease() as db:
            return await signing_keys(db)
