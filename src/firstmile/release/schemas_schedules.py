"""The JSON of flags that go on or off at a moment."""

from datetime import datetime
from uuid import UUID

import msgspec

from firstmile.release.sayings import told
from firstmile.release.store_schedules import Schedule


class ScheduleIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Whether the flag goes on or off, when, and why."""

    enabled: bool
    due_at: datetime
    reason: str


class ScheduleCancelIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Why a schedule is taken back."""

    reason: str


class ScheduleOut(msgspec.Struct, rename="camel"):
    """A flag that goes on or off at a moment, and what came of it."""

    id: UUID
    environment: str
    key: str
    enabled: bool
    due_at: datetime
    state: str
    says: str
    reason: str
    author: str
    author_id: UUID | None
    ended_at: datetime | None

    @classmethod
    def of(cls, one: Schedule) -> "ScheduleOut":
        """As it is kept."""
        return cls(
            one.id,
            one.environment,
            one.key,
            one.enabled,
            one.due_at,
            one.state,
            told(one.says),
            one.reason,
            one.author.name,
            one.author.user_id,
            one.ended_at,
        )


class SchedulesOut(msgspec.Struct, rename="camel"):
    """Schedules, those to come first."""

    items: list[ScheduleOut]
