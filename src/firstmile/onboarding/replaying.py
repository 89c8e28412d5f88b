"""Decisions as they were: whoever asks for a past moment is answered from what was kept of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Invalid, NotFound
from firstmile.onboarding import store_history as store
from firstmile.onboarding.explaining import Explanation, explained_route, explained_step
from firstmile.onboarding.gates import GatedRoute, gates_over
from firstmile.onboarding.models import Journey
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
    """All that a decision follows from."""

    journey: Journey
    routes: Sequence[GatedRoute]
    is_off: bool
    is_past: bool = False

    def explained(self, step: str | None, route: str | None) -> Explanation:
        """Why a step, or else a route, is open; Invalid when neither is named, or both."""
        if bool(step) == bool(route):
            raise Invalid.field("step", N_("Name a step or a route."))
        if self.is_past and rests_on_shared(self.journey, self.routes, step, route):
            raise HistoryNotKept(None)
        if step:
            return explained_step(self.journey, step)
        return explained_route(self.journey, self.routes, route or "", is_off=self.is_off)


def is_free(off: frozenset[Area]) -> bool:
    """Whether the gate lets everybody pass while these areas are off."""
    return bool(off & {Area.GLOBAL, Area.GATING, Area.ONBOARDING})


async def scene_at(
    db: Connection, switches: Switches, user_id: UserId, moment: datetime, now: datetime
) -> Scene:
    """What a decision about somebody followed from at a moment.

    Raises Invalid for a moment to come, NotFound for who has no journey, and HistoryNotKept.
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
    traveller, steps = found
    journey = Journey(traveller, definitions.steps, steps.states, moment, steps.since)
    is_off = is_free(await switches.off_at(db, moment))
    return Scene(journey, definitions.routes, is_off, is_past=True)


def rests_on_shared(
    journey: Journey, routes: Sequence[GatedRoute], step: str | None, route: str | None
) -> bool:
    """Whether a decision asks for steps of a project, by however many others.

    Of a project it is kept where its steps are, not where they were, nor who was in it.
    """
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
