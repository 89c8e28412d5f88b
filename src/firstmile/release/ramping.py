"""The verbs of rollouts: plan, stop, and what the worker does every minute."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog
from msgspec import structs

from firstmile.kernel.events import PersonalEvent
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, NotFound, Refusal, Stale
from firstmile.kernel.work import Work, Works
from firstmile.outside.hints import Hints
from firstmile.release import store
from firstmile.release import store_rollouts as kept
from firstmile.release.actions import publish
from firstmile.release.events import RolloutEnded, RolloutMoved
from firstmile.release.models import Author, Change, Subject, check_reason, no_such_flag
from firstmile.release.rollouts import (
    Decision,
    Guard,
    Move,
    Rollout,
    Stage,
    State,
    changed_by_hand,
    check_plan,
    decide,
    moved,
    stopped,
)

log = structlog.get_logger()

TOPIC = "rollouts"
SELF = Author("rollout")


@dataclass(frozen=True)
class Plan:
    """What somebody wants: a flag's stages, what guards them, and from when on."""

    environment: str
    key: str
    stages: tuple[Stage, ...]
    guards: tuple[Guard, ...]
    reason: str
    starts_at: datetime | None = None
    seen: int | None = None


async def plan(work: Work, hints: Hints, wanted: Plan, author: Author) -> Rollout:
    """Plan a rollout; it begins by itself when its time has come, which may be at once.

    Raises Invalid, NotFound, Stale, and Conflict when the flag has one under way, or where a
    second person looks at every change: a rollout would pass them by.
    """
    await _check_one_is_enough(work, wanted.environment)
    row = await store.flag(work.db, wanted.environment, wanted.key)
    if row is None or row.archived_at is not None:
        raise no_such_flag()
    if wanted.seen is not None and wanted.seen != row.revision:
        raise Stale(N_("It changed since you looked."), details={"revision": row.revision})
    percentage = row.flag.serve.rollout_percentage if row.flag.enabled else 0.0
    check_plan(wanted.stages, wanted.guards, percentage)
    rollout = Rollout(
        id=new_id(),
        environment=wanted.environment,
        key=wanted.key,
        stages=wanted.stages,
        guards=wanted.guards,
        state=State.PLANNED,
        at=-1,
        from_percentage=percentage,
        was_enabled=row.flag.enabled,
        starts_at=wanted.starts_at or work.now,
        stage_began_at=None,
        revision=row.revision,
        says="",
        author=author,
        reason=check_reason(wanted.reason),
    )
    if not await kept.add_rollout(work.db, rollout, work.now):
        raise Conflict(
            N_("This flag has a rollout under way. Stop it first."), error="rollout_under_way"
        )
    return await go_on(work, hints, rollout)


async def stop(
    work: Work, hints: Hints, rollout_id: UUID, author: Author, reason: str, *, back: bool
) -> Rollout:
    """End a rollout where it is, or go back to where it began.

    Raises NotFound, and Conflict when it has ended or moves at this very moment.
    """
    rollout = await kept.lock_rollout(work.db, rollout_id)
    if rollout is None:
        if await kept.rollout(work.db, rollout_id) is None:
            raise NotFound(N_("There is no such rollout."))
        raise Conflict(N_("This rollout moves at this moment. Try again."), error="rollout_moves")
    ended = stopped(rollout, check_reason(reason), work.now)
    if back and rollout.at >= 0:
        await _set(work, hints, rollout, rollout.from_percentage, ended.says, author=author)
    await _save(work, hints, ended)
    return ended


async def go_on(work: Work, hints: Hints, rollout: Rollout) -> Rollout:
    """Do what is to be done now, in this transaction; the rollout after it."""
    row = await store.flag(work.db, rollout.environment, rollout.key)
    if row is None or row.archived_at is not None:
        return await _give_way(work, hints, rollout, "The flag was archived.")
    if changed_by_hand(rollout, row.revision):
        return await _give_way(work, hints, rollout, "Somebody changed the flag by hand.")
    decision = decide(rollout, await kept.tallies(work.db, rollout.id), work.now)
    return await _carry_out(work, hints, replace(rollout, revision=row.revision), decision)


