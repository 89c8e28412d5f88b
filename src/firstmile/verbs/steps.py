"""What the verbs about steps do once their words are read."""

from collections.abc import Callable

from firstmile.onboarding.catalogue import TOPIC
from firstmile.onboarding.changing import store_editions
from firstmile.onboarding.changing.applying import (
    apply_definitions,
    plan_definitions,
    plan_undo,
    undo_edition,
)
from firstmile.onboarding.changing.editions import UNSAID, Edition, Order, Wanted, check_seen
from firstmile.onboarding.changing.plans import Plan
from firstmile.onboarding.files.linting.advice import Advice
from firstmile.onboarding.files.linting.unwise import warnings
from firstmile.settings import Settings
from firstmile.verbs.opening import opened


async def plan(settings: Settings, wanted: Wanted) -> tuple[Plan, list[Advice]]:
    """What putting definitions into force would do to whom, and what is unwise in them."""
    async with opened(settings) as service, service.works.begin() as work:
        told = await store_editions.attributes_told(work.db)
        return await plan_definitions(work, wanted), [*warnings(wanted.definitions, told)]


async def plan_of_undo(settings: Settings) -> tuple[Edition, Plan]:
    """What would be undone, and what that would do to whom."""
    async with opened(settings) as service, service.works.begin() as work:
        return await plan_undo(work)


async def undo(settings: Settings, order: Order) -> Plan:
    """Undo the newest edition that stands, on every replica."""
    async with opened(settings) as service, service.works.begin() as work:
        done = await undo_edition(work, order, check=check_seen)
        await service.hints.tell_with(work, TOPIC, "undone")
        return done


async def editions(settings: Settings) -> list[Edition]:
    """Every edition, the newest first."""
    async with opened(settings) as service, service.database.lease() as db:
        return await store_editions.editions(db)


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
        await service.hints.tell_with(work, TOPIC, "applied")
        return plan
