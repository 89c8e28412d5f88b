"""The JSON of onboarding."""

from datetime import datetime
from typing import Literal

import msgspec

from firstmile.onboarding.models import Definition, Journey
from firstmile.onboarding.reasons import ReasonOut


class Wire(msgspec.Struct, rename="camel", kw_only=True):
    """camelCase on the wire."""


class StepOut(Wire):
    """One step as its person sees it."""

    key: str
    title: str
    description: str
    status: str
    required: bool
    weight: int
    version: int
    row_version: int
    blocked_by: list[str]
    reasons: list[ReasonOut]
    href: str
    snoozed_until: datetime | None = None

    @classmethod
    def of(cls, journey: Journey, step: Definition, language: str) -> "StepOut":
        """A step in a language."""
        state = journey.state(step)
        status = journey.status(step)
        return cls(
            key=step.key,
            title=step.title(language),
            description=step.description(language),
            status=status,
            required=step.required,
            weight=step.weight,
            version=step.version,
            row_version=state.row_version,
            blocked_by=journey.blockers(step),
            reasons=[journey.reason(need).told(language) for need in journey.unmet(step.needs)],
            href=step.href,
            snoozed_until=state.snoozed_until if status == "snoozed" else None,
        )


class JourneyOut(Wire):
    """A whole journey; `progress` is 0 to 100.

    While onboarding is switched off it is `off` and empty, as for somebody with nothing left to do.
    """

    progress: int
    activated: bool
    next_step: str | None
    steps: list[StepOut]
    off: bool = False

    @classmethod
    def of(cls, journey: Journey, language: str) -> "JourneyOut":
        """A journey in a language."""
        return cls(
            progress=journey.progress,
            activated=is_activated(journey),
            next_step=journey.next_step,
            steps=[StepOut.of(journey, step, language) for step in journey.steps],
        )


class StepChangeIn(Wire):
    """What a person asks for, and the row version they saw."""

    status: Literal["todo", "in_progress", "done", "skipped"]
    row_version: int


class SnoozeIn(Wire):
    """A step to put off; `until` has a time zone, a week from now when left out."""

    key: str
    until: datetime | None = None


class StepChangedOut(Wire):
    """A step after a change, and what it did to the journey."""

    step: StepOut
    progress: int
    activated: bool
    next_step: str | None

    @classmethod
    def of(cls, journey: Journey, key: str, language: str) -> "StepChangedOut":
        """The answer to a change."""
        return cls(
            step=StepOut.of(journey, journey.step(key), language),
            progress=journey.progress,
            activated=is_activated(journey),
            next_step=journey.next_step,
        )


class GateOut(Wire):
    """The way is free."""

    allowed: Literal[True] = True


def is_activated(journey: Journey) -> bool:
    """Whether the person is, or by this very change becomes, activated."""
    return journey.traveller.activated_at is not None or journey.is_complete
