"""What a change of the definitions would do to people, by groups of those it does the same to."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

import msgspec

from firstmile.kernel.refusals import Forbidden
from firstmile.onboarding.changing.migrating import Place, Places, states_at
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.gates import check_gate
from firstmile.onboarding.models import Journey, StepBlockedNow
from firstmile.onboarding.moves import Move, renames
from firstmile.onboarding.sharing import joined
from firstmile.onboarding.step_models import Definition, State, Status, Traveller

NOTHING_SHARED: Mapping[str, State] = {}

Statuses = tuple[tuple[str, Status], ...]


@dataclass(frozen=True)
class Standing:
    """Where a person stands as a whole: their steps as they see them, and what follows."""

    statuses: Statuses
    progress: int
    is_complete: bool
    closed: frozenset[str]


@dataclass(frozen=True)
class Outcome:
    """What a change does to everybody at the same point.

    `follows` tells that steps of their project move, and they see it.
    """

    roles: tuple[str, ...]
    market: str | None
    changes: Mapping[str, Place | None]
    before: Standing
    after: Standing
    activates: bool
    deactivates: bool = False
    follows: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether nothing has to be written."""
        return not (self.changes or self.activates or self.deactivates or self.follows)


@dataclass(frozen=True)
class ProjectOutcome:
    """What a change does to every project at the same point, and what its members share then."""

    changes: Mapping[str, Place | None] = field(default_factory=dict)
    before: Mapping[str, State] = field(default_factory=dict)
    after: Mapping[str, State] = field(default_factory=dict)


NO_PROJECT = ProjectOutcome()


@dataclass(frozen=True)
class Group:
    """People of the same roles and market who go from the same statuses to the same.

    A step that is renamed has its new name in both.
    """

    roles: tuple[str, ...]
    market: str | None
    before: Statuses
    after: Statuses
    progress: tuple[int, int]
    completed: bool
    reopened: bool
    activated: bool
    deactivated: bool
    blocked: tuple[str, ...]

    @property
    def moved(self) -> list[tuple[str, Status | None, Status | None]]:
        """The steps that are not as they were, with their status before and after."""
        before, after = dict(self.before), dict(self.after)
        keys = dict.fromkeys([*before, *after])
        return [
            (key, before.get(key), after.get(key))
            for key in keys
            if before.get(key) != after.get(key)
        ]


class Sums(msgspec.Struct, frozen=True, rename="camel"):
    """How many people there are, and what becomes of how many.

    `moved` see another status of a step, or another percent. `completed` have every required
    step done that had not, `reopened` the other way round. `blocked` cannot pass to a route they
    could pass to. `projects` have steps that move, which their members share.
    """

    people: int = 0
    moved: int = 0
    completed: int = 0
    reopened: int = 0
    activated: int = 0
    deactivated: int = 0
    blocked: int = 0
    projects: int = 0


@dataclass(frozen=True)
class Plan:
    """What a change would do. `digest` names it: the edition it starts from, and what is wanted.

    `renamed` has the keys of then by those of before. `groups` are of people, as they see it;
    `projects` is how many have steps that move.
    """

    digest: str
    edition: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: Mapping[str, str]
    is_nothing: bool
    groups: Mapping[Group, int] = field(default_factory=dict)
    projects: int = 0

    @property
    def sums(self) -> Sums:
        """All groups together."""
        counted = Counter[str]()
        for group, people in self.groups.items():
            counted["people"] += people
            counted["moved"] += people * (bool(group.moved) or len({*group.progress}) > 1)
            for name in ("completed", "reopened", "activated", "deactivated"):
                counted[name] += people * bool(getattr(group, name))
            counted["blocked"] += people * bool(group.blocked)
        return Sums(projects=self.projects, **counted)


def standing(
    who: Traveller,
    places: Places,
    definitions: Definitions,
    now: datetime,
    shared: Mapping[str, State] = NOTHING_SHARED,
) -> Standing:
    """Where a person stands under these definitions, with what their project has done."""
    states = joined(definitions.steps, states_at(places), shared)
    journey = Journey(who, definitions.steps, states, now)
    return Standing(
        statuses=tuple((step.key, _status(journey, step)) for step in journey.steps),
        progress=journey.progress,
        # Where nothing is asked for nothing is complete: else the first steps would undo it.
        is_complete=journey.is_complete and any(step.required for step in journey.steps),
        closed=frozenset(
            route.path
            for route in definitions.routes
            if _is_closed(journey, definitions, route.path)
        ),
    )


def outcome(
    who: Traveller,
    changes: Mapping[str, Place | None],
    *,
    before: Standing,
    after: Standing,
    may_deactivate: bool = False,
    project: ProjectOutcome = NO_PROJECT,
) -> Outcome:
    """What becomes of a person; who is activated stays so unless this very change is undone."""
    is_activated = who.activated_at is not None
    return Outcome(
        roles=tuple(sorted(who.roles)),
        market=who.market,
        changes=changes,
        before=before,
        after=after,
        activates=not is_activated and after.is_complete and not before.is_complete,
        deactivates=is_activated and may_deactivate and not after.is_complete,
        follows=bool(project.changes) and before.statuses != after.statuses,
    )


def group_of(one: Outcome, renamed: Mapping[str, str]) -> Group:
    """What is told of an outcome; that a step has another name is nothing that happens to it."""
    return Group(
        roles=one.roles,
        market=one.market,
        before=tuple((renamed.get(key, key), status) for key, status in one.before.statuses),
        after=one.after.statuses,
        progress=(one.before.progress, one.after.progress),
        completed=one.after.is_complete and not one.before.is_complete,
        reopened=one.before.is_complete and not one.after.is_complete,
        activated=one.activates,
        deactivated=one.deactivates,
        blocked=tuple(sorted(one.after.closed - one.before.closed)),
    )


def planned(edition: int, before: Definitions, after: Definitions, moves: Sequence[Move]) -> Plan:
    """The plan of a change, of which it is not yet known whom it is about."""
    old = {step.key: step for step in before.steps}
    new = {step.key: step for step in after.steps}
    renamed = {
        had: now for had, now in renames(moves).items() if had in old.keys() - new and now in new
    }
    was = {now: had for had, now in renamed.items()}
    return Plan(
        digest=digest_of(edition, after, moves),
        edition=edition,
        added=tuple(key for key in new if key not in old and key not in was),
        changed=tuple(key for key in old if key in new and new[key] != old[key]),
        removed=tuple(key for key in old if key not in new and key not in renamed),
        renamed=renamed,
        is_nothing=before == after and not moves,
    )


def digest_of(edition: int, wanted: Definitions, moves: Iterable[Move]) -> str:
    """A name of a plan: the same for the same definitions wanted from the same edition."""
    told = msgspec.json.encode((edition, wanted, tuple(moves)), order="sorted")
    return blake2b(told, digest_size=8).hexdigest()


def _status(journey: Journey, step: Definition) -> Status:
    """As its person sees it; asleep or awake is a question of the hour, and not of a plan."""
    stored = journey.state(step).status
    seen = journey.status(step)
    return stored if stored is Status.SNOOZED and seen is Status.TODO else seen


def _is_closed(journey: Journey, definitions: Definitions, path: str) -> bool:
    try:
        check_gate(journey, definitions.routes, path)
    except (Forbidden, StepBlockedNow):
        return True
    return False
