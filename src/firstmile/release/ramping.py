"""The verbs of rollouts: plan, stop, and what the worker does every minute."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
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
from firstmile.release.models import (
    Author,
    Change,
    Subject,
    check_reason,
    no_such_environment,
    no_such_flag,
)
from firstmile.release.rollouts import (
    Decision,
    Guard,
    Move,
    Rollout,
    Stage,
    State,
    agreed,
    changed_by_hand,
    check_plan,
    decide,
    moved,
    share_of,
    stopped,
)
from firstmile.release.sayings import Saying, in_words_of, percent, told

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

    Where four eyes are asked for it waits until a second person agrees. Raises Invalid, NotFound,
    Stale, and Conflict when the flag has one under way.
    """
    environment = await store.lock_environment(work.db, wanted.environment)
    if environment is None:
        raise no_such_environment()
    row = await store.flag(work.db, wanted.environment, wanted.key)
    if row is None or row.archived_at is not None:
        raise no_such_flag()
    if wanted.seen is not None and wanted.seen != row.revision:
        raise Stale(N_("It changed since you looked."), details={"revision": row.revision})
    # The environment is ours until the end, so nobody plans another meanwhile.
    if await kept.is_under_way(work.db, wanted.environment, wanted.key):
        raise Conflict(
            N_("This flag has a rollout under way. Stop it first."), error="rollout_under_way"
        )
    check_plan(wanted.stages, wanted.guards, share_of(row.flag))
    rollout = Rollout(
        id=new_id(),
        environment=wanted.environment,
        key=wanted.key,
        stages=wanted.stages,
        guards=wanted.guards,
        state=State.PLANNED,
        at=-1,
        from_percentage=row.flag.serve.rollout_percentage,
        was_enabled=row.flag.enabled,
        starts_at=wanted.starts_at or work.now,
        stage_began_at=None,
        revision=row.revision,
        says=(),
        author=author,
        reason=check_reason(wanted.reason),
        needs_second=environment.four_eyes and author.user_id is not None,
    )
    await kept.add_rollout(work.db, rollout, work.now)
    return await go_on(work, hints, rollout)


async def stop(
    work: Work, hints: Hints, rollout_id: UUID, author: Author, reason: str, *, back: bool
) -> Rollout:
    """End a rollout where it is, or go back to where it began.

    Raises NotFound, and Conflict when it has ended or moves at this very moment.
    """
    rollout = await _held(work, rollout_id)
    said = check_reason(reason)
    ended = stopped(rollout, in_words_of(said), work.now)
    if back and rollout.at >= 0:
        await _set_back(work, hints, rollout, said, author=author)
    await _save(work, hints, ended)
    return ended


async def agree(work: Work, hints: Hints, rollout_id: UUID, by: Author) -> Rollout:
    """Let a rollout begin that waits for a second person.

    Raises NotFound, Forbidden for one's own, and Conflict when it waits for nobody.
    """
    rollout = agreed(await _held(work, rollout_id), by)
    await kept.add_second(work.db, rollout.id, by)
    return await go_on(work, hints, rollout)


async def go_on(work: Work, hints: Hints, rollout: Rollout) -> Rollout:
    """Do what is to be done now, in this transaction; the rollout after it."""
    row = await store.flag(work.db, rollout.environment, rollout.key)
    if row is None or row.archived_at is not None:
        return await _give_way(work, hints, rollout, Saying("archived"))
    if changed_by_hand(rollout, row.revision, row.flag):
        return await _give_way(work, hints, rollout, Saying("changed_by_hand"))
    decision = decide(rollout, await kept.tallies(work.db, rollout.id), work.now)
    return await _carry_out(work, hints, replace(rollout, revision=row.revision), decision)


async def go_on_with_all(works: Works, hints: Hints) -> int:
    """Every rollout under way, each in a transaction of its own; how many moved."""
    async with works.database.lease() as db:
        waiting = await kept.under_way(db)
    count = 0
    for one in waiting:
        try:
            count += await _go_on_with(works, hints, one.id)
        except Refusal as refusal:
            await _note_refusal(works, hints, one, str(refusal))
        except Exception:
            # What one of them meets is no reason to leave the others without their guards.
            log.exception("rollout_failed", rollout=str(one.id), flag=one.key)
    return count


def no_such_rollout() -> NotFound:
    """The answer for a rollout that is not there."""
    return NotFound(N_("There is no such rollout."))


