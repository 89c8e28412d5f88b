"""What becomes of the steps of people and projects when definitions change: pure functions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from firstmile.onboarding.moves import Add, Drop, Merge, Move, Rename, Reset, Split, linked
from firstmile.onboarding.step_models import SETTLED, Definition, State, Status, Traveller

# The order in which of two states the one that is further counts.
FURTHER = [Status.TODO, Status.SNOOZED, Status.IN_PROGRESS, Status.SKIPPED, Status.DONE]


@dataclass(frozen=True)
class Place:
    """Where a person, or a project, is with a step.

    `origins` are the steps whose rows its dates come from; with `is_stored` they come from the
    journal instead.
    """

    status: Status
    version: int
    origins: tuple[str, ...] = ()
    is_moved: bool = False
    is_stored: bool = False


Places = Mapping[str, Place]


@dataclass(frozen=True)
class Past:
    """What the journal of an edition knows of a step.

    `before` is where they were, None for nowhere or unknown; `is_newer` tells that they did
    something on it since the edition was applied.
    """

    before: Place | None
    is_newer: bool


@dataclass(frozen=True)
class Project:
    """A project as it goes through a change: every step it has is its own, whoever may do it."""

    facts: frozenset[str] = frozenset()

    def may_take(self, _: Definition) -> bool:
        """Roles, markets and conditions are about its members."""
        return True


Who = Traveller | Project


@dataclass(frozen=True)
class Migration:
    """From which definitions to which, and by which moves, one after the other.

    All of it is of steps of people, or of steps of projects.
    """

    before: Sequence[Definition]
    after: Sequence[Definition]
    moves: tuple[Move, ...] = ()


def places_of(states: Mapping[str, State]) -> dict[str, Place]:
    """Stored states as places, each of its own origin."""
    return {key: Place(state.status, state.version, (key,)) for key, state in states.items()}


def migrated(who: Who, places: Places, migration: Migration) -> dict[str, Place | None]:
    """What changes for somebody, by key: where they are afterwards, None for a step that goes.

    What is done stays done unless it is reset, dropped, or merged with `all` and the rest of it
    is open. Who had begun a step whose version rises begins again. What was put aside of a step
    that is required now is open again.
    """
    return _changes(places, _fitted(_moved(who, places, migration), migration.after))


def returned(
    who: Who, places: Places, journal: Mapping[str, Past], migration: Migration
) -> dict[str, Place | None]:
    """What changes for somebody when an edition is undone; `migration` leads back.

    Whoever did nothing since is exactly where they were. Where somebody moved on, the further
    counts of where they were before and where they are now, by way of the inverse moves.
    """
    after = _fitted(_moved(who, places, migration), migration.after)
    for key in {*journal, *places, *after}:
        known = linked(migration.moves, key) & journal.keys()
        past = journal.get(key)
        if any(journal[one].is_newer for one in known):
            if past is not None and past.before is not None:
                _put(after, key, _further(past.before, after.get(key)))
        else:
            _put(after, key, places.get(key) if past is None else past.before)
    return _changes(places, after)


def with_changes(places: Places, changes: Mapping[str, Place | None]) -> dict[str, Place]:
    """The places after a change."""
    after = {**places, **changes}
    return {key: place for key, place in after.items() if place is not None}


def states_at(places: Places) -> dict[str, State]:
    """Places as the states a journey is walked with."""
    return {key: State(place.status, place.version) for key, place in places.items()}


def _moved(who: Who, places: Places, migration: Migration) -> dict[str, Place]:
    walk = _Walk(who, places, migration)
    for move in migration.moves:
        walk.make(move)
    return walk.places


class _Walk:
    """Somebody's places while the moves are made."""

    def __init__(self, who: Who, places: Places, migration: Migration) -> None:
        self.places = dict(places)
        self._at_first = places
        self._facts = who.facts
        self._asked = {step.key for step in migration.before if who.may_take(step)}
        self._not_for_them = {step.key for step in migration.after if not who.may_take(step)}

    def make(self, move: Move) -> None:
        if isinstance(move, Rename):
            self._pour((move.source,), move.into, _any_of)
        elif isinstance(move, Merge):
            self._pour(move.sources, move.into, _all_of if move.done == "all" else _any_of)
        elif isinstance(move, Split):
            self._split(move)
        elif isinstance(move, Drop):
            self.places.pop(move.key, None)
            self._asked.discard(move.key)
        elif isinstance(move, Add):
            self._add(move)
        else:
            self._reset(move)

    def _pour(
        self, sources: Sequence[str], into: str, joined: Callable[[list[Status]], Status]
    ) -> None:
        """Make one step of those among the sources that count for them."""
        counted = [key for key in sources if key in self.places or key in self._asked]
        if self._asked & {*sources}:
            self._asked = (self._asked - {*sources}) | {into}
        found = {key: self.places.pop(key) for key in counted if key in self.places}
        if not found:
            return
        status = joined([found[key].status if key in found else Status.TODO for key in counted])
        place = _joined(status, list(found.values()))
        _put(self.places, into, _further(place, self.places.get(into)))

    def _split(self, move: Split) -> None:
        if move.source in self._asked:
            self._asked = (self._asked - {move.source}) | {*move.into}
        place = self.places.pop(move.source, None)
        if place is None:
            return
        # Nobody knows which part of it was begun.
        begun = place.status is Status.IN_PROGRESS
        part = replace(place, status=Status.TODO, origins=()) if begun else place
        for key in move.into:
            _put(self.places, key, _further(replace(part, is_moved=True), self.places.get(key)))

    def _add(self, move: Add) -> None:
        earning = move.step or ""
        earned = move.fact in self._facts or any(
            place is not None and place.status is Status.DONE
            for place in (self.places.get(earning), self._at_first.get(earning))
        )
        if earned and move.key not in self._not_for_them:
            place = self.places.get(move.key)
            if place is None or place.status is not Status.DONE:
                self.places[move.key] = Place(Status.DONE, 0, is_moved=True)

    def _reset(self, move: Reset) -> None:
        place = self.places.get(move.key)
        if place is not None and place.status is not Status.TODO:
            self.places[move.key] = Place(Status.TODO, place.version, is_moved=True)


