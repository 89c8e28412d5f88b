"""Flags that go on or off at a moment: planned, called off, and done by the worker."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from msgspec import structs

from firstmile.kernel.ids import new_id
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Invalid, NotFound, Refusal
from firstmile.kernel.work import Work, Works
from firstmile.outside.hints import Hints
from firstmile.release import store
from firstmile.release import store_schedules as kept
from firstmile.release.actions import publish
from firstmile.release.models import (
    Author,
    Change,
    FlagRow,
    Subject,
    check_reason,
    no_such_environment,
    no_such_flag,
)
from firstmile.release.sayings import Saying, in_words_of, told
from firstmile.release.store_schedules import Schedule, State

log = structlog.get_logger()

SELF = Author("schedule")
FURTHEST = timedelta(days=366)


@dataclass(frozen=True)
class Wish:
    """What somebody wants: a flag on or off at a moment, and why."""

    environment: str
    key: str
    enabled: bool
    due_at: datetime
    reason: str


async def schedule(work: Work, wish: Wish, author: Author) -> Schedule:
    """Plan that a flag goes on or off. Raises Invalid, NotFound, and Conflict.

    Where four eyes are asked for, one person may only plan that a flag goes off.
    """
    environment = await store.lock_environment(work.db, wish.environment)
    if environment is None:
        raise no_such_environment()
    await _flag(work, wish.environment, wish.key)
    if not work.now < wish.due_at <= work.now + FURTHEST:
        raise Invalid.field("dueAt", N_("Name a moment to come, within a year."))
    if environment.four_eyes and wish.enabled and author.user_id is not None:
        raise Conflict(
            N_("Another person has to look at a change here. Plan a rollout instead."),
            error="second_person_needed",
        )
    planned = Schedule(
        new_id(),
        wish.environment,
        wish.key,
        wish.enabled,
        wish.due_at,
        author,
        check_reason(wish.reason),
    )
    await kept.add_schedule(work.db, planned, work.now)
    return planned


async def call_off(work: Work, schedule_id: UUID, reason: str) -> Schedule:
    """Take a schedule back. Raises NotFound, and Conflict when it is over."""
    found = await kept.lock_schedule(work.db, schedule_id)
    if found is None:
        raise NotFound(N_("There is no such schedule."))
    if found.state is not State.PLANNED:
        raise Conflict(N_("This schedule is over already."), error="schedule_ended")
    says = in_words_of(check_reason(reason))
    ended = replace(found, state=State.CANCELLED, says=says, ended_at=work.now)
    await kept.save_schedule(work.db, ended)
    return ended


async def keep_all(works: Works, hints: Hints) -> int:
    """Do what is due, each in a transaction of its own; how many were done."""
    async with works.database.lease() as db:
        due = await kept.due_schedules(db, works.clock())
    count = 0
    for one in due:
        try:
            async with works.begin() as work:
                count += await _keep(work, hints, one.id)
        except Refusal as refusal:
            await _note_refusal(works, one, str(refusal))
        except Exception:
            # What one of them meets is no reason to forget the others.
            log.exception("schedule_failed", schedule=str(one.id), flag=one.key)
    return count


async def _keep(work: Work, hints: Hints, schedule_id: UUID) -> bool:
    one = await kept.lock_schedule(work.db, schedule_id)
    if one is None or one.state is not State.PLANNED:
        return False
    try:
        row = await _flag(work, one.environment, one.key)
    except NotFound:
        says = (Saying("archived"),)
        ended = replace(one, state=State.CANCELLED, says=says, ended_at=work.now)
        await kept.save_schedule(work.db, ended)
        return False
    after = structs.replace(row.flag, enabled=one.enabled)
    says = (Saying("was_so_already" if after == row.flag else "went_as_planned"),)
    reason = f"As planned: {one.reason}"[:500]
    subject = Subject.FLAG
    change = Change(one.environment, subject, one.key, after, SELF, reason, row.revision)
    await publish(work, hints, change)
    await kept.save_schedule(work.db, replace(one, state=State.DONE, says=says, ended_at=work.now))
    return True


async def _note_refusal(works: Works, one: Schedule, text: str) -> None:
    """The flag cannot be written as it is: told on the page too, and tried again in a minute."""
    says = (Saying("refused", {"text": text}),)
    if one.says == says:
        return
    log.error("schedule_refused", schedule=str(one.id), flag=one.key, why=told(says))
    async with works.begin() as work:
        locked = await kept.lock_schedule(work.db, one.id)
        if locked is not None and locked.state is State.PLANNED:
            await kept.save_schedule(work.db, replace(locked, says=says))


async def _flag(work: Work, environment: str, key: str) -> FlagRow:
    row = await store.flag(work.db, environment, key)
    if row is None or row.archived_at is not None:
        raise no_such_flag()
    return row
