"""Counts what members do in their project, all of them together, each event once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
import structlog

from firstmile.kernel.work import Work, Works
from firstmile.onboarding.actions import known_journey, saved
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.models import Definition, Status
from firstmile.onboarding.verification.together import store
from firstmile.onboarding.verifying import Happened, counted_since

COUNT_TOGETHER = "count_together"

log = structlog.get_logger()


class Places:
    """In which project each event happened, and what was new of each.

    The projects are held from the beginning, before any journey, so that of two events at once
    one is the last.
    """

    def __init__(self, found: Mapping[store.Place, UUID]) -> None:
        self._found = found
        self._new: dict[UUID, list[Happened]] = defaultdict(list)

    def is_refused(self, one: Happened) -> bool:
        """Whether it names a project that its person is not in."""
        return one.project_id is not None and _place(one) not in self._found

    async def add(self, work: Work, one: Happened) -> None:
        """Count an event for its project, if it has one."""
        project_id = self._found.get(_place(one))
        if project_id is not None and await store.add(
            work.db, project_id, one.id, one.name, one.at
        ):
            self._new[project_id].append(one)

    async def complete(self, work: Work, catalogue: Catalogue) -> None:
        """Complete the steps for which there are enough now, by whoever made them enough."""
        for project_id, events in self._new.items():
            for name in {one.name for one in events}:
                new = [one for one in events if one.name == name]
                for step in catalogue.waiting_for(name):
                    if step.is_shared:
                        await _complete(work, catalogue, project_id, step, new)


async def places_of(work: Work, catalogue: Catalogue, batch: Iterable[Happened]) -> Places:
    """Hold the projects of a batch of events.

    Without a name it is the project the person joined first, where a step of a project counts
    events at all.
    """
    asked = {
        _place(one) for one in batch if one.project_id is not None or catalogue.counts_for_projects
    }
    return Places(await store.lock_places(work.db, asked) if asked else {})


class CountingTogether:
    """The job of counting an event of our own for its project.

    Where it is announced a journey may be held already, and a project is held before.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def count(self, works: Works, payload: dict[str, Any]) -> None:
        """Count it; once more changes nothing."""
        one = msgspec.convert(payload, Happened)
        async with works.begin() as work:
            places = await places_of(work, self._catalogue, [one])
            await places.add(work, one)
            await places.complete(work, self._catalogue)


async def _complete(
    work: Work, catalogue: Catalogue, project_id: UUID, step: Definition, new: Sequence[Happened]
) -> None:
    rule = step.event
    journey = await known_journey(work, catalogue, new[0].user_id, project_id)
    state = journey.state(step)
    if rule is None or state.status is Status.DONE:
        return
    since = counted_since(state.verdict, journey.since.get(step.key))
    kept = await store.kept(work.db, project_id, rule.event, since)
    enough = rule.made_enough(dict(kept), new)
    if enough is None:
        return
    journey = await known_journey(work, catalogue, enough.user_id, project_id)
    await saved(work, journey, step.key, *journey.changed(step, Status.DONE, "event"))


def _place(one: Happened) -> store.Place:
    return one.user_id, one.project_id
