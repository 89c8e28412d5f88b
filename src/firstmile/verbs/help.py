"""The verb about the articles that come with Firstmile."""

from firstmile.help.files import read_library
from firstmile.help.shelf import TOPIC as HELP_TOPIC
from firstmile.help.shipping import Brought, ship
from firstmile.settings import Settings
from firstmile.verbs.opening import opened


async def bring_help(settings: Settings) -> Brought:
    """Bring the articles that come with Firstmile; what was edited here stays as it is."""
    async with opened(settings) as service, service.works.begin() as work:
        brought = await ship(work, read_library())
        await service.hints.tell_with(work, HELP_TOPIC, "shipped")
        return brought
