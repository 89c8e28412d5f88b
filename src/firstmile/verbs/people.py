"""The verbs about staff and about accounts that come from elsewhere."""

from pathlib import Path

from firstmile.identity import store_staff
from firstmile.identity.importing.auth0 import from_auth0
from firstmile.identity.importing.report import Report
from firstmile.identity.importing.sources import SOURCES
from firstmile.identity.importing.taking_over import Importer
from firstmile.identity.passwords import Passwords
from firstmile.identity.sessions import Sessions
from firstmile.identity.staff import grant_staff
from firstmile.kernel.access import StaffRole
from firstmile.settings import Settings
from firstmile.verbs.opening import opened


async def show_staff(settings: Settings) -> list[tuple[str, StaffRole]]:
    """Who is staff, and as what."""
    async with opened(settings) as service, service.database.lease() as db:
        return await store_staff.staff(db)


async def set_staff(settings: Settings, email: str, role: StaffRole | None) -> None:
    """Make somebody staff, or take it away, on every replica."""
    async with opened(settings) as service, service.works.begin() as work:
        await grant_staff(work, service.parts.get(Sessions), email, role)


async def import_users(
    settings: Settings,
    form: str,
    source: Path,
    report: Report,
    *,
    hashes: Path | None,
    is_dry: bool,
) -> None:
    """Take over the accounts of an export; raises FileBroken where it cannot be read on."""
    found = from_auth0(source, hashes) if hashes is not None else SOURCES[form](source)
    async with opened(settings) as service:
        await service.catalogue.load(service.database)
        importer = Importer(
            service.works,
            service.parts.get(Passwords),
            with_test_domains=settings.with_test_domains,
        )
        await importer.run(found, report, is_dry=is_dry)
