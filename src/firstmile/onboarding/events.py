"""What onboarding announces."""

from uuid import UUID

from firstmile.kernel.events import Event, PersonalEvent


class JourneyStarted(PersonalEvent, frozen=True):
    """A person has begun their first mile."""


class StepSettled(PersonalEvent, frozen=True):
    """A step has another status; `reason` says whether a person or a fact did it."""

    step: str
    version: int
    before: str
    after: str
    reason: str


class StepSnoozed(PersonalEvent, frozen=True):
    """A step was put off."""

    step: str
    until: str


class Activated(PersonalEvent, frozen=True):
    """Every required step is done. Announced once for each person."""


class StepsMoved(PersonalEvent, frozen=True):
    """Another edition of the definitions moved a person; statuses by step, before and after.

    It is kept for everybody at once and not announced one by one.
    """

    edition: int
    before: dict[str, str]
    after: dict[str, str]
    activated: bool
    deactivated: bool


class StepsApplied(Event, frozen=True):
    """Definitions were put into force, or an edition was undone."""

    edition: int
    author: str
    author_id: UUID | None
    reason: str
    undoes: int | None
