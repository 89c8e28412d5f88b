"""Due dates and buckets, and what conditions, counted events and verdicts make of a journey."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from tests.onboarding.journeys import NOW, TOMORROW, a_journey, a_step, done, in_role

from firstmile.kernel.refusals import Conflict
from firstmile.onboarding.deadlines import After, Due
from firstmile.onboarding.dues import Dues, due_at, dues_of
from firstmile.onboarding.gates import GatedRoute, NotYourMarket, NotYourPlan, check_gate
from firstmile.onboarding.models import Attributes, Definition, Journey, State, Status
from firstmile.onboarding.verification.judging import Judgement, Said, judge
from firstmile.onboarding.verifying import PENDING, Called, Counted, Fault, Judged, Verdict
from firstmile.targeting.conditions import Condition

HOUR = timedelta(hours=1)
PRO = Condition(attribute="plan", values=("pro",))
SHIP = a_step("ship", call=Called(), by_person=False)
WRONG = Fault("no_label", "There is no label on it.")


def begun(journey: Journey, days: int, **since: int) -> Journey:
    """The journey as begun so many days ago, with steps settled so many days ago."""
    traveller = replace(journey.traveller, started_at=NOW - timedelta(days=days))
    moments = {key: NOW - timedelta(days=ago) for key, ago in since.items()}
    return replace(journey, traveller=traveller, since=moments)


def knowing(**attributes: Any) -> Any:
    """Dana, of whom a server says this."""
    return replace(in_role(), attributes=Attributes(msgspec.json.encode(attributes).decode()))


def test_days_count_from_the_start_or_since_a_step_is_open() -> None:
    from_start = a_step("start", due=Due(14))
    first, after = a_step("first"), a_step("after", "first", due=Due(3, After.OPEN))
    journey = begun(a_journey(first, from_start, after, first=done()), 10, first=2)

    assert due_at(journey, from_start) == NOW + timedelta(days=4)
    assert due_at(journey, after) == NOW + timedelta(days=1)
    assert due_at(begun(a_journey(first, after), 10), after) is None
    assert due_at(journey, a_step("fixed", due=Due(on=date(2026, 3, 1)))) == NOW.replace(
        day=2, hour=0
    )


def test_everything_that_is_asked_for_stands_in_one_list() -> None:
    steps = [
        a_step("open"),
        a_step("late", due=Due(1)),
        a_step("locked", "open", due=Due(30)),
        a_step("optional", required=False),
        a_step("dated", required=False, due=Due(20)),
        a_step("checked", call=Called()),
        a_step("over", due=Due(1)),
    ]
    pending = State(Status.IN_PROGRESS, 1, 1, None, PENDING)

    assert dues_of(begun(a_journey(*steps, checked=pending, over=done()), 10)) == Dues(
        ("open", "dated"), ("locked",), ("late",), ("checked",), NOW - timedelta(days=9)
    )


def test_a_condition_says_for_whom_a_step_is_and_a_group_without_one_never_blocks() -> None:
    seats = a_step("seats", when=PRO)
    after = a_step("after", "seats")

    assert [s.key for s in a_journey(seats, after, who=knowing(plan="pro")).steps] == [
        "seats",
        "after",
    ]
    assert a_journey(seats, after, who=knowing(plan="free")).status(after) is Status.TODO
    assert a_journey(seats, after).steps == [after]


def test_what_we_know_ourselves_comes_before_what_a_server_says() -> None:
    owners = a_step("owners", when=Condition(attribute="roles", values=("owner",)))

    assert a_journey(owners, who=knowing(roles=["owner"])).steps == []


@pytest.mark.parametrize(
    ("gate", "refusal", "reason"),
    [
        (
            GatedRoute("/x", when=PRO),
            NotYourPlan,
            {"kind": "plan", "attributes": ("plan",)},
        ),
        (
            GatedRoute("/x", markets=frozenset({"CA"})),
            NotYourMarket,
            {"kind": "market", "markets": ("CA",)},
        ),
    ],
)
def test_a_route_for_others_says_of_which_plan_or_market(
    gate: GatedRoute, refusal: Any, reason: dict[str, Any]
) -> None:
    check_gate(a_journey(who=replace(knowing(plan="pro"), market="CA")), [gate], "/x")
    with pytest.raises(refusal) as refused:
        check_gate(a_journey(who=knowing(plan="free")), [gate], "/x")

    [told] = msgspec.to_builtins(refused.value.facts_in("en")["reasons"])
    assert reason.items() <= told.items()


@pytest.mark.parametrize(
    ("rule", "hours", "is_met"),
    [
        (Counted("e"), [], False),
        (Counted("e"), [0], True),
        (Counted("e", 3), [0, 500], False),
        (Counted("e", 3), [0, 500, 1000], True),
        (Counted("e", 3, 7200), [0, 1, 2], True),
        (Counted("e", 3, 7199), [0, 1, 2], False),
        (Counted("e", 2, 3600), [0, 5, 6, 90], True),
    ],
)
def test_events_are_enough_when_so_many_lie_close_together(
    rule: Counted, hours: list[int], is_met: bool
) -> None:
    assert rule.is_met([NOW + HOUR * hour for hour in hours]) is is_met


def test_a_step_that_a_server_verifies_is_pending_once_its_person_says_so() -> None:
    state, events = a_journey(SHIP).settle("ship", Status.DONE, seen=0)

    assert state == State(Status.IN_PROGRESS, 1, 1, None, PENDING)
    assert [event.kind() for event in events] == ["verification_asked"]
    assert a_journey(SHIP, ship=state).settle("ship", Status.DONE, seen=1) == (state, [])


def test_a_verdict_of_failed_tells_what_is_wrong_until_it_is_asked_again() -> None:
    failed = Judgement(Said.FAILED, (WRONG,))
    state, events = judge(a_journey(SHIP), "ship", failed)

    assert state == State(Status.IN_PROGRESS, 1, 1, None, Verdict(Judged.FAILED, (WRONG,)))
    assert [event.kind() for event in events] == ["verification_failed"]
    assert judge(a_journey(SHIP, ship=state), "ship", failed) == (state, [])
    again, _ = a_journey(SHIP, ship=state).settle("ship", Status.DONE, seen=1)
    assert again.is_pending


def test_a_step_that_is_opened_again_says_why_and_can_be_done_again() -> None:
    reopened = Judgement(Said.REOPENED, reason="The parcel came back.")
    state, events = judge(a_journey(SHIP, ship=done()), "ship", reopened)

    assert (state.status, state.verdict) == (
        Status.TODO,
        Verdict(Judged.REOPENED, (), "The parcel came back.", NOW),
    )
    assert [msgspec.to_builtins(event)["why"] for event in events] == ["The parcel came back."]
    assert judge(a_journey(SHIP, ship=state), "ship", reopened) == (state, [])
    finished, _ = judge(a_journey(SHIP, ship=state), "ship", Judgement(Said.DONE))
    assert (finished.status, finished.verdict) == (Status.DONE, None)


def test_putting_a_step_off_keeps_why_it_was_opened_again() -> None:
    state, _ = judge(a_journey(SHIP, ship=done()), "ship", Judgement(Said.REOPENED, (), "Why"))

    asleep, _ = a_journey(SHIP, ship=state).snooze("ship", TOMORROW)

    assert asleep.verdict == state.verdict


@pytest.mark.parametrize(
    ("step", "state", "said", "error"),
    [
        (a_step("ship"), State(), Said.DONE, "not_by_call"),
        (a_step("ship", fact="x", by_person=False), done(), Said.REOPENED, "not_by_call"),
        (SHIP, done(), Said.FAILED, "step_done"),
    ],
)
def test_a_verdict_that_makes_no_sense_is_refused(
    step: Definition, state: State, said: Said, error: str
) -> None:
    with pytest.raises(Conflict) as refusal:
        judge(a_journey(step, ship=state), "ship", Judgement(said))

    assert refusal.value.error == error


def test_a_definition_with_all_of_this_is_read_back_as_it_was() -> None:
    rich = a_step(
        "rich",
        when=PRO,
        due=Due(3, After.OPEN),
        event=Counted("e", 2, 60),
        call=Called("https://x"),
    )

    assert rich.is_meant is not None  # what is compiled is not stored
    assert msgspec.json.decode(msgspec.json.encode(rich), type=Definition) == rich
