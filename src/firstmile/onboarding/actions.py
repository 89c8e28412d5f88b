"""The verbs of onboarding: start, settle, snooze, and pass a gate."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from firstmile.kernel.events import Event, PersonalEvent, Reaction
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import NotFound, Stale, TooMany
from firstmile.kernel.work import Work
from firstmile.onboarding import store, store_shared
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.events import Activated, JourneyStarted, StepSettled, StepSnoozed
from firstmile.onboarding.models import Journey, Scope, State, Status
from firstmile.onboarding.settings import OnboardingSettings

DAY = timedelta(days=1)
EVENTS_KEPT = timedelta(days=365)
ASK_FOR_VERDICT = "ask_for_verdict"
TELL_MEMBERS = "tell_members"


class Question(msgspec.Struct, frozen=True):
    """The job of asking a server about a step, which is over once the step was changed again.

    `user_id` is who said that it is done, of `project_id` when its members share the step.
    """

    user_id: UserId
    step: str
    row_version: int
    project_id: UUID | None = None


class MemberChange(msgspec.Struct, frozen=True):
    """The job of telling the members of a project that a step of it changed."""

    project_id: UUID


async def locked_journey(
    work: Work, catalogue: Catalogue, user_id: UserId, project_id: UUID | None = None
) -> Journey:
    """A person's journey, held for the transaction; begun when they have none."""
    traveller = await store.lock_traveller(work.db, user_id)
    if traveller is None:
        await start(work, user_id)
    return await known_journey(work, catalogue, user_id, project_id)


async def journey_to_change(
    work: Work, catalogue: Catalogue, user_id: UserId, key: str, project_id: UUID | None
) -> Journey:
    """The same to change a step of; of a shared one the project is held as well, and first."""
    project_id = await _held_project(work, catalogue, user_id, key, project_id)
    return await locked_journey(work, catalogue, user_id, project_id)


async def known_journey(
    work: Work, catalogue: Catalogue, user_id: UserId, project_id: UUID | None = None
) -> Journey:
    """The journey of somebody who has begun one; raises NotFound for others.

    The steps of a project are of `project_id`, or of the project they joined first.
    """
    traveller = await store.lock_traveller(work.db, user_id)
    if traveller is None:
        raise NotFound(N_("There is no such person."))
    edition, steps = await store.steps_of(work.db, user_id)
    if edition != catalogue.edition:  # it changed while we waited for the lock
        await catalogue.read(work.db)
    shared = await catalogue.shared(work.db, user_id, project_id)
    return catalogue.journey(traveller, steps, work.now, shared)


async def start(work: Work, user_id: UserId) -> None:
    """Begin a person's journey, once."""
    if await store.start_journey(work.db, user_id, work.now):
        work.announce(JourneyStarted(user_id=user_id))


async def settle_step(
    work: Work,
    catalogue: Catalogue,
    user_id: UserId,
    key: str,
    *,
    status: Status,
    seen: int,
    project_id: UUID | None = None,
) -> Journey:
    """Change a step of one's own, or of a project; the journey after.

    Refuses as `Journey.settle` does, and with NotFound for a project they are not in.
    """
    journey = await journey_to_change(work, catalogue, user_id, key, project_id)
    state, events = journey.settle(key, status, seen=seen)
    if not events:
        return journey
    if state.is_pending:
        project_id = journey.project_of(journey.defined(key))
        work.enqueue(ASK_FOR_VERDICT, Question(user_id, key, state.row_version, project_id))
    return await saved(work, journey, key, state, events)


async def snooze_step(
    work: Work,
    catalogue: Catalogue,
    settings: OnboardingSettings,
    user_id: UserId,
    key: str,
    until: datetime | None,
    *,
    project_id: UUID | None = None,
) -> Journey:
    """Put a step off; the journey after. Raises TooMany beyond the day's allowance."""
    journey = await journey_to_change(work, catalogue, user_id, key, project_id)
    state, events = journey.snooze(key, until or work.now + settings.snooze)
    snoozed = await store.moments_of(work.db, user_id, StepSnoozed.kind(), since=work.now - DAY)
    if len(snoozed) >= settings.snoozes_per_day:
        free_again = snoozed[-settings.snoozes_per_day] + DAY if snoozed else work.now + DAY
        raise TooMany(
            N_("You have put off enough for today."),
            retry_after=math.ceil((free_again - work.now).total_seconds()),
        )
    return await saved(work, journey, key, state, events)


