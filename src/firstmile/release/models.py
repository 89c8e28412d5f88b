"""Flags as they are kept: environments, rows, changes, and what a change must be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Invalid, NotFound
from firstmile.targeting.flags import Flag, Segment
from firstmile.targeting.soundness import of_flag, of_segment

MOST_REASON = 500  # characters


class Subject(StrEnum):
    """What a change is about."""

    FLAG = "flag"
    SEGMENT = "segment"
    ENVIRONMENT = "environment"


@dataclass(frozen=True)
class Environment:
    """One set of flags with its revisions; with `four_eyes` a second person publishes."""

    name: str
    revision: int
    four_eyes: bool


@dataclass(frozen=True)
class Author:
    """Who changes something: a person, or a part of the service by its name."""

    name: str
    user_id: UUID | None = None


@dataclass(frozen=True)
class FlagRow:
    """A flag as it is kept; `revision` is that of its last change."""

    environment: str
    flag: Flag
    revision: int
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


@dataclass(frozen=True)
class SegmentRow:
    """A segment as it is kept."""

    environment: str
    segment: Segment
    revision: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Change:
    """What somebody wants to change: the whole document after it, None for the end of it.

    `seen` is the revision they looked at, 0 for something new; None passes over that question.
    """

    environment: str
    subject: Subject
    key: str
    after: Flag | Segment | None
    author: Author
    reason: str
    seen: int | None = None


@dataclass(frozen=True)
class Revision:
    """A change that was made."""

    environment: str
    revision: int
    subject: Subject
    key: str
    before: Flag | Segment | None
    after: Flag | Segment | None
    author: Author
    reason: str
    changed_at: datetime


def check_flag(flag: Flag, flags: Mapping[str, Flag], segments: Mapping[str, Segment]) -> None:
    """Raise Invalid with everything that is wrong with a flag."""
    _raise_any(list(of_flag(flag, flags=flags, segments=segments.keys())))


def check_segment(segment: Segment, segments: Mapping[str, Segment]) -> None:
    """Raise Invalid with everything that is wrong with a segment."""
    _raise_any(list(of_segment(segment, segments=segments.keys())))


def check_reason(reason: str) -> str:
    """The reason of a change without the space around it; Invalid when there is none."""
    clean = reason.strip()
    if not clean:
        raise Invalid.field("reason", N_("Say why. It stands in the history."))
    if len(clean) > MOST_REASON:
        raise Invalid.field("reason", N_("Say it in 500 characters."))
    return clean


def no_such_flag() -> NotFound:
    """The answer for a flag that is not there."""
    return NotFound(N_("There is no such flag."))


def no_such_segment() -> NotFound:
    """The answer for a segment that is not there."""
    return NotFound(N_("There is no such segment."))


def no_such_environment() -> NotFound:
    """The answer for an environment that is not there."""
    return NotFound(N_("There is no such environment."), error="environment_not_found")


def still_needed(by: list[str]) -> Conflict:
    """The answer when others build on what should go."""
    return Conflict(
        N_("Others still need it. Change them first."), error="still_needed", facts={"neededBy": by}
    )


def _raise_any(complaints: list[tuple[str, str]]) -> None:
    if complaints:
        details = [{"field": field, "message": message} for field, message in complaints]
        raise Invalid(N_("Some of this needs another look."), details=details)
