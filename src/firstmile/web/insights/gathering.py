"""Every figure of the page, gathered from the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from firstmile.kernel.database import Connection
from firstmile.onboarding.insights import store, store_trends
from firstmile.onboarding.insights.figures import (
    IN_TIME,
    Group,
    Lasting,
    Overview,
    StepFigures,
    VersionDone,
    funnel,
    meant,
)
from firstmile.onboarding.insights.store_trends import InForce
from firstmile.onboarding.models import Definition
from firstmile.web.insights.asking import Asked

INSTANT = timedelta(microseconds=1)  # a time includes its beginning and not its end
MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
# Each range about twice as long as the one before, and a length one would say.
EDGES = (
    *(MINUTE * one for one in (1, 2, 4, 8, 15, 30)),
    *(HOUR * one for one in (1, 2, 4, 8, 16)),
    *(DAY * one for one in (1, 2, 4, 8, 16, 32, 64)),
)


@dataclass(frozen=True)
class Side:
    """Who began while an edition was in force, and what those did who have had a week.

    For each step: how many of them it is for, and how many did it within the week.
    """

    edition: InForce
    whole: Overview
    meant: Mapping[str, int]
    in_time: Mapping[str, int]

    def in_a_week(self, step: str | None) -> tuple[int, int]:
        """How many of how many did a step within a week, or were activated."""
        if step is None:
            return self.whole.in_time, self.whole.ripe
        return self.in_time.get(step, 0), self.meant.get(step, 0)


@dataclass(frozen=True)
class Figures:
    """All that is told of a cohort."""

    whole: Overview
    steps: Sequence[StepFigures]
    versions: Sequence[VersionDone]
    groups: Sequence[Group]
    activations: Mapping[date, int]
    lasting: Sequence[Lasting]
    sides: Sequence[Side] = field(default_factory=list)


async def figures_of(
    db: Connection, asked: Asked, steps: Sequence[Definition], now: datetime
) -> Figures:
    """The figures; one after the other, as they share a connection."""
    cohort = asked.cohort
    whole = await store.overview(db, cohort, now)
    blocked = await store.blocked(db, cohort)
    return Figures(
        whole,
        funnel(steps, await store.points(db, cohort, _shared(steps)), blocked),
        await store.versions(db, cohort),
        await store_trends.groups(db, cohort, asked.unit, now),
        await store_trends.activations(db, cohort, asked.unit),
        await store_trends.lasting(db, cohort, EDGES),
        [await _side(db, asked, edition, steps, now) for edition in asked.sides],
    )


async def _side(
    db: Connection, asked: Asked, edition: InForce, steps: Sequence[Definition], now: datetime
) -> Side:
    cohort = asked.wide.between(edition.since, edition.until)
    shared = _shared(steps)
    had_a_week = cohort.between(cohort.since, now - IN_TIME + INSTANT)
    ripe = await store.points(db, had_a_week, shared)
    return Side(
        edition,
        await store.overview(db, cohort, now),
        {step.key: meant(step, ripe) for step in steps},
        await store_trends.in_time(db, cohort, now, shared),
    )


def _shared(steps: Sequence[Definition]) -> list[str]:
    return [step.key for step in steps if step.is_shared]
