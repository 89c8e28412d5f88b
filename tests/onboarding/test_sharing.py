"""Steps that the members of a project share, as rules: whose they are, and what they may say."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.onboarding.journeys import DANA, NOW, a_journey, a_step, done
from tests.onboarding.test_unwise import codes

from firstmile.kernel.refusals import Forbidden
from firstmile.onboarding.changing.checking_moves import check_moves, check_scopes
from firstmile.onboarding.explaining.decisions import What, explained_step
from firstmile.onboarding.explaining.replaying import rests_on_shared
from firstmile.onboarding.files.definitions import (
    Definitions,
    DefinitionsRefused,
    parse_definitions,
)
from firstmile.onboarding.gates import GatedRoute
from firstmile.onboarding.models import (
    Definition,
    Doer,
    Journey,
    Membership,
    ProjectNeeded,
    Scope,
    State,
    Status,
    StepBlockedNow,
    StepUnverified,
    Traveller,
)
from firstmile.onboarding.moves import (
    Add,
    Drop,
    Merge,
    Move,
    Rename,
    Reset,
    Split,
    gone,
    made,
    needed,
    parted,
)
from firstmile.onboarding.sharing import fitting, joined

ACME = UUID("0192f0c1-7a5e-7000-8000-0000000000ac")
KEYS = ("a", "b", "c", "d")


def shared(key: str, *requires: str, **given: Any) -> Definition:
    """A step that the members of a project have together."""
    return a_step(key, *requires, scope=Scope.PROJECT, **given)


def in_acme(role: str = "member", *, roles: tuple[str, ...] = (), **given: Any) -> Traveller:
    """Dana as a member of Acme."""
    held = frozenset({role, *roles})
    return Traveller(DANA, held, membership=Membership(ACME, "Acme", role, "Dana E", **given))


def test_who_does_it_is_remembered_with_the_project() -> None:
    journey = a_journey(shared("bank"), who=in_acme())

    state, (event,) = journey.settle("bank", Status.DONE, seen=0)

    assert state.done_by == Doer(DANA, "Dana E")
    assert event.project_id == ACME  # type: ignore[attr-defined]


def test_a_step_of_ones_own_names_nobody_and_no_project() -> None:
    state, (event,) = a_journey(a_step("tour"), who=in_acme()).settle("tour", Status.DONE, seen=0)

    assert state.done_by is None
    assert event.project_id is None  # type: ignore[attr-defined]


def test_whoever_skips_or_begins_it_has_not_done_it() -> None:
    journey = a_journey(shared("bank", required=False), who=in_acme())

    for status in (Status.SKIPPED, Status.IN_PROGRESS):
        assert journey.settle("bank", status, seen=0)[0].done_by is None


def test_without_a_project_it_is_locked_and_says_why() -> None:
    journey = a_journey(shared("bank"))

    assert journey.status(journey.defined("bank")) is Status.LOCKED
    assert journey.next_step is None
    assert not journey.is_complete
    with pytest.raises(ProjectNeeded):
        journey.settle("bank", Status.DONE, seen=0)
    with pytest.raises(ProjectNeeded):
        journey.snooze("bank", NOW)
    told = explained_step(journey, "bank")
    assert isinstance(told.refusal, ProjectNeeded)
    assert [(part.what, part.holds) for part in told.finding.parts] == [(What.PROJECT, False)]


def test_whoever_has_no_project_is_told_the_step_that_gives_them_one() -> None:
    journey = a_journey(a_step("create"), shared("bank", "create"))

    with pytest.raises(StepBlockedNow) as refused:
        journey.settle("bank", Status.DONE, seen=0)

    assert refused.value.next_step == "create"
    assert explained_step(journey, "bank").refusal.error == "step_blocked"  # type: ignore[union-attr]


def test_roles_of_it_are_those_in_its_project() -> None:
    of_owners = shared("bank", roles=frozenset({"owner"}))
    own = a_step("tour", roles=frozenset({"owner"}))
    journey = a_journey(of_owners, own, who=in_acme("viewer", roles=("owner",)))

    assert [step.key for step in journey.steps] == ["tour"]
    with pytest.raises(Forbidden):
        journey.settle("bank", Status.DONE, seen=0)
    assert a_journey(of_owners, who=in_acme("owner")).settle("bank", Status.DONE, seen=0)[1]


def test_a_fact_about_a_person_is_none_about_their_project() -> None:
    step = shared("bill", fact="billing_contact_set", by_person=False)
    elsewhere = replace(in_acme(), facts=frozenset({"billing_contact_set"}))

    with pytest.raises(StepUnverified):
        a_journey(step, who=elsewhere).settle("bill", Status.DONE, seen=0)
    assert a_journey(step, who=elsewhere).settle_by_fact("billing_contact_set") == []
    here = in_acme(facts=frozenset({"billing_contact_set"}))
    assert a_journey(step, who=here).settle("bill", Status.DONE, seen=0)[1]
    of_admins = replace(step, roles=frozenset({"admin"}))
    by_fact = a_journey(of_admins, who=here).settle_by_fact("billing_contact_set", Scope.PROJECT)
    assert [found.key for found, _ in by_fact] == ["bill"]


def test_only_one_that_is_done_has_a_date() -> None:
    step = shared("bank")
    for states, expected in (({"bank": done()}, NOW), ({"bank": State(Status.SKIPPED)}, None)):
        journey = Journey(in_acme(), [step], states, NOW, {"bank": NOW})
        assert journey.done_at(step) == expected


STATES = st.dictionaries(
    st.sampled_from(KEYS),
    st.builds(
        State,
        st.sampled_from([one for one in Status if one is not Status.LOCKED]),
        st.integers(1, 3),
        st.integers(1, 9),
    ),
)
DEFINED = st.lists(
    st.builds(
        lambda key, scope, version, required: a_step(
            key, scope=scope, version=version, required=required
        ),
        st.sampled_from(KEYS),
        st.sampled_from(Scope),
        st.integers(1, 3),
        st.booleans(),
    ),
    unique_by=lambda step: step.key,
)


@given(DEFINED, STATES, STATES)
def test_each_step_is_read_from_where_it_is_kept(
    steps: list[Definition], own: dict[str, State], of_project: dict[str, State]
) -> None:
    states = joined(steps, own, of_project)

    for step in steps:
        kept = (of_project if step.is_shared else own).get(step.key)
        found = states.get(step.key)
        assert (found is None) == (kept is None)
        if kept is not None and found is not None:
            # What a change asks for is what is stored, whatever is seen of it.
            assert found.row_version == kept.row_version
            assert found.status is kept.status or found.status is Status.TODO
            assert found == kept or step.is_shared


@given(STATES, st.integers(1, 3), st.booleans())
def test_what_is_done_stays_done_whatever_becomes_of_the_step(
    states: dict[str, State], version: int, required: bool
) -> None:
    for key, state in states.items():
        step = shared(key, version=version, required=required)
        seen = fitting(state, step)
        begins_again = state.status is Status.IN_PROGRESS and state.version < version
        is_open_again = state.status is Status.SKIPPED and required
        expected = Status.TODO if begins_again or is_open_again else state.status
        assert seen == replace(state, status=expected)


def a_file(**more: str) -> str:
    said = {"key": "bank", "title": "{en: x}", "description": "{en: x}", "scope": "project"}
    said |= {"verification": "{by: person}"} | more
    return "steps:\n  -\n" + "".join(f"    {name}: {text}\n" for name, text in said.items())


def test_a_step_of_a_project_is_read() -> None:
    (step,) = parse_definitions(a_file()).steps

    assert step.is_shared
    assert parse_definitions(a_file(scope="user")).steps[0].scope is Scope.USER
    for verification in ("{by: event, event: sold, count: 3, within: 7 days}", "{by: call}"):
        (step,) = parse_definitions(a_file(verification=verification)).steps
        assert step.is_shared


@pytest.mark.parametrize(
    ("said", "line", "complaint"),
    [
        ({"scope": "account"}, 6, "scope is one of: user, project"),
        ({"verification": "{by: fact, fact: email_verified}"}, 7, "is about a person"),
        ({"due": "{days: 3}"}, 8, "due on a `date`"),
    ],
)
def test_what_members_cannot_share_is_refused_with_its_line(
    said: dict[str, str], line: int, complaint: str
) -> None:
    with pytest.raises(DefinitionsRefused) as refused:
        parse_definitions(a_file(**said))

    (mistake,) = refused.value.mistakes
    assert mistake.line == line
    assert complaint in mistake.message


@pytest.mark.parametrize("before", Scope)
def test_no_step_changes_its_scope(before: Scope) -> None:
    after = Scope.USER if before is Scope.PROJECT else Scope.PROJECT
    old, new = a_step("bank", scope=before), a_step("bank", scope=after)

    (mistake,) = check_scopes(Definitions([old]), Definitions([new]))

    assert "give it another key" in mistake.message
    assert check_scopes(Definitions([old]), Definitions([a_step("bank-2", scope=after)])) == []
    assert check_scopes(Definitions([old]), Definitions([old])) == []


SHARED_AND_OWN = Definitions([shared("bank"), shared("card"), a_step("tour"), a_step("photo")])


@pytest.mark.parametrize(
    ("moves", "complaint"),
    [
        ([Rename("tour", "account")], "move 1: 'account' is a step of a project and 'tour' one"),
        ([Merge(("bank", "tour"), "account", "all")], "move 1: 'bank' is a step of a project"),
        ([Split("bank", ("account", "alone"))], "move 1: 'bank' is a step of a project"),
        ([Add("account", "tour")], "move 1: 'account' is a step of a project and 'tour' one"),
        ([Drop("tour"), Add("account", "tour")], "move 2: 'account' is a step of a project"),
        ([Rename("tour", "aside"), Rename("aside", "account")], "move 1: 'aside' is a step of a"),
        ([Add("account", fact="email_verified")], "move 1: 'email_verified' is about a person"),
    ],
)
def test_a_move_is_about_people_or_about_projects(moves: list[Move], complaint: str) -> None:
    kept = [step for step in SHARED_AND_OWN.steps if step.key not in {*map_gone(moves)}]
    after = Definitions([*kept, shared("account"), a_step("alone")])

    told = [mistake.message for mistake in check_moves(SHARED_AND_OWN, after, {"a-file": moves})]

    assert told[0].startswith(complaint)


def map_gone(moves: list[Move]) -> list[str]:
    return [key for move in moves for key in gone(move)]


@pytest.mark.parametrize(
    "moves",
    [
        [Merge(("bank", "card"), "account", "any"), Rename("tour", "alone")],
        [Drop("bank"), Add("account", "bank"), Add("alone", "tour")],
        [Add("account", fact="billing_contact_set"), Reset("card"), Reset("tour")],
        # One name serves both, one after the other.
        [Rename("tour", "x"), Rename("x", "alone"), Rename("bank", "x"), Rename("x", "account")],
    ],
)
def test_moves_of_both_go_into_one_migration(moves: list[Move]) -> None:
    left = {*map_gone(moves)}
    after = Definitions(
        [
            *(step for step in SHARED_AND_OWN.steps if step.key not in left),
            *(shared(key) for key in ("account",)),
            a_step("alone"),
        ]
    )

    assert check_moves(SHARED_AND_OWN, after, {"a-file": moves}) == []
    own, of_project = parted(moves, SHARED_AND_OWN.sharing, after.sharing)
    assert sorted(map(repr, [*own, *of_project])) == sorted(map(repr, moves))
    for moved, is_shared in ((own, False), (of_project, True)):
        keys = {key for move in moved for key in (*needed(move), *made(move))} - {"x"}
        both = SHARED_AND_OWN.sharing | after.sharing
        assert {both[key] for key in keys} <= {is_shared}


def test_it_waits_for_a_step_that_gives_people_a_project() -> None:
    create = a_step("create", fact="project_joined")

    assert codes(shared("bank")) == ["without_project"]
    assert codes(create, a_step("tour", "create"), shared("bank", "tour")) == []


def test_the_past_is_told_of_decisions_that_ask_for_no_shared_step() -> None:
    routes = [GatedRoute("/a", ("plain",)), GatedRoute("/b", ("later",))]
    journey = a_journey(
        a_step("plain"), shared("bank"), a_step("middle", "bank"), a_step("later", "middle")
    )

    for step, route, expected in (
        ("plain", None, False),
        ("bank", None, True),
        ("later", None, True),
        (None, "/a", False),
        (None, "/b/deep", True),
        (None, "/free", False),
    ):
        assert rests_on_shared(journey, routes, step, route) is expected