async def note_beginning(work: Work, event: PersonalEvent) -> None:
    """For `wiring.py`: somebody began their onboarding."""
    await kept.note_beginning(work.db, UserId(event.user_id), work.now)


async def note_completion(work: Work, event: PersonalEvent) -> None:
    """For `wiring.py`: somebody finished their onboarding."""
    await kept.note_completion(work.db, UserId(event.user_id), work.now)


async def _held(work: Work, rollout_id: UUID) -> Rollout:
    """A rollout that nobody else moves meanwhile."""
    rollout = await kept.lock_rollout(work.db, rollout_id)
    if rollout is not None:
        return rollout
    if await kept.rollout(work.db, rollout_id) is None:
        raise no_such_rollout()
    raise Conflict(N_("This rollout moves at this moment. Try again."), error="rollout_moves")


async def _go_on_with(works: Works, hints: Hints, rollout_id: UUID) -> bool:
    async with works.begin() as work:
        rollout = await kept.lock_rollout(work.db, rollout_id)
        if rollout is None or not rollout.is_under_way:
            return False
        after = await go_on(work, hints, rollout)
        return (after.state, after.at) != (rollout.state, rollout.at)


async def _note_refusal(works: Works, hints: Hints, rollout: Rollout, text: str) -> None:
    """The flag cannot be written as it is: told on the page too, and tried again in a minute."""
    says = (Saying("refused", {"text": text}),)
    if rollout.says == says:
        return
    log.error("rollout_refused", rollout=str(rollout.id), flag=rollout.key, why=text)
    async with works.begin() as work:
        locked = await kept.lock_rollout(work.db, rollout.id)
        if locked is not None and locked.is_under_way:
            await _save(work, hints, replace(locked, says=says))


async def _carry_out(work: Work, hints: Hints, rollout: Rollout, decision: Decision) -> Rollout:
    revision = rollout.revision
    if decision.move is Move.ADVANCE:
        stage = rollout.stages[rollout.at + 1]
        says = f"Rollout to {percent(stage.percentage, 'en')}: {rollout.reason}"
        revision = await _set(work, hints, rollout, stage.percentage, says, is_on=True)
    elif decision.move is Move.RETURN:
        share = percent(rollout.share_before, "en")
        says = f"Rollout returned to {share}: {told(decision.says)}"
        revision = await _set_back(work, hints, rollout, says)
    after = moved(rollout, decision, work.now, revision)
    if decision.move is not Move.HOLD or after.says != rollout.says:
        await _save(work, hints, after)
    if decision.move is Move.ADVANCE:
        work.announce(_moved(after))
    if decision.move is Move.RETURN:
        work.after_commit(partial(_alert, after))
    return after


async def _alert(rollout: Rollout) -> None:
    """What was to go out is back: a person has to look why."""
    log.error(
        "rollout_returned",
        rollout=str(rollout.id),
        environment=rollout.environment,
        flag=rollout.key,
        why=told(rollout.says),
    )


async def _give_way(work: Work, hints: Hints, rollout: Rollout, why: Saying) -> Rollout:
    """A person's hand comes first: the rollout ends and touches nothing."""
    ended = stopped(rollout, (why,), work.now)
    await _save(work, hints, ended)
    return ended


async def _set_back(
    work: Work, hints: Hints, rollout: Rollout, says: str, *, author: Author = SELF
) -> int:
    """Serve the flag as it was served before the rollout; off, if it was off."""
    before, is_on = rollout.from_percentage, rollout.was_enabled
    return await _set(work, hints, rollout, before, says, is_on=is_on, author=author)


async def _set(
    work: Work,
    hints: Hints,
    rollout: Rollout,
    percentage: float,
    says: str,
    *,
    is_on: bool,
    author: Author = SELF,
) -> int:
    """Bring the flag to a percentage, as a revision of its own; the number of it.

    Raises Stale when somebody changed the flag since the rollout looked.
    """
    row = await store.flag(work.db, rollout.environment, rollout.key)
    if row is None:
        raise no_such_flag()
    flag = structs.replace(
        row.flag,
        serve=structs.replace(row.flag.serve, rollout_percentage=percentage),
        enabled=is_on,
    )
    change = Change(
        rollout.environment,
        Subject.FLAG,
        rollout.key,
        flag,
        author,
        says[:500],
        rollout.revision,
        # Where four eyes are asked for, the way back was agreed to with the way on.
        approver=None if author.user_id is None else SELF,
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
        says=told(rollout.says),
    )
