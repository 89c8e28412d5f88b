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
    FlagRow,
    Revision,
    SegmentRow,
    Subject,
    check_flag,
    check_reason,
    check_segment,
    no_such_environment,
    no_such_flag,
    no_such_segment,
    still_needed,
)
from firstmile.targeting.conditions import segments_in
from firstmile.targeting.flags import Flag, Segment

Row = FlagRow | SegmentRow


async def publish(work: Work, hints: Hints, change: Change) -> Row | None:
    """Put a change into force, with its place in the history; the row after it, None at its end.

    To write what is there already changes nothing. Raises Invalid for what makes no sense,
    Stale when it changed since `seen`, NotFound, and Conflict when others need what should go.
    """
    change = replace(change, reason=check_reason(change.reason))
    environment = await store.lock_environment(work.db, change.environment)
    if environment is None:
        raise no_such_environment()
    row = await current(work, change.environment, change.subject, change.key)
    before = _document(row)
    if change.seen is not None and change.seen != (0 if before is None else _revision(row)):
        raise Stale(N_("It changed since you looked."), details=_told(row))
    if before is None and change.after is None:
        raise no_such_flag() if change.subject is Subject.FLAG else no_such_segment()
    if before == change.after:
        return row
    await _check(work, change)
    number = environment.revision + 1
    await _write(work, change, number)
    await store.add_revision(work.db, change, before, number, work.now)
    await store.set_revision(work.db, change.environment, number)
    work.announce(_event(change, number))
    await hints.tell_with(work, TOPIC, change.environment)
    return await current(work, change.environment, change.subject, change.key)


async def undo(
    work: Work, hints: Hints, environment: str, number: int, author: Author
) -> Row | None:
    """Put what was before a change back into force, as a change of its own.

    Raises Conflict when the same flag or segment changed again since.
    """
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
    change = Change(environment, undone.subject, undone.key, undone.before, author, reason)
    return await publish(work, hints, change)


async def known_revision(work: Work, environment: str, number: int) -> Revision:
    """A change by its number; NotFound when there was none."""
    found = await store.revision(work.db, environment, number)
    if found is None:
        raise NotFound(N_("There is no such change."))
    return found


async def current(work: Work, environment: str, subject: Subject, key: str) -> Row | None:
    """What is kept of a flag or a segment now."""
    if subject is Subject.FLAG:
        return await store.flag(work.db, environment, key)
    return await store.segment(work.db, environment, key)


async def _check(work: Work, change: Change) -> None:
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
    if isinstance(change.after, Flag):
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
