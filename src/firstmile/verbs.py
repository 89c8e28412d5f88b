"""What the verbs of the command do once their words are read."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from firstmile.demo import seed_people
from firstmile.demo_experiments import seed_experiments
from firstmile.demo_flags import seed_flags
from firstmile.demo_guidance import seed_guidance
from firstmile.demo_journeys import apply_history, follows_folder, seed_journeys
from firstmile.demo_rollouts import seed_rollout
from firstmile.help.files import read_library
from firstmile.help.shelf import TOPIC as HELP_TOPIC
from firstmile.help.shipping import Brought, ship
from firstmile.identity import store_staff
from firstmile.identity.factors import SecondFactors
from firstmile.identity.importing import Importer
from firstmile.identity.importing_auth0 import from_auth0
from firstmile.identity.importing_report import Report
from firstmile.identity.importing_sources import SOURCES
from firstmile.identity.passwords import Passwords
from firstmile.identity.sessions import Sessions
from firstmile.identity.signing import TOPIC as KEYS_TOPIC
from firstmile.identity.signing import ensure_keys, rotate_keys
from firstmile.identity.staff import grant_staff
from firstmile.identity.store_sessions import KeyRow, signing_keys
from firstmile.kernel.access import StaffRole
from firstmile.onboarding.applying import apply_definitions
from firstmile.onboarding.catalogue import TOPIC as DEFINITIONS_TOPIC
from firstmile.onboarding.editions import UNSAID, Order, Wanted
from firstmile.onboarding.plans import Plan
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


async def prepare(settings: Settings, wanted: Wanted) -> bool:
    """Put the steps into force and add the demo cast.

    False when the steps were left alone because somebody changed them by hand.
    """
    async with opened(settings) as service:
        await apply_history(service, wanted)
        async with service.works.begin() as work:
            if is_followed := await follows_folder(work):
                await apply_definitions(work, wanted, Order(reason="The steps of the folder"))
        await service.catalogue.load(service.database)
        await seed_people(service)
        await seed_journeys(service)
        await seed_flags(service)
        await seed_experiments(service)
        await seed_rollout(service)
        await seed_guidance(service)
    return is_followed


async def apply_steps(
    settings: Settings,
    wanted: Wanted,
    order: Order = UNSAID,
    *,
    check: Callable[[Plan, str | None], None] | None = None,
) -> Plan:
    """Put definitions into force on every replica, and move everybody."""
    async with opened(settings) as service, service.works.begin() as work:
        plan = await apply_definitions(work, wanted, order, check=check)
        await service.hints.tell_with(work, DEFINITIONS_TOPIC, "applied")
        return plan


async def bring_help(settings: Settings) -> Brought:
    """Bring the articles that come with Firstmile; what was edited here stays as it is."""
    async with opened(settings) as service, service.works.begin() as work:
        brought = await ship(work, read_library())
        await service.hints.tell_with(work, HELP_TOPIC, "shipped")
        return brought


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


async def show_staff(settings: Settings) -> list[tuple[str, StaffRole]]:
    """Who is staff, and as what."""
    async with opened(settings) as service, service.database.lease() as db:
        return await store_staff.staff(db)


async def set_staff(settings: Settings, email: str, role: StaffRole | None) -> None:
    """Make somebody staff, or take it away, on every replica."""
    async with opened(settings) as service, service.works.begin() as work:
        await grant_staff(work, service.parts.get(Sessions), email, role)


async def clean_up(settings: Settings) -> dict[str, int]:
    """Delete what has expired, now."""
    async with opened(settings) as service, service.works.begin() as work:
        return await service.clean_up(work)


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
