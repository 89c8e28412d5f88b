"""The attention budget: whether somebody may be interrupted now, and if not, when.

One rule for everything that interrupts, in tips, tours and announcements alike. The numbers are
those of Chameleon (one a day) and of Chromium's feature engagement (ten minutes of grace, seven
days of snooze, three times).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from firstmile.guidance.models import Frequency, Times

DAY, WEEK = timedelta(days=1), timedelta(days=7)


class Tips(StrEnum):
    """How much somebody wants of it."""

    ALL = "all"
    FEWER = "fewer"
    OFF = "off"


class Why(StrEnum):
    """What stands against it."""

    OFF = "off"
    NOT_PUBLISHED = "not_published"
    INCIDENT = "incident"
    PREFERENCE = "preference"
    SEEN = "seen"
    SNOOZED = "snoozed"
    HELD = "held"
    GRACE = "grace"
    BUDGET_DAY = "budget_day"
    BUDGET_WEEK = "budget_week"


# What is over within minutes, and is asked only when something is about to be shown.
PASSING = frozenset({Why.HELD, Why.GRACE})
# What leave to be shown is an answer to, until it is over: it does not stand against itself.
ANSWERED = PASSING | {Why.SEEN, Why.BUDGET_DAY, Why.BUDGET_WEEK}


@dataclass(frozen=True)
class Numbers:
    """How much a person is asked to bear; all of it is a setting."""

    per_day: int = 1
    per_week: int = 3
    fewer_per_week: int = 1
    grace: timedelta = timedelta(minutes=10)
    snooze: timedelta = timedelta(days=7)
    most_snoozes: int = 3
    lease: timedelta = timedelta(seconds=45)
    # A word that it was shown may come late; until then nobody else gets the place.
    margin: timedelta = timedelta(seconds=45)
    # How long something shown holds the place when nobody says that it is over.
    longest: timedelta = timedelta(minutes=30)


@dataclass(frozen=True)
class Past:
    """What somebody did with one content."""

    shown: int = 0
    shown_at: datetime | None = None
    interacted_at: datetime | None = None
    snoozed_until: datetime | None = None
    snoozes: int = 0


@dataclass(frozen=True)
class Situation:
    """All that the rule looks at. `interruptions` are the moments of the last week, any order."""

    now: datetime
    past: Past = Past()
    frequency: Frequency = field(default_factory=Frequency)
    tips: Tips = Tips.ALL
    is_tip: bool = True
    takes_attention: bool = True
    interruptions: Sequence[datetime] = ()
    session_since: datetime | None = None
    held_until: datetime | None = None
    quiet_until: datetime | None = None
    is_off: bool = False
    is_published: bool = True


@dataclass(frozen=True)
class Leaf:
    """One question of the rule, its answer, and what was looked at."""

    why: Why
    is_against: bool
    retry_at: datetime | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """Every question in its order; the first that is against it is the reason."""

    leaves: tuple[Leaf, ...]

    @property
    def reason(self) -> Why | None:
        """Why not; None when nothing stands against it."""
        return next((leaf.why for leaf in self.leaves if leaf.is_against), None)

    @property
    def retry_at(self) -> datetime | None:
        """When to ask again: not before all that passes by itself is past."""
        moments = [leaf.retry_at for leaf in self.leaves if leaf.is_against]
        known = [moment for moment in moments if moment is not None]
        return max(known) if known and len(known) == len(moments) else None

    def ignoring(self, whys: frozenset[Why]) -> "Decision":
        """The same without some of the questions."""
        return Decision(tuple(leaf for leaf in self.leaves if leaf.why not in whys))


def decide(situation: Situation, numbers: Numbers) -> Decision:
    """Whether this may be shown to this person now. What does not interrupt costs no budget."""
    leaves = [*_of_the_place(situation), *_of_the_content(situation, numbers)]
    if situation.takes_attention:
        leaves += _of_the_budget(situation, numbers)
    return Decision(tuple(leaves))


def _of_the_place(s: Situation) -> Iterator[Leaf]:
    yield Leaf(Why.OFF, s.is_off)
    yield Leaf(Why.NOT_PUBLISHED, not s.is_published)
    is_quiet = s.quiet_until is not None and s.now < s.quiet_until and s.takes_attention
    yield Leaf(Why.INCIDENT, is_quiet, s.quiet_until, {"until": s.quiet_until})
    is_unwanted = s.tips is Tips.OFF and (s.is_tip or s.takes_attention)
    yield Leaf(Why.PREFERENCE, is_unwanted, None, {"tips": s.tips})


def _of_the_content(s: Situation, numbers: Numbers) -> Iterator[Leaf]:
    again = _again_at(s.past, s.frequency)
    is_seen = again is not None and (again is NEVER or s.now < again)
    facts = {"times": s.frequency.times, "shown": s.past.shown, "shownAt": s.past.shown_at}
    yield Leaf(Why.SEEN, is_seen, None if again is NEVER else again, facts)
    until = s.past.snoozed_until
    is_asleep = until is not None and s.now < until
    facts = {"snoozes": s.past.snoozes, "most": numbers.most_snoozes, "until": until}
    yield Leaf(Why.SNOOZED, is_asleep, until, facts)


def _of_the_budget(s: Situation, numbers: Numbers) -> Iterator[Leaf]:
    is_held = s.held_until is not None and s.now < s.held_until
    yield Leaf(Why.HELD, is_held, s.held_until, {"until": s.held_until})
    since = s.session_since or s.now
    after = since + numbers.grace
    yield Leaf(Why.GRACE, s.now < after, after, {"sessionSince": since})
    per_week = numbers.per_week
    if s.tips is Tips.FEWER:
        per_week = min(per_week, numbers.fewer_per_week)
    yield _within(s, Why.BUDGET_DAY, numbers.per_day, DAY)
    yield _within(s, Why.BUDGET_WEEK, per_week, WEEK)


def _within(s: Situation, why: Why, most: int, window: timedelta) -> Leaf:
    """Whether one more stays within `most` in any window of this length that ends now or later."""
    recent = sorted(at for at in s.interruptions if at > s.now - window)
    facts = {"had": len(recent), "most": most}
    if len(recent) < most:
        return Leaf(why, is_against=False, facts=facts)
    retry_at = recent[len(recent) - most] + window if most else None
    return Leaf(why, is_against=True, retry_at=retry_at, facts=facts)


NEVER = datetime.max.replace(tzinfo=UTC)


def _again_at(past: Past, frequency: Frequency) -> datetime | None:
    """When somebody may see it again; NEVER, or None for right now."""
    if frequency.times is Times.EVERY:
        return past.shown_at and past.shown_at + timedelta(days=frequency.days or 1)
    if past.interacted_at is not None:
        return NEVER
    return NEVER if frequency.times is Times.ONCE and past.shown else None


def after_snooze(past: Past, now: datetime, numbers: Numbers) -> Past:
    """What somebody who says “later” has said; after so many times it counts as a no."""
    if past.snoozes >= numbers.most_snoozes:
        return Past(past.shown, past.shown_at, now, None, past.snoozes)
    until = now + numbers.snooze
    return Past(past.shown, past.shown_at, past.interacted_at, until, past.snoozes + 1)


def both(one: Past, other: Past) -> Past:
    """What two did who turn out to be one; whichever is stricter holds."""
    return Past(
        one.shown + other.shown,
        _later(one.shown_at, other.shown_at),
        _later(one.interacted_at, other.interacted_at),
        _later(one.snoozed_until, other.snoozed_until),
        max(one.snoozes, other.snoozes),
    )


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)
