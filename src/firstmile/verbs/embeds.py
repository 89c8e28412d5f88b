"""What the verbs about embeds do once their words are read."""

from firstmile.settings import Settings
from firstmile.verbs.opening import opened
from firstmile.web.embeds.archive import Archive
from firstmile.web.embeds.store import Build, builds


async def kept_builds(settings: Settings) -> tuple[str | None, list[Build]]:
    """The folder of this release's build, and all builds that are kept, the newest first."""
    async with opened(settings) as service, service.database.lease() as db:
        built = service.parts.get(Archive).built
        return built.folder if built else None, await builds(db)
