"""The JSON of flags, segments and their history."""

from datetime import datetime
from uuid import UUID

import msgspec

from firstmile.release.models import Environment, FlagRow, Oversight, Revision, SegmentRow
from firstmile.targeting.flags import Flag, Segment


class EnvironmentOut(msgspec.Struct, rename="camel"):
    """An environment; with `fourEyes` a second person publishes its changes."""

    name: str
    revision: int
    four_eyes: bool

    @classmethod
    def of(cls, environment: Environment) -> "EnvironmentOut":
        """As it is kept."""
        return cls(environment.name, environment.revision, environment.four_eyes)


class EnvironmentsOut(msgspec.Struct, rename="camel"):
    """Every environment, in order."""

    items: list[EnvironmentOut]


class FlagOut(msgspec.Struct, rename="camel"):
    """A flag in an environment; `revision` is what a change of it says it has `seen`."""

    environment: str
    revision: int
    flag: Flag
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None

    @classmethod
    def of(cls, row: FlagRow) -> "FlagOut":
        """As it is kept."""
        return cls(
            row.environment,
            row.revision,
            row.flag,
            row.created_at,
            row.updated_at,
            row.archived_at,
        )


class FlagsOut(msgspec.Struct, rename="camel"):
    """The flags of an environment, by their keys."""

    items: list[FlagOut]


class FlagIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A whole flag, why it is changed, and the revision that was looked at; 0 for a new one."""

    flag: Flag
    reason: str
    seen: int | None = None


class SegmentOut(msgspec.Struct, rename="camel"):
    """A segment in an environment."""

    environment: str
    revision: int
    segment: Segment
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: SegmentRow) -> "SegmentOut":
        """As it is kept."""
        return cls(row.environment, row.revision, row.segment, row.created_at, row.updated_at)


class SegmentsOut(msgspec.Struct, rename="camel"):
    """The segments of an environment, by their keys."""

    items: list[SegmentOut]


class SegmentIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A whole segment, why it is changed, and the revision that was looked at."""

    segment: Segment
    reason: str
    seen: int | None = None


class ReasonIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Why, and the revision that was looked at."""

    reason: str
    seen: int | None = None


class UndoIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The change to undo, by its number."""

    revision: int


class RevisionOut(msgspec.Struct, rename="camel"):
    """A change that was made; `before` is null for something new, `after` at its end.

    `approverId` is the second person where one was asked for; `isEmergency` says that a flag was
    switched off without. `fourEyes` is set where the environment itself changed.
    """

    revision: int
    subject: str
    key: str
    before: Flag | None
    after: Flag | None
    segment_before: Segment | None
    segment_after: Segment | None
    author: str
    author_id: UUID | None
    approver_id: UUID | None
    is_emergency: bool
    four_eyes: bool | None
    reason: str
    changed_at: datetime

    @classmethod
    def of(cls, one: Revision) -> "RevisionOut":
        """As it is kept."""
        return cls(
            revision=one.revision,
            subject=one.subject,
            key=one.key,
            before=one.before if isinstance(one.before, Flag) else None,
            after=one.after if isinstance(one.after, Flag) else None,
            segment_before=one.before if isinstance(one.before, Segment) else None,
            segment_after=one.after if isinstance(one.after, Segment) else None,
            author=one.author.name,
            author_id=one.author.user_id,
            approver_id=one.approver.user_id if one.approver else None,
            is_emergency=one.is_emergency,
            four_eyes=one.after.four_eyes if isinstance(one.after, Oversight) else None,
            reason=one.reason,
            changed_at=one.changed_at,
        )


class RevisionsOut(msgspec.Struct, rename="camel"):
    """Changes, the newest first; `next` is the cursor of the page after it."""

    items: list[RevisionOut]
    next: int | None
