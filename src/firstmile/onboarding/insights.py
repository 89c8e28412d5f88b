"""What became of those who began: figures of the first mile, for one cohort."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Cohort:
    """Who began from one day to the next, both by UTC, in a market and role if they are named."""

    since: datetime
    until: datetime
    market: str | None = None
    role: str | None = None


@dataclass(frozen=True)
class Overview:
    """The cohort as a whole. Seconds are from the beginning to activation.

    Who started has settled a step by their own word; who went on came back after a day or more.
    """

    people: int
    started: int
    activated: int
    activated_without_start: int
    went_on: int
    seconds_p50: float | None
    seconds_p75: float | None
    seconds_p90: float | None

    @property
    def not_started(self) -> int:
        """Who never used the checklist itself."""
        return self.people - self.started


@dataclass(frozen=True)
class VersionDone:
    """How many did a step as it was in one version; seconds since they began."""

    step: str
    version: int
    done: int
    seconds_p50: float | None
    seconds_p90: float | None


@dataclass(frozen=True)
class StepFigures:
    """One step: how many did it, skipped it, and were told 409 because of it."""

    step: str
    done: int
    skipped: int
    blocked: int
    share: float
    drop_off: float


@dataclass(frozen=True)
class Blocked:
    """How often a step stood in the way on a day."""

    day: date
    step: str
    times: int


def funnel(
    order: Sequence[str],
    people: int,
    done: dict[str, int],
    skipped: dict[str, int],
    blocked: dict[str, int],
) -> list[StepFigures]:
    """The steps in their order; `drop_off` is the share of those at the step before who are lost.

    Steps are sets and not a line, so that more may do a step than the one before: nobody is lost.
    """
    found, before = [], people
    for step in order:
        past = done.get(step, 0) + skipped.get(step, 0)
        found.append(
            StepFigures(
                step,
                done.get(step, 0),
                skipped.get(step, 0),
                blocked.get(step, 0),
                share=done.get(step, 0) / people if people else 0.0,
                drop_off=max(0.0, 1 - past / before) if before else 0.0,
            )
        )
        before = past
    return found
