"""Moves projects and people to where a change of the steps has them."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Unavailable
from firstmile.kernel.work import Work
from firstmile.onboarding.changing import store_editions, store_moves, store_project_moves
from firstmile.onboarding.changing.announcing import tell_later
from firstmile.onboarding.changing.changes import Change
from firstmile.onboarding.changing.plans import Outcome
from firstmile.onboarding.changing.surveying import Survey
from firstmile.onboarding.events import StepsMoved

TRIES, PAUSE = 40, 0.25  # seconds; ten in all, while whoever was in the way goes on


async def hold_all(work: Work, change: Change) -> None:
    """Hold all that a change moves, until the transaction ends; raises Unavailable.

    Who changes a step of a project holds the project first, then a journey. We hold the journeys,
    and never wait for a project meanwhile: where one cannot be had we let go and begin again.
    """
    if not change.moves_projects:
        await store_editions.lock_journeys(work.db)
        return
    for _ in range(TRIES):
        if await store_project_moves.hold_all(work.db, change.undoes):
            return
        await store_project_moves.pause(work.db, PAUSE)
    raise Unavailable(
        N_("Somebody is changing a project all the time. Try again later."), retry_after=60
    )


async def move_projects(
    work: Work, survey: Survey, number: int, met: Mapping[int, list[UUID]]
) -> None:
    """Bring the steps of these projects to where edition `number` has them; by outcome."""
    changes = {one: survey.of_projects[one].changes for one in met}
    moving = {one: met[one] for one in met if changes[one]}
    if moving:
        await store_project_moves.note_project_moves(
            work.db, number, moving, changes, undone=survey.change.undoes, now=work.now
        )
        projects = [project_id for one in moving for project_id in moving[one]]
        await store_project_moves.make_project_moves(work.db, number, projects)


async def move_people(
    work: Work, survey: Survey, number: int, met: Mapping[int, list[UserId]]
) -> None:
    """The same of people; who is activated by it is told of later."""
    outcomes = {one: survey.outcomes[one] for one in met if not survey.outcomes[one].is_nothing}
    moving = {one: met[one] for one in outcomes if outcomes[one].changes}
    users = [user_id for one in moving for user_id in moving[one]]
    if users:
        changes = {one: outcomes[one].changes for one in moving}
        await store_moves.note_moves(
            work.db, number, moving, changes, undone=survey.change.undoes, now=work.now
        )
        await store_moves.make_moves(work.db, number, users)
    for at, numbers in (
        (work.now, [one for one in outcomes if outcomes[one].activates]),
        (None, [one for one in outcomes if outcomes[one].deactivates]),
    ):
        if numbers:
            chosen = [user_id for one in numbers for user_id in met[one]]
            await store_editions.set_activated(work.db, chosen, at)
            if at is not None:
                tell_later(work, chosen)
    if outcomes:
        said = [(met[one], _said(number, outcomes[one], met[one][0])) for one in outcomes]
        await store_editions.add_events(work.db, StepsMoved.kind(), said, work.now)


def _said(number: int, one: Outcome, somebody: UserId) -> dict[str, object]:
    event = StepsMoved(
        user_id=somebody,
        edition=number,
        before=dict(one.before.statuses),
        after=dict(one.after.statuses),
        activated=one.activates,
        deactivated=one.deactivates,
    )
    told: dict[str, object] = msgspec.to_builtins(event)
    del told["user_id"]  # each of them has a row of their own
    return told
