"""What became of those who began: figures of the first mile, for one cohort."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from firstmile.onboarding.step_models import SETTLED, Definition, Status

IN_TIME = timedelta(days=7)  # long enough for a weekend between, short enough to learn from
FEW = 30  # people; of fewer, one is worth more than three points


@dataclass(frozen=True)
class Cohort:
    """Who began from one day to the next, both by UTC, in a market and role if they are named."""

    since: datetime
    until: datetime
    market: str | None = None
    role: str | None = None

    def between(self, since: datetime, until: datetime | None) -> "Cohort":
        """Those of them who began in this time, too."""
        latest = self.until if until is None else min(self.until, until)
        earliest = max(self.since, since)
        return replace(self, since=earliest, until=max(earliest, latest))


class Obstacle(NamedTuple):
    """A step that stood in somebody's way, and what they were."""

    step: str
    market: str | None
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Overview:
    """The cohort as a whole. Seconds are from the beginning to activation.

    Who started has settled a step by their own word; who went on came back after a day or more;
    who put off and is back settled a step afterwards. `ripe` are those who began `IN_TIME` ago or
    earlier, so that of them it is known who was `in_time`.
    """

    people: int
    started: int
    activated: int
    activated_without_start: int
    went_on: int
    put_off: int
    put_off_and_back: int
    ripe: int
    in_time: int
    seconds_p50: float | None
    seconds_p75: float | None
    seconds_p90: float | None

    @property
    def not_started(self) -> int:
        """Who never used the checklist itself."""
        return self.people - self.started


NOBODY = Overview(0, 0, 0, 0, 0, 0, 0, 0, 0, None, None, None)


@dataclass(frozen=True)
class VersionDone:
    """How many did a step as it was in one version; seconds since they began."""

    step: str
    version: int
    done: int
    seconds_p50: float | None
    seconds_p90: float | None


@dataclass(frozen=True)
class Point:
    """How many are at the same point: the same roles and market, and the same steps settled.

    `statuses` has the steps of the project they joined first as well, where `place` is their role.
    """

    roles: frozenset[str]
    market: str | None
    statuses: Mapping[str, str]
    people: int
    place: str | None = None

    def is_for(self, step: Definition) -> bool:
        """Whether a step is for them; who has touched it counts, whatever became of their role.

        Of a step of a project it says nothing about them that somebody touched it.
        """
        roles = self._roles_for(step)
        fits_role = not step.roles or not roles or bool(step.roles & roles)
        fits_market = not step.markets or "*" in step.markets or self.market in step.markets
        has_touched = step.key in self.statuses and not step.is_shared
        return has_touched or (fits_role and fits_market)

    def is_past(self, step: Definition) -> bool:
        """Whether they, or their project, did or skipped it."""
        return self.status(step) in SETTLED

    def status(self, step: Definition) -> str | None:
        """Where they are with it; what a project skipped is open again once it is required."""
        status = self.statuses.get(step.key)
        is_open_again = step.is_shared and step.required and status == Status.SKIPPED
        return None if is_open_again else status

    def _roles_for(self, step: Definition) -> frozenset[str]:
        if not step.is_shared:
            return self.roles
        return frozenset({self.place} if self.place else ())


@dataclass(frozen=True)
class StepFigures:
    """One step: for how many it is, how many did it, skipped it, were told 409 because of it.

    `share` is of those it is for. `drop_off` is the share who are lost, of those who are past the
    step before; for everybody the step before is the one that was for them. One that `is_shared`
    was done by whose project has done it by now.
    """

    step: str
    meant: int
    done: int
    skipped: int
    blocked: int
    share: float
    drop_off: float
    is_shared: bool = False


@dataclass(frozen=True)
class Group:
    """Those of a cohort who began in one week or month, named by its first day."""

    first: date
    people: int
    started: int
    activated: int
    ripe: int
    in_time: int
    seconds_p50: float | None


@dataclass(frozen=True)
class Lasting:
    """How many were activated in this range of seconds after they began."""

    least: float
    most: float
    people: int


def funnel(
    steps: Sequence[Definition], points: Sequence[Point], blocked: Mapping[str, int]
) -> list[StepFigures]:
    """The steps in their order, of a cohort by its points."""
    return [_figures(place, steps, points, blocked) for place in range(len(steps))]


def meant(step: Definition, points: Sequence[Point]) -> int:
    """For how many a step is."""
    return sum(point.people for point in points if point.is_for(step))


def _figures(
    place: int,
    steps: Sequence[Definition],
    points: Sequence[Point],
    blocked: Mapping[str, int],
) -> StepFigures:
    step = steps[place]
    whole = meant(step, points)
    mine = [point for point in points if point.is_for(step)]
    done, skipped = _at(step, mine, Status.DONE), _at(step, mine, Status.SKIPPED)
    arrived = [point for point in mine if _arrived(point, steps[:place])]
    before = sum(point.people for point in arrived)
    lost = sum(point.people for point in arrived if not point.is_past(step))
    return StepFigures(
        step.key,
        whole,
        done,
        skipped,
        blocked.get(step.key, 0),
        share=done / whole if whole else 0.0,
        drop_off=lost / before if before else 0.0,
        is_shared=step.is_shared,
    )


def _at(step: Definition, points: Sequence[Point], status: Status) -> int:
    return sum(point.people for point in points if point.status(step) == status)


def _arrived(point: Point, before: Sequence[Definition]) -> bool:
    last = next((step for step in reversed(before) if point.is_for(step)), None)
    return last is None or point.is_past(last)
