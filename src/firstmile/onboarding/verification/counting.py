"""Counts what people do, each event once, and completes the steps for which it is enough."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from firstmile.kernel.events import PersonalEvent
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Invalid, NotFound
from firstmile.kernel.work import Work
from firstmile.onboarding.actions import EVENTS_KEPT, known_journey, saved
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.models import Definition, Journey, Status
from firstmile.onboarding.verification import store_counting
from firstmile.onboarding.verification.together.counting import COUNT_TOGETHER, places_of
from firstmile.onboarding.verifying import Happened, counted_since

AHEAD = timedelta(minutes=5)  # how far the clock of a server may be before ours


class Uncounted(NamedTuple):
    """What was left out: people we do not know, and events of projects their people are not in."""

    unknown: list[UserId]
    refused: list[Happened]


async def count_events(work: Work, catalogue: Catalogue, batch: Iterable[Happened]) -> Uncounted:
    """Count events, each once, and complete the steps for which they are enough.

    Those of people count for themselves and for the project they happened in. Raises Invalid for
    a moment that is not within the last year.
    """
    left_out = Uncounted([], [])
    ordered = sorted(batch, key=lambda one: (one.user_id, one.at))  # locks are taken in one order
    if any(not work.now - EVENTS_KEPT < one.at < work.now + AHEAD for one in ordered):
        raise Invalid.field("at", N_("Choose a moment within the last year."))
    places = await places_of(work, catalogue, ordered)
    for user_id, events in groupby(ordered, key=lambda one: one.user_id):
        try:
            journey = await known_journey(work, catalogue, user_id)
        except NotFound:
            left_out.unknown.append(user_id)
            continue
        told = list(events)
        left_out.refused.extend(one for one in told if places.is_refused(one))
        new = await _added(work, [one for one in told if not places.is_refused(one)])
        await _complete(work, catalogue, journey, {one.name for one in new})
        for one in new:
            await places.add(work, one)
    await places.complete(work, catalogue)
    return left_out


class Counting:
    """A reaction for `wiring.py`: our own events are counted as those of others are."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def note(self, work: Work, event: PersonalEvent) -> None:
        """Count an event that some step waits for."""
        waiting = self._catalogue.waiting_for(event.kind())
        if not waiting:
            return
        project_id: UUID | None = getattr(event, "project_id", None)
        user_id = UserId(event.user_id)
        one = Happened(user_id, str(new_id()), event.kind(), work.now, project_id)
        if any(step.is_shared for step in waiting):
            work.enqueue(COUNT_TOGETHER, one)
        if not all(step.is_shared for step in waiting):
            await self._count(work, one)

    async def _count(self, work: Work, one: Happened) -> None:
        try:
            journey = await known_journey(work, self._catalogue, one.user_id)
        except NotFound:  # a person without a journey, such as one of the staff
            return
        await _added(work, [one])
        await _complete(work, self._catalogue, journey, [one.name])


async def _added(work: Work, events: Sequence[Happened]) -> list[Happened]:
    """Those of somebody's events that were not counted before."""
    return [
        one
        for one in events
        if await store_counting.add(work.db, one.user_id, one.id, one.name, one.at)
    ]


async def _complete(
    work: Work, catalogue: Catalogue, journey: Journey, names: Iterable[str]
) -> None:
    waiting = [step for name in names for step in catalogue.waiting_for(name)]
    mine = {step.key for step in journey.steps if not step.is_shared}
    for step in waiting:
        if step.key in mine and journey.state(step).status is not Status.DONE:
            journey = await _complete_if_met(work, journey, step)


async def _complete_if_met(work: Work, journey: Journey, step: Definition) -> Journey:
    user_id, rule = journey.traveller.user_id, step.event
    if rule is None:
        return journey
    since = counted_since(journey.state(step).verdict, journey.since.get(step.key))
    moments = await store_counting.moments(work.db, user_id, rule.event, since)
    if not rule.is_met(moments):
        return journey
    return await saved(work, journey, step.key, *journey.changed(step, Status.DONE, "event"))
