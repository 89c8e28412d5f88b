"""What the verbs about privacy do once their words are read."""

from firstmile.privacy.consenting import Consents
from firstmile.settings import Settings
from firstmile.verbs.opening import opened


async def consent_problems(settings: Settings) -> list[str]:
    """What is wrong with the records of consent, each in a sentence."""
    async with opened(settings) as service, service.database.lease() as db:
        return await service.parts.get(Consents).problems(db)
