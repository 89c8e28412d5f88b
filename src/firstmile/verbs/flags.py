"""What the verbs about flags do once their words are read."""

from dataclasses import dataclass
from typing import Any

import msgspec

from firstmile.release import store
from firstmile.release.actions import publish
from firstmile.release.debt import Debt
from firstmile.release.importing.own import exported
from firstmile.release.importing.plan import Plan, carry_out, planned
from firstmile.release.importing.reading import Imported
from firstmile.release.models import (
    Author,
    Change,
    FlagRow,
    SegmentRow,
    Subject,
    no_such_environment,
    no_such_flag,
)
from firstmile.release.store_usage import Unknown, unknown
from firstmile.release.tidying import debts_in
from firstmile.settings import Settings
from firstmile.targeting.explaining import Explanation, explained
from firstmile.targeting.flags import Flag
from firstmile.targeting.receipts import Receipt, receipt_of
from firstmile.targeting.snapshots import Contents, Snapshot
from firstmile.verbs.opening import opened

AUTHOR = Author("cli")


@dataclass(frozen=True)
class Kept:
    """All there is of an environment."""

    environment: str
    revision: int
    flags: list[FlagRow]
    segments: list[SegmentRow]


async def all_of(settings: Settings, environment: str | None) -> Kept:
    """What is kept of an environment, the service's own when it is not said."""
    async with opened(settings) as service, service.works.begin() as work:
        name = environment or settings.flag_environment
        revisions = {one.name: one.revision for one in await store.environments(work.db)}
        if name not in revisions:
            raise no_such_environment()
        return Kept(
            name,
            revisions[name],
            await store.flags(work.db, name),
            await store.segments(work.db, name),
        )


async def one_of(settings: Settings, environment: str | None, key: str) -> FlagRow:
    """One flag."""
    kept = await all_of(settings, environment)
    for row in kept.flags:
        if row.flag.key == key:
            return row
    raise no_such_flag()


async def put(
    settings: Settings, environment: str | None, key: str, given: Any, reason: str
) -> Flag:
    """Change some fields of a flag, or make one with them; `serve` is changed by its own fields."""
    async with opened(settings) as service, service.works.begin() as work:
        name = environment or settings.flag_environment
        row = await store.flag(work.db, name, key)
        is_new = row is None or row.archived_at is not None
        before = Flag(key) if is_new or row is None else row.flag
        flag = msgspec.convert(_merged(msgspec.to_builtins(before), given), Flag)
        seen = 0 if is_new or row is None else row.revision
        change = Change(name, Subject.FLAG, key, flag, AUTHOR, reason, seen)
        await publish(work, service.hints, change)
        return flag


async def explain(
    settings: Settings, environment: str | None, key: str, context: dict[str, Any]
) -> tuple[Explanation, Receipt]:
    """Why a flag comes to its value for a context, and the receipt of it."""
    kept = await all_of(settings, environment)
    snapshot = Snapshot(
        Contents(
            kept.environment,
            kept.revision,
            flags=tuple(row.flag for row in kept.flags),
            segments=tuple(row.segment for row in kept.segments),
        )
    )
    return explained(snapshot, key, context), receipt_of(snapshot, key, context)


async def export(settings: Settings, environment: str | None, *, as_yaml: bool) -> str:
    """An environment as one document."""
    kept = await all_of(settings, environment)
    flags = [row.flag for row in kept.flags]
    segments = [row.segment for row in kept.segments]
    return exported(kept.environment, flags, segments, as_yaml=as_yaml)


async def tidying(settings: Settings, environment: str | None) -> tuple[list[Debt], list[Unknown]]:
    """What there is to tidy up, and the keys that are asked for and are no flag."""
    async with opened(settings) as service, service.works.begin() as work:
        name = environment or settings.flag_environment
        return await debts_in(work.db, name, work.now), await unknown(work.db, name)


async def bring_in(
    settings: Settings,
    environment: str | None,
    imported: Imported,
    reason: str | None,
    *,
    partial: bool,
) -> Plan:
    """Write what was imported, all or nothing; without a reason only say what would be written."""
    async with opened(settings) as service, service.works.begin() as work:
        name = environment or settings.flag_environment
        if await store.lock_environment(work.db, name) is None:
            raise no_such_environment()
        plan = await planned(work, name, imported, partial=partial)
        if reason is not None:
            await carry_out(work, service.hints, name, plan, AUTHOR, reason)
        return plan


def _merged(before: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    serve = {**before.get("serve", {"variant": "on"}), **given.get("serve", {})}
    return {**before, **given, "serve": serve}
