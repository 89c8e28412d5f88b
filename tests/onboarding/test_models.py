"""The rules of a journey: what is open, what comes next, what may be changed."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import strategies as st
from tests.onboarding.journeys import (
    DANA,
    NOW,
    TOMORROW,
    a_journey,
    a_step,
    done,
    in_role,
)

from firstmile.kernel.refusals import Conflict, Forbidden, Invalid, NotFound, Refusal, Stale
from firstmile.onboarding.events import StepSettled, StepSnoozed
from firstmile.onboarding.models import (
    SETTLED,
    Journey,
    NotYours,
    State,
    Status,
    StepBlockedNow,
    StepUnverified,
)

FIRST, SECOND, THIRD = a_step("first"), a_step("second", "first"), a_step("third", "second")
OPTIONAL = a_step("optional", required=False)
PAYMENTS = a_step("payments", roles=frozenset({"owner"}))
STATUSES = st.sampled_from([Status.TODO, Status.IN_PROGRESS, Status.DONE, Status.SKIPPED])


def statuses(journey: Journey) -> dict[str, str]:
    return {step.key: str(journey.status(step)) for step in journey.steps}


def test_a_step_is_locked_until_the_one_before_it_is_done() -> None:
    assert statuses(a_journey(FIRST, SECOND, THIRD)) == {
        "first": "todo",
        "second": "locked",
        "third": "locked",
    }
    assert statuses(a_journey(FIRST, SECOND, THIRD, first=done())) == {
        "first": "done",
        "second": "todo",
        "third": "locked",
    }


def test_a_skipped_step_opens_what_waits_for_it() -> None:
    after = a_step("after", "optional")

    assert statuses(a_journey(OPTIONAL, after, optional=Status.SKIPPED))["after"] == "todo"


def test_a_done_step_stays_done_when_a_new_step_is_put_before_it() -> None:
    assert statuses(a_journey(FIRST, SECOND, second=done()))["second"] == "done"


def test_only_the_nearest_steps_are_named_as_blockers() -> None:
    both = a_step("both", "second", "first")

    assert a_journey(FIRST, SECOND, both).blockers(both) == ["first", "second"]
    assert a_journey(FIRST, SECOND, both, first=done()).blockers(both) == ["second"]


def test_a_step_that_is_not_for_the_person_never_blocks() -> None:
    after = a_step("after", "payments")
    bob = in_role("member")

    journey = a_journey(PAYMENTS, after, who=bob)

    assert statuses(journey) == {"after": "todo"}
    assert journey.is_done("payments")


def test_what_comes_next_is_the_first_required_step() -> None:
    assert a_journey(OPTIONAL, FIRST, SECOND).next_step == "first"
    assert a_journey(OPTIONAL, FIRST, first=done()).next_step == "optional"
    assert a_journey(OPTIONAL, FIRST, first=done(), optional=Status.SKIPPED).next_step is None


def test_a_sleeping_step_comes_last_and_returns_when_it_wakes() -> None:
    asleep = State(Status.SNOOZED, 1, 1, TOMORROW)
    awake = State(Status.SNOOZED, 1, 1, NOW)
    other = a_step("other")

    assert a_journey(FIRST, other, first=asleep).next_step == "other"
    assert statuses(a_journey(FIRST, first=asleep)) == {"first": "snoozed"}
    assert a_journey(FIRST, other, first=awake).next_step == "first"
    assert statuses(a_journey(FIRST, first=awake)) == {"first": "todo"}


def test_a_sleeping_step_is_still_what_is_left_to_do() -> None:
    asleep = State(Status.SNOOZED, 1, 1, TOMORROW)

    assert a_journey(FIRST, first=asleep).next_step == "first"


def test_the_way_to_a_step_begins_at_its_first_open_requirement() -> None:
    aside = a_step("aside")
    journey = a_journey(aside, FIRST, SECOND, THIRD)

    assert journey.next_step == "aside"
    assert journey.next_toward(["third"]) == "first"
    assert a_journey(aside, FIRST, SECOND, THIRD, first=done()).next_toward(["third"]) == "second"


@pytest.mark.parametrize(
    ("states", "progress"),
    [
        ({}, 0),
        ({"light": done()}, 25),
        ({"heavy": done()}, 75),
        ({"light": Status.IN_PROGRESS}, 0),
        ({"light": Status.SKIPPED}, 0),
        ({"light": Status.SKIPPED, "heavy": done()}, 100),
        ({"light": done(), "heavy": done()}, 100),
    ],
)
def test_progress_is_the_share_of_weight_that_is_done(
    states: dict[str, State | Status], progress: int
) -> None:
    light, heavy = a_step("light", weight=1), a_step("heavy", weight=3)

    assert a_journey(light, heavy, who=None, **states).progress == progress


def test_progress_is_not_rounded_up_to_the_end() -> None:
    nearly_all, rest = a_step("nearly-all", weight=999), a_step("rest")

    assert a_journey(nearly_all, rest, nearly_all=done()).progress == 99


def test_a_journey_without_steps_is_complete() -> None:
    journey = a_journey()

    assert journey.is_complete
    assert journey.progress == 100
    assert journey.next_step is None


def test_optional_steps_are_not_needed_for_activation() -> None:
    assert a_journey(FIRST, OPTIONAL, first=done()).is_complete
    assert not a_journey(FIRST, OPTIONAL, optional=done()).is_complete


def test_bob_the_member_does_not_see_the_step_of_owners() -> None:
    bob = a_journey(FIRST, PAYMENTS, who=in_role("member"))

    assert statuses(bob) == {"first": "todo"}
    with pytest.raises(Forbidden) as refusal:
        bob.settle("payments", Status.DONE, seen=0)
    assert refusal.value.error == "owner_required"


def test_whoever_has_no_role_yet_sees_the_step_of_owners() -> None:
    payments = a_step("payments", "first", roles=frozenset({"owner"}))

    assert statuses(a_journey(FIRST, payments))["payments"] == "locked"


def test_a_step_for_several_roles_names_them() -> None:
    staff = a_step("staff", roles=frozenset({"owner", "admin"}))

    with pytest.raises(Forbidden) as refusal:
        a_journey(staff, who=in_role("viewer")).step("staff")

    assert refusal.value.error == "role_required"
    assert refusal.value.details == ["admin", "owner"]


@pytest.mark.parametrize(
    ("markets", "market", "is_asked"),
    [
        (set(), None, True),
        (set(), "CA", True),
        ({"CA"}, "CA", True),
        ({"CA"}, "FR", False),
        ({"CA"}, None, False),
        ({"*"}, None, True),
        ({"*"}, "FR", True),
    ],
)
def test_a_step_is_asked_in_its_markets(
    markets: set[str], market: str | None, is_asked: bool
) -> None:
    step = a_step("tax-number", markets=frozenset(markets))
    journey = a_journey(step, who=in_role(market=market))

    assert ("tax-number" in statuses(journey)) is is_asked
    if not is_asked:
        with pytest.raises(NotFound):
            journey.step("tax-number")


def refusal_of(journey: Journey, key: str, status: Status, seen: int) -> Refusal | None:
    try:
        journey.settle(key, status, seen=seen)
    except Refusal as refusal:
        return refusal
    return None


def test_the_refusals_come_in_their_order() -> None:
    """One step that could be refused for every reason, and each reason taken away in turn."""
    locked = a_step("locked", "first", fact="paid", by_person=False, roles=frozenset({"owner"}))
    stored = {"locked": State(Status.IN_PROGRESS, 1, 4)}
    stranger = a_journey(FIRST, locked, who=in_role("viewer"), **stored)
    owner = a_journey(FIRST, locked, who=in_role("owner"), **stored)
    unlocked = a_journey(FIRST, locked, who=in_role("owner"), first=done(), **stored)
    finished = a_journey(FIRST, locked, who=in_role("owner"), first=done(), locked=done(4))

    told = [
        refusal_of(stranger, "nowhere", Status.SKIPPED, 3),
        refusal_of(stranger, "locked", Status.SKIPPED, 3),
        refusal_of(owner, "locked", Status.SKIPPED, 3),
        refusal_of(owner, "locked", Status.SKIPPED, 4),
        refusal_of(finished, "locked", Status.SKIPPED, 4),
        refusal_of(unlocked, "locked", Status.SKIPPED, 4),
        refusal_of(unlocked, "locked", Status.DONE, 4),
    ]

    assert [(type(refusal), refusal.error) for refusal in told if refusal] == [
        (NotFound, "not_found"),
        (NotYours, "owner_required"),
        (Stale, "stale"),
        (StepBlockedNow, "step_blocked"),
        (Conflict, "step_done"),
        (Invalid, "step_required"),
        (StepUnverified, "step_unverified"),
    ]


def test_a_locked_step_says_what_stands_before_it_and_what_to_do_now() -> None:
    with pytest.raises(StepBlockedNow) as refusal:
        a_journey(FIRST, SECOND, THIRD).settle("third", Status.DONE, seen=0)

    assert refusal.value.facts == {"blockedBy": ["second"], "nextStep": "first"}


def test_a_step_verified_by_a_fact_is_not_done_by_a_persons_word() -> None:
    paid = a_step("pay", fact="paid", by_person=False)

    assert refusal_of(a_journey(paid), "pay", Status.IN_PROGRESS, 0) is None
    refusal = refusal_of(a_journey(paid), "pay", Status.DONE, 0)
    assert refusal is not None
    assert refusal.facts == {"href": "/onboarding/pay"}
    assert refusal_of(a_journey(paid, who=in_role(facts=("paid",))), "pay", Status.DONE, 0) is None


def test_a_change_raises_the_row_version_and_says_who_did_it() -> None:
    state, events = a_journey(FIRST).settle("first", Status.DONE, seen=0)

    assert state == State(Status.DONE, 1, 1)
    assert events == [
        StepSettled(
            user_id=DANA, step="first", version=1, before="todo", after="done", reason="person"
        )
    ]


def test_asking_for_what_is_already_so_changes_nothing() -> None:
    state, events = a_journey(FIRST, first=done(3)).settle("first", Status.DONE, seen=3)

    assert state == done(3)
    assert events == []


def test_a_skipped_step_can_be_taken_back() -> None:
    journey = a_journey(OPTIONAL, optional=Status.SKIPPED)

    assert journey.settle("optional", Status.TODO, seen=1)[0].status is Status.TODO


def test_a_fact_completes_its_steps_whatever_stands_before_them() -> None:
    paid = a_step("pay", "first", fact="paid", by_person=False)

    settled = a_journey(FIRST, paid).settle_by_fact("paid")

    [(step, (state, events))] = settled
    assert (step.key, state) == ("pay", done())
    assert [msgspec.to_builtins(event)["reason"] for event in events] == ["fact"]


def test_a_fact_changes_nothing_that_is_done() -> None:
    paid = a_step("pay", fact="paid")

    assert a_journey(paid, pay=done()).settle_by_fact("paid") == []
    assert a_journey(paid).settle_by_fact("something_else") == []


def test_a_step_is_put_off_until_the_given_moment() -> None:
    state, events = a_journey(FIRST).snooze("first", TOMORROW)

    assert state == State(Status.SNOOZED, 1, 1, TOMORROW)
    assert events == [StepSnoozed(user_id=DANA, step="first", until=TOMORROW.isoformat())]


@pytest.mark.parametrize("days", [-400, 0, 367, 40_000])
def test_a_step_is_put_off_into_the_coming_year(days: int) -> None:
    with pytest.raises(Invalid) as refusal:
        a_journey(FIRST).snooze("first", NOW + timedelta(days=days))

    assert [one["field"] for one in refusal.value.details] == ["until"]


@pytest.mark.parametrize("status", sorted(SETTLED))
def test_a_settled_step_is_not_put_off(status: Status) -> None:
    with pytest.raises(Conflict) as refusal:
        a_journey(OPTIONAL, optional=status).snooze("optional", TOMORROW)

    assert refusal.value.error == "step_done"


def test_a_locked_step_is_not_put_off() -> None:
    with pytest.raises(StepBlockedNow):
        a_journey(FIRST, SECOND).snooze("second", TOMORROW)


def test_texts_are_in_the_language_asked_for_or_in_english() -> None:
    assert FIRST.title("fr") == "first en français"
    assert FIRST.title("de") == FIRST.description("de") == "first"
