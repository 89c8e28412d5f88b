"""Finds the flags of an environment that nobody needs any more."""

from datetime import datetime

from firstmile.kernel.database import Connection
from firstmile.release import store, store_usage
from firstmile.release.debt import LOOKED_AT, Debt, Served, debts


async def debts_in(db: Connection, environment: str, now: datetime) -> list[Debt]:
    """What is wrong with the flags of an environment, by their keys."""
    rows = await store.flags(db, environment)
    uses = await store_usage.uses(db, environment, (now - LOOKED_AT).date())
    counted_since = await store_usage.counted_since(db, environment)
    served = [Served(use.flag, use.variant, use.count) for use in uses]
    return debts(rows, served, counted_since=counted_since, now=now)
