"""Meets every project and everybody, and reckons what a change of the steps does to each."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from uuid import UUID

from firstmile.kernel.ids import UserId
from firstmile.kernel.work import Work
from firstmile.onboarding.changing.changes import Change
from firstmile.onboarding.changing.migrating import (
    Migration,
    Past,
    Place,
    Places,
    Project,
    Who,
    migrated,
    returned,
    states_at,
    with_changes,
)
from firstmile.onboarding.changing.plans import (
    NO_PROJECT,
    Group,
    Outcome,
    Plan,
    ProjectOutcome,
    group_of,
    outcome,
    standing,
)
from firstmile.onboarding.changing.store_walkers import (
    ProjectWalker,
    Walker,
    project_walkers,
    walkers,
)
from firstmile.onboarding.models import Membership, Status, Traveller

AT_ONCE = 10_000  # people or projects a statement is about; some hundred milliseconds each


@dataclass
class Survey:
    """The outcome of all, reckoned once for each point that somebody is at; projects come first."""

    work: Work
    change: Change
    outcomes: list[Outcome] = field(default_factory=list)
    of_projects: list[ProjectOutcome] = field(default_factory=list)
    _groups: Counter[Group] = field(default_factory=Counter)
    _projects: dict[UUID, int] = field(default_factory=dict)
    _known: dict[tuple[object, ...], int] = field(default_factory=dict)
    _known_projects: dict[tuple[object, ...], int] = field(default_factory=dict)
    _last: UserId | None = None
    _last_project: UUID | None = None

    @cached_property
    def _renamed(self) -> Mapping[str, str]:
        return self.change.plan.renamed

    @property
    def plan(self) -> Plan:
        """The plan, with all who were met by now."""
        moving = sum(bool(self.of_projects[one].changes) for one in self._projects.values())
        return replace(self.change.plan, groups=dict(self._groups), projects=moving)

    async def next_projects(self) -> dict[int, list[UUID]]:
        """Some more projects by the number of their outcome; empty when all have been met."""
        if not self.change.is_sharing:
            return {}
        found = await project_walkers(
            self.work.db,
            after=self._last_project,
            most=AT_ONCE,
            undone=self.change.undone,
            is_moving=self.change.moves_projects,
        )
        met: dict[int, list[UUID]] = {}
        for walker in found:
            number = self._project_outcome_of(walker)
            met.setdefault(number, []).append(walker.project_id)
            self._projects[walker.project_id] = number
            self._last_project = walker.project_id
        return met

    async def next_people(self) -> dict[int, list[UserId]]:
        """Some more people by the number of their outcome; empty when all have been met."""
        found = await walkers(
            self.work.db,
            after=self._last,
            most=AT_ONCE,
            undone=self.change.undone,
            is_sharing=self.change.is_sharing,
        )
        met: dict[int, list[UserId]] = {}
        for walker in found:
            met.setdefault(self._outcome_of(walker), []).append(walker.user_id)
            self._last = walker.user_id
        for number, users in met.items():
            self._groups[group_of(self.outcomes[number], self._renamed)] += len(users)
        return met

    def _project_outcome_of(self, walker: ProjectWalker) -> int:
        point = walker.point
        if point not in self._known_projects:
            self._known_projects[point] = len(self.of_projects)
            self.of_projects.append(self._project_reckoned(walker))
        return self._known_projects[point]

    def _project_reckoned(self, walker: ProjectWalker) -> ProjectOutcome:
        places = _places(walker.states)
        project = Project(frozenset(walker.facts))
        changes = self._changes(project, places, walker.journal, self.change.of_projects)
        after = states_at(with_changes(places, changes))
        return ProjectOutcome(changes, states_at(places), after)

    def _outcome_of(self, walker: Walker) -> int:
        role, project_id = walker.membership or (None, None)
        of_project = self._projects.get(project_id) if project_id else None
        point = (walker.point, role, of_project)
        if point not in self._known:
            self._known[point] = len(self.outcomes)
            shared = NO_PROJECT if of_project is None else self.of_projects[of_project]
            self.outcomes.append(self._reckoned(walker, shared))
        return self._known[point]

    def _reckoned(self, walker: Walker, project: ProjectOutcome) -> Outcome:
        change, now = self.change, self.work.now
        role, project_id = walker.membership or (None, None)
        who = Traveller(
            walker.user_id,
            frozenset(walker.roles),
            walker.market,
            frozenset(walker.facts),
            now if walker.is_activated else None,
            walker.attributes,
            membership=Membership(project_id, "", role) if project_id and role else None,
        )
        places = _places(walker.states)
        changes = self._changes(who, places, walker.journal, change.of_people)
        after = with_changes(places, changes)
        return outcome(
            who,
            changes,
            before=standing(who, places, change.before, now, project.before),
            after=standing(who, after, change.after, now, project.after),
            may_deactivate=walker.by_this,
            project=project,
        )

    def _changes(
        self, who: Who, places: Places, journal: tuple[str, ...], migration: Migration
    ) -> dict[str, Place | None]:
        if self.change.undone is None:
            return migrated(who, places, migration)
        return returned(who, places, _journal(journal), migration)


def _places(told: tuple[str, ...]) -> Places:
    found = {}
    for text in told:
        key, status, version = text.split(" ")
        found[key] = Place(Status(status), int(version), (key,))
    return found


def _journal(told: tuple[str, ...]) -> dict[str, Past]:
    found = {}
    for text in told:
        key, status, version, is_newer = text.split(" ")
        before = None if status == "-" else Place(Status(status), int(version), is_stored=True)
        found[key] = Past(before, is_newer=is_newer == "true")
    return found
