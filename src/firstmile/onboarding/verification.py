"""What the customer's server says of people: attributes, events, and verdicts on steps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec

from firstmile.kernel.events import PersonalEvent
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Invalid, NotFound
from firstmile.kernel.work import Work
from firstmile.onboarding import store, store_counting
from firstmile.onboarding.actions import (
    EVENTS_KEPT,
    activate_if_complete,
    known_journey,
    known_to_change,
    saved,
)
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.events import AttributesNoted
from firstmile.onboarding.judging import Judgement, judge
from firstmile.onboarding.models import Attributes, Definition, Journey, Status

AHEAD = timedelta(minutes=5)  # how far the clock of a server may be before ours
MOST_ATTRIBUTES, MOST_BYTES, MOST_NAME = 50, 4096, 100
VERDICT = "verdict"  # the name under which a signed message is kept, so that it counts once


@dataclass(frozen=True)
class Happened:
    """Something that a person did elsewhere; `id` tells it from every other of theirs."""

    user_id: UserId
    id: str
    name: str
    at: datetime


async def note_attributes(
    work: Work, catalogue: Catalogue, user_id: UserId, attributes: Mapping[str, Any]
) -> None:
    """Put these in the place of what was said of a person. Raises Invalid and NotFound."""
    _check_attributes(attributes)
    said = Attributes(msgspec.json.encode(attributes, order="sorted").decode())
    if not await store.note_attributes(work.db, user_id, said):
        raise NotFound(N_("There is no such person."))
    work.announce(AttributesNoted(user_id=user_id, names=sorted(attributes)))
    await activate_if_complete(work, await known_journey(work, catalogue, user_id))


async def count_events(work: Work, catalogue: Catalogue, batch: Iterable[Happened]) -> list[UserId]:
    """Count events, each once, and complete the steps for which they are enough.

    Gives the people we do not know, whose events are left out. Raises Invalid for a moment that
    is not within the last year.
    """
    unknown = []
    ordered = sorted(batch, key=lambda one: one.user_id)  # locks are taken in one order
    if any(not work.now - EVENTS_KEPT < one.at < work.now + AHEAD for one in ordered):
        raise Invalid.field("at", N_("Choose a moment within the last year."))
    for user_id, events in groupby(ordered, key=lambda one: one.user_id):
        try:
            journey = await known_journey(work, catalogue, user_id)
        except NotFound:
            unknown.append(user_id)
            continue
        names = set()
        for one in events:
            if await store_counting.add(work.db, user_id, one.id, one.name, one.at):
                names.add(one.name)
        await _complete(work, catalogue, journey, names)
    return unknown


async def hear_verdict(
    work: Work,
    catalogue: Catalogue,
    user_id: UserId,
    key: str,
    judgement: Judgement,
    *,
    message: str | None = None,
    project_id: UUID | None = None,
) -> Journey:
    """Take a verdict; the journey after it. A step of a project is that of `project_id`, or of
    the one the person joined first. A `message` that was heard before changes nothing.

    Raises as `judge` does.
    """
    journey = await known_to_change(work, catalogue, user_id, key, project_id)
    if message is not None and not await store_counting.add(
        work.db, user_id, f"{VERDICT}:{message}", VERDICT, work.now
    ):
        return journey
    state, events = judge(journey, key, judgement)
    return await saved(work, journey, key, state, events) if events else journey


class Counting:
    """A reaction for `wiring.py`: our own events are counted as those of others are."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def note(self, work: Work, event: PersonalEvent) -> None:
        """Count an event that some step waits for."""
        if not self._catalogue.waiting_for(event.kind()):
            return
        user_id = UserId(event.user_id)
        happened = Happened(user_id, str(new_id()), event.kind(), work.now)
        await count_events(work, self._catalogue, [happened])


async def _complete(
    work: Work, catalogue: Catalogue, journey: Journey, names: Iterable[str]
) -> None:
    waiting = [step for name in names for step in catalogue.waiting_for(name)]
    mine = {step.key for step in journey.steps}
    for step in waiting:
        if step.key in mine and journey.state(step).status is not Status.DONE:
            journey = await _complete_if_met(work, journey, step)


async def _complete_if_met(work: Work, journey: Journey, step: Definition) -> Journey:
    user_id, rule = journey.traveller.user_id, step.event
    if rule is None:
        return journey
    # What counted before a step was opened again does not count for it once more.
    since = journey.since.get(step.key) if journey.state(step).verdict else None
    moments = await store_counting.moments(work.db, user_id, rule.event, since)
    if not rule.is_met(moments):
        return journey
    return await saved(work, journey, step.key, *journey.changed(step, Status.DONE, "event"))


def _check_attributes(attributes: Mapping[str, Any]) -> None:
    if len(attributes) > MOST_ATTRIBUTES or len(msgspec.json.encode(attributes)) > MOST_BYTES:
        raise Invalid.field("attributes", N_("Send at most 50 attributes, of 4 KB in all."))
    for name, value in attributes.items():
        values = value if isinstance(value, list) else [value]
        is_plain = all(isinstance(one, str | int | float) for one in values)
        if not 0 < len(name) <= MOST_NAME or not is_plain:
            raise Invalid.field(
                f"attributes.{name[:MOST_NAME]}",
                N_("An attribute is a text, a number, yes or no, or a list of these."),
            )