def _any_of(statuses: list[Status]) -> Status:
    """The furthest; put aside only when every one of them was."""
    if all(status is Status.SKIPPED for status in statuses):
        return Status.SKIPPED
    return max((one for one in statuses if one is not Status.SKIPPED), key=FURTHER.index)


def _all_of(statuses: list[Status]) -> Status:
    """Done when nothing is open; a part that was begun or done makes it begun."""
    if all(status in SETTLED for status in statuses):
        return Status.DONE if Status.DONE in statuses else Status.SKIPPED
    if {Status.DONE, Status.IN_PROGRESS} & {*statuses}:
        return Status.IN_PROGRESS
    return Status.SNOOZED if Status.SNOOZED in statuses else Status.TODO


def _joined(status: Status, found: list[Place]) -> Place:
    """One place of several; its dates are the latest of those that brought it there."""
    same = [place for place in found if place.status is status] or found
    origins = tuple(dict.fromkeys(key for place in same for key in place.origins))
    return Place(status, max(place.version for place in found), origins, is_moved=True)


def _further(one: Place, other: Place | None) -> Place:
    if other is None or FURTHER.index(one.status) >= FURTHER.index(other.status):
        return one
    return other


def _fitted(places: dict[str, Place], definitions: Sequence[Definition]) -> dict[str, Place]:
    """The places as the new definitions allow them."""
    for step in definitions:
        if (place := places.get(step.key)) is not None:
            places[step.key] = _fitting(place, step)
    return places


def _fitting(place: Place, step: Definition) -> Place:
    began_before = place.status is Status.IN_PROGRESS and place.version < step.version
    put_aside = place.status is Status.SKIPPED and step.required
    if began_before or put_aside:
        return Place(Status.TODO, step.version, is_moved=True)
    return replace(place, version=step.version) if place.is_moved else place


def _changes(places: Places, after: Places) -> dict[str, Place | None]:
    changed = {key: place for key, place in after.items() if not _is_same(place, places.get(key))}
    return {**changed, **{key: None for key in places if key not in after}}


def _is_same(one: Place, other: Place | None) -> bool:
    """Whether nothing has to be written; dates from elsewhere are something else."""
    return (
        other is not None
        and not one.is_stored
        and (one.status, one.version) == (other.status, other.version)
        and one.origins in ((), other.origins)
    )


def _put(places: dict[str, Place], key: str, place: Place | None) -> None:
    if place is None:
        places.pop(key, None)
    else:
        places[key] = place
