"""The verb that deletes what has expired."""

from firstmile.settings import Settings
from firstmile.verbs.opening import opened


async def clean_up(settings: Settings) -> dict[str, int]:
    """Delete what has expired, now."""
    async with opened(settings) as service, service.works.begin() as work:
        return await service.clean_up(work)