async def go_on_with_all(works: Works, hints: Hints) -> int:
    """Every rollout under way, each in a transaction of its own; how many moved."""
    async with works.database.lease() as db:
        waiting = await kept.under_way(db)
    count = 0
    for one in waiting:
        try:
            async with works.begin() as work:
                rollout = await kept.lock_rollout(work.db, one.id)
                if rollout is not None and rollout.is_under_way:
                    after = await go_on(work, hints, rollout)
                    count += (after.state, after.at) != (rollout.state, rollout.at)
        except Refusal:
            # The flag cannot be written as it is: told, and tried again in a minute.
            log.exception("rollout_refused", rollout=str(one.id), flag=one.key)
    return count


async def note_beginning(work: Work, event: PersonalEvent) -> None:
    """For `wiring.py`: somebody began their onboarding."""
    await kept.note_beginning(work.db, UserId(event.user_id), work.now)


async def note_completion(work: Work, event: PersonalEvent) -> None:
    """For `wiring.py`: somebody finished their onboarding."""
    await kept.note_completion(work.db, UserId(event.user_id), work.now)


async def _carry_out(work: Work, hints: Hints, rollout: Rollout, decision: Decision) -> Rollout:
    revision = rollout.revision
    if decision.move is Move.ADVANCE:
        stage = rollout.stages[rollout.at + 1]
        says = f"Rollout to {stage.percentage:g} %: {rollout.reason}"
        revision = await _set(work, hints, rollout, stage.percentage, says)
    elif decision.move is Move.RETURN:
        says = f"Rollout returned to {rollout.from_percentage:g} %: {decision.says}"
        revision = await _set(work, hints, rollout, rollout.from_percentage, says)
    after = moved(rollout, decision, work.now, revision)
    if decision.move is not Move.HOLD or after.says != rollout.says:
        await _save(work, hints, after)
    if decision.move is Move.ADVANCE:
        work.announce(_moved(after))
    return after


async def _check_one_is_enough(work: Work, name: str) -> None:
    environment = await store.lock_environment(work.db, name)
    if environment is not None and environment.four_eyes:
        raise Conflict(
            N_("Here a second person looks at every change. Propose the stages one by one."),
            error="second_person_needed",
        )


async def _give_way(work: Work, hints: Hints, rollout: Rollout, why: str) -> Rollout:
    """A person's hand comes first: the rollout ends and touches nothing."""
    ended = stopped(rollout, why, work.now)
    await _save(work, hints, ended)
    return ended


async def _set(
    work: Work,
    hints: Hints,
    rollout: Rollout,
    percentage: float,
    says: str,
    *,
    author: Author = SELF,
) -> int:
    """Bring the flag to a percentage, as a revision of its own; the number of it."""
    row = await store.flag(work.db, rollout.environment, rollout.key)
    if row is None:
        raise no_such_flag()
    is_back = percentage == rollout.from_percentage
    flag = structs.replace(
        row.flag,
        serve=structs.replace(row.flag.serve, rollout_percentage=percentage),
        enabled=rollout.was_enabled if is_back else True,
    )
    change = Change(
        rollout.environment, Subject.FLAG, rollout.key, flag, author, says[:500], row.revision
    )
    after = await publish(work, hints, change)
    return row.revision if after is None else after.revision


async def _save(work: Work, hints: Hints, rollout: Rollout) -> None:
    await kept.save_rollout(work.db, rollout)
    if not rollout.is_under_way:
        work.announce(_ended(rollout))
    await hints.tell_with(work, TOPIC, str(rollout.id))


def _moved(rollout: Rollout) -> RolloutMoved:
    return RolloutMoved(
        rollout_id=rollout.id,
        environment=rollout.environment,
        key=rollout.key,
        percentage=rollout.percentage,
    )


def _ended(rollout: Rollout) -> RolloutEnded:
    return RolloutEnded(
        rollout_id=rollout.id,
        environment=rollout.environment,
        key=rollout.key,
        state=rollout.state,
        says=rollout.says,
    )
