"""What onboarding announces."""

from firstmile.kernel.events import PersonalEvent


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