class Facts:
    """Reactions for `wiring.py`: what happened elsewhere settles steps here."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def establish(self, fact: str) -> Reaction[PersonalEvent]:
        """When the event is announced, `fact` is true of its person."""

        async def react(work: Work, event: PersonalEvent) -> None:
            await self.note(work, UserId(event.user_id), fact=fact)

        return react

    async def begin(self, work: Work, event: PersonalEvent) -> None:
        """Begin the journey of the event's person."""
        await start(work, UserId(event.user_id))

    async def note(
        self,
        work: Work,
        user_id: UserId,
        *,
        fact: str | None = None,
        roles: list[str] | None = None,
        market: str | None = None,
    ) -> None:
        """Remember what became known, and complete the steps that waited for it."""
        await locked_journey(work, self._catalogue, user_id)
        await store.note_facts(work.db, user_id, fact=fact, roles=roles, market=market)
        journey = await locked_journey(work, self._catalogue, user_id)
        for step, (state, events) in journey.settle_by_fact(fact) if fact else ():
            journey = await saved(work, journey, step.key, state, events)
        await activate_if_complete(work, journey)

    async def note_of_project(
        self, work: Work, user_id: UserId, project_id: UUID, fact: str
    ) -> None:
        """Complete the steps of a project that waited for a fact about it.

        `user_id` brought it about. The project is held already, by whoever changed it.
        """
        if await store_shared.shared_of(work.db, user_id, project_id) is None:
            return
        journey = await locked_journey(work, self._catalogue, user_id, project_id)
        for step, (state, events) in journey.settle_by_fact(fact, Scope.PROJECT):
            journey = await saved(work, journey, step.key, state, events)


async def keep(work: Work, event: PersonalEvent) -> None:
    """Keep an event of onboarding for a year."""
    said = {name: getattr(event, name) for name in event.__struct_fields__}
    user_id = UserId(said.pop("user_id"))
    step = said.pop("step", None)
    if said.get("project_id") is None:
        said.pop("project_id", None)  # a step of one's own
    await store.add_event(
        work.db,
        user_id,
        event.kind(),
        event_id=new_id(),
        step_key=step,
        facts=said,
        now=work.now,
    )


async def erase(work: Work, user_id: UserId) -> None:
    """Delete a person's journey with its steps, and all that happened on it."""
    await store.erase(work.db, user_id)


async def forget_old_events(work: Work) -> int:
    """Delete what is older than a year; how many."""
    return await store.forget_events_before(work.db, work.now - EVENTS_KEPT)


async def saved(
    work: Work, journey: Journey, key: str, state: State, events: Sequence[Event]
) -> Journey:
    """Store and announce a change of a step; the journey after it. Raises Stale."""
    project_id = journey.project_of(journey.defined(key))
    if project_id is None:
        is_saved = await store.save_step(work.db, journey.traveller.user_id, key, state, work.now)
    else:
        is_saved = await store_shared.save_step(work.db, project_id, key, state, work.now)
        work.enqueue(TELL_MEMBERS, MemberChange(project_id))
    if not is_saved:
        raise Stale(N_("This step changed since you loaded it."))
    work.announce(*events)
    after = replace(
        journey,
        states={**journey.states, key: state},
        since={**journey.since, key: work.now},
    )
    if any(isinstance(event, StepSettled) for event in events):
        await activate_if_complete(work, after)
    return after


async def activate_if_complete(work: Work, journey: Journey) -> None:
    """Announce that every required step is done, once."""
    if journey.traveller.activated_at is None and journey.is_complete:
        user_id = journey.traveller.user_id
        if await store.activate(work.db, user_id, work.now):
            work.announce(Activated(user_id=user_id))


async def _held_project(
    work: Work, catalogue: Catalogue, user_id: UserId, key: str, project_id: UUID | None
) -> UUID | None:
    """The project a step is changed in, held; from here on it is this one or none."""
    if not catalogue.is_shared(key):
        return project_id
    return await store_shared.lock_project(work.db, user_id, project_id) or project_id
