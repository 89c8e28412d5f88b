"""Decisions as they were: whoever asks for a past moment is answered from what was kept of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Invalid, NotFound
from firstmile.onboarding.catalogue import shared_journey
from firstmile.onboarding.explaining import store_history as store
from firstmile.onboarding.explaining import store_project_history as store_of_projects
from firstmile.onboarding.explaining.decisions import Explanation, explained_route, explained_step
from firstmile.onboarding.explaining.store_project_history import Standing
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.gates import GatedRoute, gates_over
from firstmile.onboarding.models import Doer, Journey
from firstmile.onboarding.store_shared import Shared
from firstmile.protect.switches import Area, Switches


class HistoryNotKept(Conflict):
    """What a decision came from was not kept yet at that moment, or is no longer."""

    error = "history_not_kept"

    def __init__(self, since: datetime | None) -> None:
        super().__init__(
            N_("Nothing is kept of this moment."),
            facts={"since": since.isoformat() if since else None},
        )


class Scene(NamedTuple):
    """All that a decision follows from.

    Where shared steps are known of a later time alone, `shared_since` tells of which.
    """

    journey: Journey
    routes: Sequence[GatedRoute]
    is_off: bool
    shared_since: datetime | None = None

    def explained(self, step: str | None, route: str | None) -> Explanation:
        """Why a step, or else a route, is open; Invalid when neither is named, or both."""
        if bool(step) == bool(route):
            raise Invalid.field("step", N_("Name a step or a route."))
        if self.shared_since and rests_on_shared(self.journey, self.routes, step, route):
            raise HistoryNotKept(self.shared_since)
        if step:
            return explained_step(self.journey, step)
        return explained_route(self.journey, self.routes, route or "", is_off=self.is_off)

    def without_names(self) -> "Scene":
        """The same for who is in the project no more: what it and others are called is theirs."""
        who = self.journey.traveller
        membership = who.membership and replace(who.membership, project="")
        states = {
            key: replace(state, done_by=_nameless(state.done_by, who.user_id))
            for key, state in self.journey.states.items()
        }
        traveller = replace(who, membership=membership)
        return self._replace(journey=replace(self.journey, traveller=traveller, states=states))


def _nameless(doer: Doer | None, reader: UserId) -> Doer | None:
    return doer if doer is None or doer.user_id == reader else doer._replace(name="")


def is_free(off: frozenset[Area]) -> bool:
    """Whether the gate lets everybody pass while these areas are off."""
    return bool(off & {Area.GLOBAL, Area.GATING, Area.ONBOARDING})


async def scene_at(
    db: Connection,
    switches: Switches,
    user_id: UserId,
    moment: datetime,
    now: datetime,
    project_id: UUID | None = None,
) -> Scene:
    """What a decision about somebody followed from at a moment.

    Shared steps are those of `project_id`, or of the project they had joined first.
    Raises Invalid for a moment to come, NotFound for who has no journey or was not in the project,
    and HistoryNotKept.
    """
    if moment.tzinfo is None:
        raise Invalid.field("at", N_("Give the moment with its time zone."))
    if moment > now:
        raise Invalid.field("at", N_("Choose a moment that is over."))
    since = await store.kept_since(db, user_id)
    if since is None:
        raise NotFound(N_("There is no such person."))
    found = await store.journey_at(db, user_id, moment)
    definitions = await store.definitions_at(db, moment)
    if found is None or definitions is None:
        raise HistoryNotKept(since)
    shared, shared_since = await _shared_at(db, definitions, user_id, moment, project_id)
    journey = shared_journey(definitions.steps, *found, moment, shared)
    is_off = is_free(await switches.off_at(db, moment))
    return Scene(journey, definitions.routes, is_off, shared_since)


async def _shared_at(
    db: Connection,
    definitions: Definitions,
    user_id: UserId,
    moment: datetime,
    project_id: UUID | None,
) -> tuple[Shared | None, datetime | None]:
    """What `Catalogue.shared` gave at a moment, and since when it is known if it is not."""
    if project_id is None and not any(step.is_shared for step in definitions.steps):
        return None, None
    standing, since = await _standing_at(db, user_id, moment, project_id)
    if project_id is not None and since is not None:
        raise HistoryNotKept(since)
    if project_id is not None and standing is None:
        raise NotFound(N_("There is no such project."))
    if standing is None:
        return None, since
    steps = await store_of_projects.steps_at(db, standing.membership.project_id, moment)
    return Shared(standing.membership, steps), None


async def _standing_at(
    db: Connection, user_id: UserId, moment: datetime, project_id: UUID | None
) -> tuple[Standing | None, datetime | None]:
    since = await store_of_projects.kept_since(db)
    if moment < since:
        return None, since
    standings = await store_of_projects.standings_at(db, user_id, moment)
    named = [one for one in standings if project_id in (None, one.membership.project_id)]
    first = next((one for one in named if not one.is_ending), None)
    if first is not None and first.removed_at is not None:
        return None, first.removed_at  # and whether it was being deleted then is not known either
    return first, None


def rests_on_shared(
    journey: Journey, routes: Sequence[GatedRoute], step: str | None, route: str | None
) -> bool:
    """Whether a decision asks for steps of a project, by however many others."""
    definitions = {one.key: one for one in journey.definitions}
    gates = gates_over(routes, route) if route else []
    waiting = [key for gate in gates for need in gate.requirements for key in need.any_of]
    waiting += [step] if step else []
    seen: set[str] = set()
    while waiting:
        found = definitions.get(waiting.pop())
        if found is None or found.key in seen:
            continue
        if found.is_shared:
            return True
        seen.add(found.key)
        waiting += [key for need in found.needs for key in need.any_of]
    return False
