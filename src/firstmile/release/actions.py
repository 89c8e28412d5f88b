"""The one way by which flags and segments change, and what is built on it."""

from dataclasses import replace

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, NotFound, Stale
from firstmile.kernel.work import Work
from firstmile.outside.hints import Hints
from firstmile.release import store
from firstmile.release.catalogue import TOPIC
from firstmile.release.events import FlagsChanged
from firstmile.release.models import (
    Author,
    Change,
    Environment,
    FlagRow,
    Oversight,
    Revision,
    SegmentRow,
    Subject,
    Subjected,
    check_flag,
    check_reason,
    check_second_person,
    check_segment,
    is_emergency,
    no_such_environment,
    no_such_flag,
    no_such_segment,
    still_needed,
)
from firstmile.targeting.conditions import segments_in
from firstmile.targeting.flags import Flag, Segment, is_same

Row = FlagRow | SegmentRow


async def publish(work: Work, hints: Hints, change: Change) -> Row | None:
    """Put a change into force, with its place in the history; the row after it, None at its end.

    To write what is there already changes nothing. Raises Invalid for what makes no sense,
    Stale when it changed since `seen`, NotFound, and Conflict when others need what should go or
    when a second person has to look at it: then it is to be proposed.
    """
    change = replace(change, reason=check_reason(change.reason))
    environment, before, _ = await publishable(work, change)
    if not is_same(before, change.after):
        if environment.four_eyes:
            check_second_person(change, before)
        await check_change(work, change)
        await _put_into_force(work, hints, change, before, environment)
    return await current(work, change.environment, change.subject, change.key)


async def publishable(work: Work, change: Change) -> tuple[Environment, Subjected | None, int]:
    """The environment, locked, what is in force now of what should change, and its revision.

    Raises NotFound, and Stale when it changed since `seen`.
    """
    environment = await store.lock_environment(work.db, change.environment)
    if environment is None:
        raise no_such_environment()
    if change.subject is Subject.ENVIRONMENT:
        return environment, Oversight(environment.four_eyes), change.seen or 0
    row = await current(work, change.environment, change.subject, change.key)
    before = _document(row)
    revision = 0 if before is None else _revision(row)
    if change.seen is not None and change.seen != revision:
        raise Stale(N_("It changed since you looked."), details=_told(row))
    if before is None and change.after is None:
        raise no_such_flag() if change.subject is Subject.FLAG else no_such_segment()
    return environment, before, revision


async def check_change(work: Work, change: Change) -> None:
    """Raise Invalid for what makes no sense, Conflict when others need what should go."""
    if change.subject is Subject.ENVIRONMENT:
        return
    flags = {row.flag.key: row.flag for row in await store.flags(work.db, change.environment)}
    segments = {
        row.segment.key: row.segment for row in await store.segments(work.db, change.environment)
    }
    if isinstance(change.after, Flag):
        check_flag(change.after, flags, segments)
    elif isinstance(change.after, Segment):
        check_segment(change.after, segments)
    elif needed_by := _needed_by(change, flags, segments):
        raise still_needed(needed_by)


async def undo(
    work: Work, hints: Hints, environment: str, number: int, author: Author
) -> Row | None:
    """Put what was before a change back into force, as a change of its own.

    Raises Conflict when the same flag or segment changed again since.
    """
    return await publish(work, hints, await undoing(work, environment, number, author))


async def undoing(work: Work, environment: str, number: int, author: Author) -> Change:
    """The change that undoes another; raises Conflict when the same changed again since."""
    undone = await known_revision(work, environment, number)
    latest = await store.revisions(
        work.db, environment, subject=undone.subject, key=undone.key, most=1
    )
    if latest[0].revision != number:
        raise Conflict(
            N_("It changed again since. Undo the later change first."),
            error="changed_since",
            facts={"latestRevision": latest[0].revision},
        )
    reason = f"Undo of revision {number}: {undone.reason}"[:500]
    return Change(environment, undone.subject, undone.key, undone.before, author, reason)


async def known_revision(work: Work, environment: str, number: int) -> Revision:
    """A change by its number; NotFound when there was none."""
    found = await store.revision(work.db, environment, number)
    if found is None:
        raise NotFound(N_("There is no such change."))
    return found


async def current(work: Work, environment: str, subject: Subject, key: str) -> Row | None:
    """What is kept of a flag or a segment now; of an environment nothing of this kind."""
    if subject is Subject.FLAG:
        return await store.flag(work.db, environment, key)
    if subject is Subject.SEGMENT:
        return await store.segment(work.db, environment, key)
    return None


async def _put_into_force(
    work: Work,
    hints: Hints,
    change: Change,
    before: Subjected | None,
    environment: Environment,
) -> None:
    number = environment.revision + 1
    emergency = (
        environment.four_eyes and change.approver is None and is_emergency(before, change.after)
    )
    await _write(work, change, number)
    await store.add_revision(work.db, change, before, number, work.now, emergency=emergency)
    await store.set_revision(work.db, change.environment, number)
    work.announce(_event(change, number))
    await hints.tell_with(work, TOPIC, change.environment)


def _needed_by(change: Change, flags: dict[str, Flag], segments: dict[str, Segment]) -> list[str]:
    if change.subject is Subject.FLAG:
        return [
            flag.key
            for flag in flags.values()
            if any(needed.flag == change.key for needed in flag.prerequisites)
        ]
    of_flags = [
        flag.key
        for flag in flags.values()
        if any(change.key in segments_in(rule.when) for rule in flag.rules)
    ]
    of_segments = [
        other.key
        for other in segments.values()
        if other.when is not None and change.key in segments_in(other.when)
    ]
    return [*of_flags, *of_segments]


async def _write(work: Work, change: Change, number: int) -> None:
    name, now = change.environment, work.now
    if isinstance(change.after, Oversight):
        await store.set_four_eyes(work.db, name, four_eyes=change.after.four_eyes)
    elif isinstance(change.after, Flag):
        await store.put_flag(work.db, name, change.after, number, now)
    elif isinstance(change.after, Segment):
        await store.put_segment(work.db, name, change.after, number, now)
    elif change.subject is Subject.FLAG:
        await store.archive_flag(work.db, name, change.key, number, now)
    else:
        await store.delete_segment(work.db, name, change.key)


def _document(row: Row | None) -> Flag | Segment | None:
    if isinstance(row, FlagRow):
        return None if row.archived_at is not None else row.flag
    return None if row is None else row.segment


def _revision(row: Row | None) -> int:
    return 0 if row is None else row.revision


def _told(row: Row | None) -> dict[str, object]:
    return {"revision": _revision(row), "current": _document(row)}


def _event(change: Change, revision: int) -> FlagsChanged:
    return FlagsChanged(
        environment=change.environment,
        revision=revision,
        subject=change.subject,
        key=change.key,
        author_id=change.author.user_id,
        author=change.author.name,
        reason=change.reason,
    )
