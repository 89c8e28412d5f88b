"""A rollout advances, holds, returns and gives way by rules that need no database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from firstmile.kernel.refusals import Conflict, Invalid
from firstmile.release.models import Author
from firstmile.release.rollouts import (
    Guard,
    Move,
    Rollout,
    Stage,
    State,
    Tally,
    Watch,
    check_plan,
    decide,
    moved,
    stopped,
)
from firstmile.release.sayings import in_words_of, told

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
STAGES = tuple(Stage(percentage, 60) for percentage in (5.0, 25.0, 50.0, 100.0))
ERRORS = Guard(Watch.ERRORS, margin=1.0)


def a_rollout(**given: object) -> Rollout:
    rollout = Rollout(
        id=UUID(int=1),
        environment="production",
        key="new-checkout",
        stages=STAGES,
        guards=(ERRORS,),
        state=State.RUNNING,
        at=0,
        from_percentage=0.0,
        was_enabled=True,
        starts_at=NOW,
        stage_began_at=NOW,
        revision=7,
        says=(),
        author=Author("staff"),
        reason="The new checkout",
    )
    return replace(rollout, **given)  # type: ignore[arg-type]


def tallies(errors_new: int, errors_old: int, requests: int = 10_000) -> list[Tally]:
    return [
        Tally(0, False, requests=requests, errors=errors_old),
        Tally(0, True, requests=requests, errors=errors_new),
    ]


def after(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_a_planned_one_waits_for_its_start() -> None:
    planned = a_rollout(state=State.PLANNED, at=-1, stage_began_at=None, starts_at=after(5))

    assert decide(planned, [], NOW).move is Move.HOLD
    assert decide(planned, [], after(5)).move is Move.ADVANCE


def test_a_stage_is_held_for_its_time() -> None:
    assert decide(a_rollout(), tallies(100, 100), after(59)).move is Move.HOLD
    assert decide(a_rollout(), tallies(100, 100), after(60)).move is Move.ADVANCE


def test_more_errors_return_it_before_its_time() -> None:
    decision = decide(a_rollout(), tallies(600, 100), after(1))

    assert decision.move is Move.RETURN
    assert "More requests fail with it: 5.00 points more" in told(decision.says)


def test_a_few_errors_prove_nothing() -> None:
    assert decide(a_rollout(), tallies(3, 0, requests=150), after(1)).move is Move.HOLD


def test_nobody_having_been_there_does_not_prove_that_a_guard_holds() -> None:
    decision = decide(a_rollout(), [], after(60))

    assert decision.move is Move.HOLD
    assert "It waits for 100 on each side" in told(decision.says)
    assert "somebody should look" in told(decide(a_rollout(), [], after(60 * 25)).says)


def test_an_hour_with_more_errors_for_everybody_is_not_held_against_the_new() -> None:
    """Most of the new ones came in the bad hour: pooled they would look worse, and are not."""
    counted = [
        Tally(0, False, requests=19_000, errors=19),
        Tally(0, True, requests=1_000, errors=1),
        Tally(1, False, requests=5_000, errors=500),
        Tally(1, True, requests=15_000, errors=1_500),
    ]

    assert decide(a_rollout(at=1), counted, after(61)).move is Move.ADVANCE


def test_fewer_completions_return_it() -> None:
    guard = Guard(Watch.COMPLETION, margin=2.0)
    counted = [
        Tally(0, False, people=2_000, completed=1_000),
        Tally(0, True, people=2_000, completed=700),
    ]
    decision = decide(a_rollout(guards=(guard,)), counted, after(1))

    assert decision.move is Move.RETURN
    assert "15.00 points fewer" in told(decision.says)


def test_slow_answers_return_it() -> None:
    guard = Guard(Watch.SLOW, margin=5.0, limit_ms=300)
    counted = [
        Tally(0, False, requests=5_000, slow=100),
        Tally(0, True, requests=5_000, slow=900),
    ]

    assert decide(a_rollout(guards=(guard,)), counted, after(1)).move is Move.RETURN


def test_the_last_stage_ends_it_though_nobody_is_left_to_compare_with() -> None:
    last = a_rollout(at=3)

    assert decide(last, [Tally(3, True, requests=5_000)], after(60)).move is Move.FINISH


def test_without_guards_time_alone_moves_it() -> None:
    assert decide(a_rollout(guards=()), [], after(60)).move is Move.ADVANCE


def test_a_move_is_noted_where_it_was_made() -> None:
    decision = decide(a_rollout(), tallies(100, 100), after(60))
    on = moved(a_rollout(), decision, after(60), 8)

    assert (on.at, on.percentage, on.revision) == (1, 25.0, 8)
    assert on.next_at == after(120)


def test_what_has_ended_is_not_stopped_again() -> None:
    with pytest.raises(Conflict):
        stopped(a_rollout(state=State.RETURNED), in_words_of("Enough"), NOW)


@pytest.mark.parametrize(
    ("stages", "guards"),
    [
        ((), ()),
        ((Stage(25.0, 1), Stage(5.0, 1)), ()),
        ((Stage(101.0, 1),), ()),
        ((Stage(5.0, -1),), ()),
        ((Stage(5.0, 1),), (ERRORS, ERRORS)),
        ((Stage(5.0, 1),), (Guard(Watch.ERRORS, margin=0),)),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(
    stages: tuple[Stage, ...], guards: tuple[Guard, ...]
) -> None:
    with pytest.raises(Invalid):
        check_plan(stages, guards, 0)
