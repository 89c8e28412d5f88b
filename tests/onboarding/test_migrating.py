"""What becomes of people when steps change: nobody loses what they did unless the plan says so."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count
from random import Random

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.onboarding.journeys import NOW, a_step, in_role

from firstmile.onboarding.changing.migrating import (
    Migration,
    Past,
    Place,
    Places,
    Project,
    Who,
    migrated,
    returned,
    with_changes,
)
from firstmile.onboarding.changing.plans import standing
from firstmile.onboarding.files.definitions import Definitions
from firstmile.onboarding.models import Definition, Status, Traveller
from firstmile.onboarding.moves import (
    Add,
    Drop,
    Merge,
    Move,
    Rename,
    Reset,
    Split,
    gone,
    inverse,
    made,
    needed,
    parted,
    sides,
)

KEYS = ["one", "two", "three", "four"]
ANYBODY = in_role()


def at(**statuses: str) -> dict[str, Place]:
    """Places by key; the version is 1."""
    return {key: Place(Status(status), 1, (key,)) for key, status in statuses.items()}


def after(
    places: Places,
    *moves: Move,
    steps: tuple[Definition, ...] = (),
    before: tuple[Definition, ...] | None = None,
    who: Who = ANYBODY,
) -> dict[str, str]:
    """The statuses after these moves, to these steps."""
    old = tuple(a_step(key) for key in KEYS) if before is None else before
    migration = Migration(old, steps, moves)
    moved = with_changes(places, migrated(who, places, migration))
    return {key: place.status.value for key, place in moved.items()}


def test_a_renamed_step_keeps_what_people_did() -> None:
    for status in ("todo", "in_progress", "done", "skipped", "snoozed"):
        new = a_step("new", required=False)
        assert after(at(one=status), Rename("one", "new"), steps=(new,)) == {"new": status}


def test_steps_may_change_places() -> None:
    moves = (Rename("one", "aside"), Rename("two", "one"), Rename("aside", "two"))

    assert after(at(one="done", two="in_progress"), *moves) == {"one": "in_progress", "two": "done"}


@pytest.mark.parametrize(
    ("one", "two", "of_all", "of_any"),
    [
        ("done", "done", "done", "done"),
        ("done", "todo", "in_progress", "done"),
        ("done", "skipped", "done", "done"),
        ("skipped", "skipped", "skipped", "skipped"),
        ("skipped", "todo", "todo", "todo"),
        ("in_progress", "todo", "in_progress", "in_progress"),
        ("snoozed", "todo", "snoozed", "snoozed"),
    ],
)
def test_steps_are_merged_by_all_or_any(one: str, two: str, of_all: str, of_any: str) -> None:
    step = a_step("both", required=False)
    for done, expected in (("all", of_all), ("any", of_any)):
        move = Merge(("one", "two"), "both", done)  # type: ignore[arg-type]
        assert after(at(one=one, two=two), move, steps=(step,)) == {"both": expected}


def test_a_step_that_was_never_for_them_does_not_hold_a_merge_up() -> None:
    before = (a_step("one"), a_step("two", roles=frozenset({"owner"})))
    merge = Merge(("one", "two"), "both", "all")

    member = after(at(one="done"), merge, before=before, who=in_role("member"))
    owner = after(at(one="done"), merge, before=before, who=in_role("owner"))

    assert (member, owner) == ({"both": "done"}, {"both": "in_progress"})


def test_every_step_of_a_project_counts_whoever_may_do_it() -> None:
    before = (a_step("one"), a_step("two", roles=frozenset({"owner"}), markets=frozenset({"CA"})))
    merge, steps = Merge(("one", "two"), "both", "all"), (a_step("both"),)

    moved = after(at(one="done"), merge, steps=steps, before=before, who=Project())

    assert moved == {"both": "in_progress"}


def test_a_project_earns_a_step_by_a_fact_of_its_own() -> None:
    move = Migration((), (a_step("bill"),), (Add("bill", fact="billing_contact_set"),))

    assert migrated(Project(), {}, move) == {}
    assert migrated(Project(frozenset({"billing_contact_set"})), {}, move).keys() == {"bill"}


def test_who_has_done_a_step_has_done_what_it_is_split_into() -> None:
    split = Split("one", ("first-half", "second-half"))

    assert after(at(one="done"), split) == {"first-half": "done", "second-half": "done"}
    assert after(at(one="in_progress"), split) == {"first-half": "todo", "second-half": "todo"}


def test_a_dropped_step_goes_and_one_that_is_only_left_out_is_kept_aside() -> None:
    assert after(at(one="done", two="done"), Drop("one"), steps=()) == {"two": "done"}


def test_a_new_step_is_done_for_those_who_earned_it() -> None:
    by_step, by_fact = Add("new", step="one"), Add("new", fact="market_chosen")
    knower, new = in_role(facts=("market_chosen",)), (a_step("new"),)

    assert after(at(one="done"), by_step, steps=new) == {"one": "done", "new": "done"}
    assert after(at(one="in_progress"), by_step, steps=new) == {"one": "in_progress"}
    assert after({}, by_fact, steps=new, who=knower) == {"new": "done"}
    assert after({}, by_fact, steps=new) == {}


def test_a_new_step_may_be_earned_by_one_that_goes() -> None:
    moves = (Drop("one"), Add("new", step="one"))

    assert after(at(one="done"), *moves, steps=(a_step("new"),)) == {"new": "done"}


def test_a_step_of_another_role_is_earned_by_nobody_else() -> None:
    new = a_step("new", roles=frozenset({"owner"}))

    assert after(at(one="done"), Add("new", step="one"), steps=(new,), who=in_role("member")) == {
        "one": "done"
    }


def test_who_had_begun_a_step_begins_again_when_its_version_rises() -> None:
    raised = (a_step("one", version=2),)

    assert after(at(one="in_progress"), steps=raised) == {"one": "todo"}
    for kept in ("done", "todo", "snoozed"):
        assert after(at(one=kept), steps=raised) == {"one": kept}


def test_what_was_put_aside_is_open_again_when_it_is_required() -> None:
    assert after(at(one="skipped"), steps=(a_step("one", required=True),)) == {"one": "todo"}
    assert after(at(one="skipped"), steps=(a_step("one", required=False),)) == {"one": "skipped"}


# -- properties

STATUSES = st.sampled_from([s for s in Status if s is not Status.LOCKED])
PLACES = st.dictionaries(st.sampled_from(KEYS), STATUSES, max_size=4).map(
    lambda found: {key: Place(status, 1, (key,)) for key, status in found.items()}
)
NAMES = st.sampled_from([*KEYS, "five", "six"])


def a_move(draw: st.DrawFn, kind: str, keys: list[str], fresh: Iterator[str]) -> Move | None:
    """A move of this kind that makes sense where there are these keys."""
    if kind == "add":
        return Add(next(fresh), step=draw(NAMES))
    if len(keys) < 2:
        return None
    one, other = keys[draw(st.integers(0, len(keys) - 1))], keys[0]
    into = draw(st.sampled_from([one, next(fresh)]))
    if kind == "merge" and one != other:
        return Merge((one, other), into, "all" if draw(st.booleans()) else "any")
    if kind == "split":
        return Split(one, (into, next(fresh)))
    if kind == "drop":
        return Drop(one)
    return Reset(one) if kind == "reset" else Rename(one, next(fresh))


KINDS = ["rename", "merge", "split", "drop", "add", "reset"]
WHO = st.builds(
    in_role, st.sampled_from(["owner", "member"]), market=st.sampled_from(["CA", "FR", None])
)
# What holds of people holds of projects.
ANYBODY_OR_PROJECT = st.one_of(WHO, st.just(Project()))


def step_of(key: str) -> st.SearchStrategy[Definition]:
    return st.builds(
        a_step,
        st.just(key),
        version=st.integers(1, 2),
        required=st.booleans(),
        roles=st.sampled_from([frozenset(), frozenset({"owner"})]),
    )


@st.composite
def migrations(draw: st.DrawFn) -> Migration:
    keys = KEYS[: draw(st.integers(0, 4))]
    before = [draw(step_of(key)) for key in keys]
    moves, fresh = [], (f"new-{number}" for number in count())
    for kind in draw(st.lists(st.sampled_from(KINDS), max_size=3)):
        if move := a_move(draw, kind, keys, fresh):
            moves.append(move)
            keys = [key for key in keys if key not in gone(move)]
            keys += [key for key in made(move) if key not in keys]
    return Migration(before, [draw(step_of(key)) for key in keys], tuple(moves))


MIGRATIONS = migrations()


def complete(who: Traveller, places: Places, steps: list[Definition]) -> bool:
    return standing(who, places, Definitions(steps), NOW).is_complete


@given(WHO, PLACES, st.lists(st.booleans(), min_size=4, max_size=4), st.booleans(), st.data())
def test_renames_and_merges_by_any_leave_everybody_complete_who_was(
    who: Traveller, places: Places, required: list[bool], merges: bool, data: st.DataObject
) -> None:
    before = [a_step(key, required=is_so) for key, is_so in zip(KEYS, required, strict=True)]
    one, other, *_ = data.draw(st.permutations(KEYS))
    move: Move = Merge((one, other), "new", "any") if merges else Rename(one, "new")
    of_new = [step for step in before if step.key in needed(move)]
    steps = [step for step in before if step.key not in needed(move)]
    steps.append(a_step("new", required=any(step.required for step in of_new), version=2))

    moved = with_changes(places, migrated(who, places, Migration(before, steps, (move,))))

    if complete(who, places, before):
        assert complete(who, moved, steps)


@given(ANYBODY_OR_PROJECT, PLACES, MIGRATIONS)
def test_a_done_step_stays_done_unless_a_move_names_it(
    who: Who, places: Places, migration: Migration
) -> None:
    moved = with_changes(places, migrated(who, places, migration))
    named = {key for move in migration.moves for key in (*needed(move), *made(move))}

    for key, place in places.items():
        if place.status is Status.DONE and key not in named:
            assert moved[key].status is Status.DONE


@given(ANYBODY_OR_PROJECT, PLACES, MIGRATIONS)
def test_migrating_what_is_migrated_changes_nothing_without_moves(
    who: Who, places: Places, migration: Migration
) -> None:
    again = Migration(migration.after, migration.after)
    moved = with_changes(places, migrated(who, places, migration))

    assert migrated(who, settled(moved), again) == {}


@given(ANYBODY_OR_PROJECT, PLACES, MIGRATIONS)
def test_undone_at_once_everybody_is_where_they_were(
    who: Who, places: Places, migration: Migration
) -> None:
    changes = migrated(who, places, migration)
    journal = journal_of(places, changes)
    back = Migration(migration.after, migration.before, inverse(migration.moves))

    now = settled(with_changes(places, changes))
    undone = with_changes(now, returned(who, now, journal, back))

    assert told(undone) == told(places)


@given(ANYBODY_OR_PROJECT, PLACES, MIGRATIONS, NAMES)
def test_undone_later_nobody_has_less_than_before(
    who: Who, places: Places, migration: Migration, key: str
) -> None:
    """Somebody does a step in between: what they had before and do now is theirs."""
    changes = migrated(who, places, migration)
    now = settled(with_changes(places, changes))
    now[key] = Place(Status.DONE, 1, (key,))
    journal = journal_of(places, changes)
    before = journal[key].before if key in journal else None
    journal[key] = Past(before, is_newer=True)
    back = Migration(migration.after, migration.before, inverse(migration.moves))

    undone = with_changes(now, returned(who, now, journal, back))

    touched = set(journal)
    for one, place in places.items():
        if place.status is Status.DONE and one in touched:
            assert undone[one].status is Status.DONE


@given(ANYBODY_OR_PROJECT, PLACES, MIGRATIONS)
def test_what_becomes_of_somebody_follows_from_the_set_of_what_they_did(
    who: Who, places: Places, migration: Migration
) -> None:
    """Never from the order it was stored in."""
    turned = {key: places[key] for key in reversed(list(places))}

    assert dict(sorted_changes(who, places, migration)) == dict(
        sorted_changes(who, turned, migration)
    )


@given(MIGRATIONS, MIGRATIONS, st.randoms(use_true_random=False))
def test_moves_of_both_are_parted_as_they_were_written(
    of_people: Migration, of_projects: Migration, chance: Random
) -> None:
    """In whatever order they stand in one file."""
    theirs = of_project(of_projects)
    left, moves = [list(of_people.moves), list(theirs.moves)], []
    while any(left):
        moves.append(chance.choice([one for one in left if one]).pop(0))
    before, after = (
        {step.key: False for step in own} | {step.key: True for step in shared}
        for own, shared in ((of_people.before, theirs.before), (of_people.after, theirs.after))
    )

    assume(all(sides(moves, before, after)))  # else nobody earns it, and it comes to nothing
    assert parted(moves, before, after) == (of_people.moves, theirs.moves)


def of_project(migration: Migration) -> Migration:
    """The same of steps with other keys."""
    told = msgspec.json.encode(migration.moves)
    for key in {key for move in migration.moves for key in (*needed(move), *made(move))}:
        told = told.replace(f'"{key}"'.encode(), f'"p-{key}"'.encode())
    return Migration(
        [replace(step, key=f"p-{step.key}") for step in migration.before],
        [replace(step, key=f"p-{step.key}") for step in migration.after],
        msgspec.json.decode(told, type=tuple[Move, ...]),
    )


def sorted_changes(who: Who, places: Places, migration: Migration) -> list[tuple[str, object]]:
    found = migrated(who, places, migration)
    return [
        (key, place and (place.status, place.version, frozenset(place.origins)))
        for key, place in sorted(found.items())
    ]


def settled(places: Places) -> dict[str, Place]:
    """Places as they are read back."""
    return {key: Place(place.status, place.version, (key,)) for key, place in places.items()}


def journal_of(places: Places, changes: Mapping[str, Place | None]) -> dict[str, Past]:
    return {
        key: Past(
            Place(places[key].status, places[key].version, is_stored=True)
            if key in places
            else None,
            is_newer=False,
        )
        for key in changes
    }


def told(places: Places) -> dict[str, tuple[Status, int]]:
    return {key: (place.status, place.version) for key, place in places.items()}
