"""Takes a server's verdict on a step of a project, whoever of its members is still there."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from msgspec.structs import replace as renamed

from firstmile.kernel.events import Event, PersonalEvent
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import NotFound
from firstmile.kernel.work import Work
from firstmile.onboarding.actions import known_journey, saved
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.models import Change, Doer, Journey, ProjectNeeded, State, Status
from firstmile.onboarding.store_shared import lock_project
from firstmile.onboarding.verification import store_heard
from firstmile.onboarding.verification.judging import Judgement, judge
from firstmile.onboarding.verification.together import store
from firstmile.onboarding.verification.together.store import Hands


async def hear_together(
    work: Work,
    catalogue: Catalogue,
    user_id: UserId,
    key: str,
    judgement: Judgement,
    *,
    message: str | None,
    project_id: UUID | None,
) -> Journey:
    """Take a verdict on a step of a project; the journey after it of one of its members.

    It is done by who asked for it. Who did so, or did the step before, may have left: the project
    hears of it all the same. Raises NotFound for anybody else who is not in it, ProjectNeeded
    for who names none and is in none, and as `judge` does.
    """
    project_id = await _held(work, catalogue, user_id, project_id)
    hands = await store.hands_on(work.db, project_id, key, user_id)
    listener = user_id if hands.is_member else hands.anybody
    if listener is None or not _has_to_do_with_it(hands, user_id):
        raise NotFound(N_("There is no such project."))
    journey = await known_journey(work, catalogue, listener, project_id)
    if message is not None and not await store_heard.take(work.db, message):
        return journey
    state, events = judge(journey, key, judgement)
    if not events:
        return journey
    is_theirs = hands.is_member and hands.asked is None
    if not is_theirs:
        state, events = _credited(state, events, hands.asked)
    return await saved(work, journey, key, state, events)


async def _held(work: Work, catalogue: Catalogue, user_id: UserId, project_id: UUID | None) -> UUID:
    if project_id is None:
        first = await lock_project(work.db, user_id, None)
        if first is not None:
            return first
        await known_journey(work, catalogue, user_id)  # or there is no such person
        raise ProjectNeeded
    if not await store.hold(work.db, project_id):
        raise NotFound(N_("There is no such project."))
    return project_id


def _has_to_do_with_it(hands: Hands, user_id: UserId) -> bool:
    asked_by = hands.asked.user_id if hands.asked else None
    return hands.is_member or hands.is_orphaned or user_id in (asked_by, hands.done_by)


def _credited(state: State, events: Sequence[Event], doer: Doer | None) -> Change:
    """A change as that of who asked for it; of nobody when they have no account any more."""
    done_by = doer if state.status is Status.DONE else None
    of_them = [
        renamed(event, user_id=doer.user_id) if doer and isinstance(event, PersonalEvent) else event
        for event in events
    ]
    return replace(state, done_by=done_by), of_them
