"""What became of contents, as browsers tell it: shown, dismissed, put off, not found."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from firstmile.guidance import store_attention
from firstmile.guidance.asking import Asking
from firstmile.guidance.attention import after_snooze
from firstmile.guidance.guide import NOTHING, Guide
from firstmile.guidance.joining import join_session
from firstmile.guidance.models import Content, Kind
from firstmile.guidance.shelf import Piece
from firstmile.guidance.store_attention import Audience, Remembered
from firstmile.kernel.work import Work

LATEST = timedelta(days=7)  # a browser that was offline longer tells what nobody waits for
SOONEST = timedelta(days=1)  # what a clock that goes wrong may be ahead
OTHER = "other"
REASONS = frozenset(
    {"closed", "escape", "outside", "not_interested", "already_known", "confusing", "navigated"}
)


class Happened(StrEnum):
    """What may happen to a content."""

    SHOWN = "shown"
    DISMISSED = "dismissed"
    COMPLETED = "completed"
    SNOOZED = "snoozed"
    STEP_SHOWN = "step_shown"
    CLICKED = "clicked"
    TARGET_MISSING = "target_missing"
    SKIPPED = "skipped"


OVER = frozenset({Happened.DISMISSED, Happened.COMPLETED, Happened.SKIPPED})
GONE = OVER | {Happened.SNOOZED, Happened.CLICKED}


@dataclass(frozen=True)
class Happening:
    """One thing that happened; `id` is a UUIDv7, by which it counts once."""

    id: UUID
    key: str
    version: int
    kind: Happened
    step: str | None = None
    reason: str | None = None
    target: str | None = None
    lease: UUID | None = None

    @property
    def ends_it(self) -> bool:
        """Whether the content goes from the screen, in other tabs too."""
        return self.kind in GONE


async def note(work: Work, guide: Guide, asking: Asking, happenings: list[Happening]) -> int:
    """Take what happened, once each; how many were new.

    What is about nothing that is published, or older than a week, is passed by.
    """
    sitting = None
    if asking.whose is not None:
        sitting = await store_attention.lock_audience(work.db, asking.whose, work.now)
        await join_session(work, sitting, asking.whose, asking.session)
    remembered = await store_attention.past_of(work.db, sitting.id) if sitting else {}
    taken = 0
    for one in happenings:
        piece = guide.shelf(asking.environment).find(one.key)
        if piece is None or not _is_believable(one, piece, work.now):
            continue
        if not await store_attention.take_event(work.db, one.id, work.now):
            continue
        taken += 1
        _count(work, guide, asking.environment, piece.content, one)
        if sitting is not None:
            await _remember(work, guide, sitting, remembered, piece.content, one)
    return taken


def _is_believable(one: Happening, piece: Piece, now: datetime) -> bool:
    """Whether it is of a version there was, and neither of long ago nor of tomorrow."""
    age = now.timestamp() - (one.id.int >> 80) / 1000  # seconds (RFC 9562, section 5.7)
    is_recent = -SOONEST.total_seconds() < age < LATEST.total_seconds()
    return is_recent and 0 < one.version <= piece.version


def _count(work: Work, guide: Guide, environment: str, content: Content, one: Happening) -> None:
    async def count() -> None:
        guide.count(environment, one.key, one.version, one.kind, _reason(content, one))

    work.after_commit(count)


def _reason(content: Content, one: Happening) -> str:
    """What is counted beside the kind, from what there can be, so that nobody fills a table."""
    if one.kind is Happened.DISMISSED:
        return one.reason if one.reason in REASONS else OTHER
    if one.kind is Happened.TARGET_MISSING:
        return one.target if one.target in content.targets else OTHER
    if one.kind in (Happened.STEP_SHOWN, Happened.SKIPPED):
        return one.step if one.step in {step.key for step in content.steps} else ""
    return ""


async def _remember(
    work: Work,
    guide: Guide,
    sitting: Audience,
    remembered: dict[str, Remembered],
    content: Content,
    one: Happening,
) -> None:
    before = remembered.get(one.key, NOTHING)
    after = following(before, content, one, guide, work.now)
    remembered[one.key] = after
    if after != before:
        await store_attention.keep_past(work.db, sitting.id, one.key, after.past, after.step)
    if one.kind is Happened.SHOWN and one.lease is not None:
        await store_attention.confirm_lease(
            work.db,
            sitting.id,
            one.lease,
            shown_at=work.now,
            held_until=work.now + guide.numbers.longest,
        )
    if after.step is None and one.kind not in (Happened.SHOWN, Happened.TARGET_MISSING):
        await store_attention.end_leases(work.db, sitting.id, one.key, work.now)


def following(
    before: Remembered, content: Content, one: Happening, guide: Guide, now: datetime
) -> Remembered:
    """What is remembered of a content after something happened to it."""
    past = before.past
    is_tour = content.kind is Kind.TOUR
    match one.kind:
        case Happened.SHOWN:
            return Remembered(replace(past, shown=past.shown + 1, shown_at=now), before.step)
        case Happened.STEP_SHOWN if is_tour and one.step in {s.key for s in content.steps}:
            return Remembered(past, one.step)
        case Happened.SNOOZED:
            return Remembered(after_snooze(past, now, guide.numbers))
    is_over = one.kind in OVER and not (one.kind is Happened.SKIPPED and one.step)
    if is_over or (one.kind is Happened.CLICKED and not is_tour):
        return Remembered(replace(past, interacted_at=now))
    return before
