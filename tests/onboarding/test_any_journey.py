"""What holds for every journey that can be made, and for every change of one."""

from hypothesis import given
from hypothesis import strategies as st
from tests.onboarding.journeys import (
    NOW,
    a_step,
    done,
    in_role,
)
from tests.onboarding.test_models import STATUSES

from firstmile.kernel.refusals import Refusal
from firstmile.onboarding.models import (
    SETTLED,
    Definition,
    Journey,
    State,
    Status,
)
from firstmile.onboarding.requirements import Need


@st.composite
def journeys(draw: st.DrawFn) -> Journey:
    """Any steps with any stored states; a step only waits for earlier ones."""
    steps: list[Definition] = []
    for number in range(draw(st.integers(0, 7))):
        requires = [step.key for step in steps if draw(st.integers(0, 2)) == 0]
        options = tuple(step.key for step in steps if draw(st.integers(0, 2)) == 0)
        steps.append(
            a_step(
                f"step-{number}",
                *requires,
                requires_any=(Need(options),) if options else (),
                weight=draw(st.integers(1, 9)),
                required=draw(st.booleans()),
                roles=draw(st.sampled_from([frozenset[str](), frozenset({"owner"})])),
            )
        )
    states = {step.key: State(draw(STATUSES), 1, 1) for step in steps if draw(st.booleans())}
    who = in_role(*draw(st.sampled_from([(), ("owner",), ("member",)])))
    return Journey(who, steps, states, NOW)


@given(journeys())
def test_progress_is_a_percentage_and_full_only_when_everything_is_settled(
    journey: Journey,
) -> None:
    is_settled = all(journey.state(step).status in SETTLED for step in journey.steps)

    assert 0 <= journey.progress <= 100
    assert (journey.progress == 100) is is_settled


@given(journeys(), st.data())
def test_progress_never_falls_when_a_step_is_done(journey: Journey, data: st.DataObject) -> None:
    undone = [step for step in journey.steps if journey.state(step).status is not Status.DONE]
    if not undone:
        return
    step = data.draw(st.sampled_from(undone))
    states = {**journey.states, step.key: done()}
    after = Journey(journey.traveller, journey.definitions, states, NOW)

    assert after.progress >= journey.progress


@given(journeys())
def test_activation_asks_for_each_required_step_and_no_other(journey: Journey) -> None:
    required = {step.key for step in journey.steps if step.required}
    finished = {key for key, state in journey.states.items() if state.status is Status.DONE}

    assert journey.is_complete is (required <= finished)


@given(journeys())
def test_what_comes_next_is_open_and_there_while_anything_is_left(journey: Journey) -> None:
    is_settled = all(journey.state(step).status in SETTLED for step in journey.steps)

    assert (journey.next_step is None) is is_settled
    if journey.next_step is not None:
        step = journey.step(journey.next_step)
        assert journey.blockers(step) == []
        assert journey.status(step) not in {*SETTLED, Status.LOCKED}


@given(journeys(), st.data())
def test_no_change_ever_passes_a_blocker_or_an_old_row_version(
    journey: Journey, data: st.DataObject
) -> None:
    if not journey.steps:
        return
    step = data.draw(st.sampled_from(list(journey.steps)))
    status = data.draw(STATUSES)
    seen = data.draw(st.integers(0, 2))
    try:
        state, events = journey.settle(step.key, status, seen=seen)
    except Refusal:
        return
    before = journey.state(step)

    assert seen == before.row_version
    assert state.status is status
    assert bool(events) is (state != before)
    if events:
        assert journey.blockers(step) == []
        assert state.row_version == before.row_version + 1
        assert not (step.required and status is Status.SKIPPED)
