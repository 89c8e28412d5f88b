"""Flags as they are kept: environments, rows, changes, and what a change must be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Invalid, NotFound
from firstmile.targeting.conditions import Document
from firstmile.targeting.flags import Flag, Segment, is_same
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


class Oversight(Document, frozen=True):
    """How an environment is changed, as the document of a change of it."""

    four_eyes: bool


Subjected = Flag | Segment | Oversight
"""What a change may be about, as a document."""


@dataclass(frozen=True)
class Author:
    """Who changes something: a person, or a part of the service by its name."""

    name: str
    user_id: UUID | None = None


class KeyKind(StrEnum):
    """Who holds an SDK key: a server, which sees all, or anybody, who sees what is public."""

    SERVER = "server"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class SdkKey:
    """What opens the flags of one environment; `label` is the part of its text that is shown."""

    id: UUID
    environment: str
    kind: KeyKind
    name: str
    label: str
    creator_id: UUID | None
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    revoker_id: UUID | None = None
    revoke_reason: str | None = None

    @property
    def sees_public_only(self) -> bool:
        """Whether only flags for browsers are shown to it."""
        return self.kind is KeyKind.CLIENT


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
    `approver` is the second person, where one is asked for.
    """

    environment: str
    subject: Subject
    key: str
    after: Subjected | None
    author: Author
    reason: str
    seen: int | None = None
    approver: Author | None = None


@dataclass(frozen=True)
class Revision:
    """A change that was made; an emergency is one that could not wait for a second person."""

    environment: str
    revision: int
    subject: Subject
    key: str
    before: Subjected | None
    after: Subjected | None
    author: Author
    reason: str
    changed_at: datetime
    approver: Author | None = None
    is_emergency: bool = False


class State(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    PUBLISHED = "published"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Proposal:
    """A change that waits for a second person, or waited; `change.seen` is what it builds on."""

    id: UUID
    change: Change
    state: State
    proposed_at: datetime
    decided_by: Author | None = None
    decided_reason: str = ""
    decided_at: datetime | None = None


def is_emergency(before: Subjected | None, after: Subjected | None) -> bool:
    """Whether a change switches a flag off and does nothing else."""
    return (
        isinstance(before, Flag)
        and before.enabled
        and is_same(after, msgspec.structs.replace(before, enabled=False))
    )


def check_second_person(change: Change, before: Subjected | None) -> None:
    """Raise Conflict for what a person may not publish alone where four eyes are asked for.

    A part of the service and the command line have no account: a person started the one, and
    whoever holds the machine can write the tables. The history names them all the same.
    """
    is_ours = change.author.user_id is None
    is_seen = change.approver is not None and change.approver.user_id != change.author.user_id
    if not (is_ours or is_seen or is_emergency(before, change.after)):
        raise Conflict(
            N_("Another person has to look at a change here. Propose it."),
            error="second_person_needed",
        )


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
