"""The attention budget: nobody is interrupted more often than the numbers allow, ever."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstmile.guidance.attention import (
    DAY,
    WEEK,
    Decision,
    Numbers,
    Past,
    Situation,
    Tips,
    Why,
    after_snooze,
    decide,
)
from firstmile.guidance.models import Frequency, Times

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
USUAL = Numbers()
LONG_AGO = NOW - timedelta(hours=1)


def asked(**given: object) -> Decision:
    return decide(Situation(**{"now": NOW, "session_since": LONG_AGO} | given), USUAL)  # type: ignore[arg-type]


def test_nothing_stands_against_the_first() -> None:
    assert asked().reason is None


@pytest.mark.parametrize(
    ("given", "why", "retry_at"),
    [
        ({"is_off": True}, Why.OFF, None),
        ({"is_published": False}, Why.NOT_PUBLISHED, None),
        ({"quiet_until": NOW + DAY}, Why.INCIDENT, NOW + DAY),
        ({"tips": Tips.OFF}, Why.PREFERENCE, None),
        ({"past": Past(interacted_at=LONG_AGO)}, Why.SEEN, None),
        ({"past": Past(snoozed_until=NOW + DAY, snoozes=1)}, Why.SNOOZED, NOW + DAY),
        ({"held_until": NOW + timedelta(minutes=1)}, Why.HELD, NOW + timedelta(minutes=1)),
        ({"session_since": NOW}, Why.GRACE, NOW + timedelta(minutes=10)),
        ({"interruptions": [LONG_AGO]}, Why.BUDGET_DAY, LONG_AGO + DAY),
        (
            {"interruptions": [NOW - n * DAY for n in (2, 3, 6)]},
            Why.BUDGET_WEEK,
            NOW + DAY,
        ),
        ({"interruptions": [NOW - 2 * DAY], "tips": Tips.FEWER}, Why.BUDGET_WEEK, NOW + 5 * DAY),
    ],
)
def test_each_question_can_say_no_and_when_to_ask_again(
    given: dict[str, object], why: Why, retry_at: datetime | None
) -> None:
    decision = asked(**given)

    assert (decision.reason, decision.retry_at) == (why, retry_at)


def test_what_does_not_interrupt_costs_nothing() -> None:
    busy = {"interruptions": [LONG_AGO], "session_since": NOW, "quiet_until": NOW + DAY}

    assert asked(takes_attention=False, **busy).reason is None
    assert asked(takes_attention=False, is_tip=False, tips=Tips.OFF).reason is None
    assert asked(takes_attention=False, is_tip=True, tips=Tips.OFF).reason is Why.PREFERENCE


def test_of_two_that_say_no_the_later_tells_when_to_ask_again() -> None:
    decision = asked(session_since=NOW, interruptions=[LONG_AGO])

    assert decision.reason is Why.GRACE
    assert decision.retry_at == LONG_AGO + DAY


def test_something_comes_back_as_often_as_its_author_says() -> None:
    weekly = Frequency(Times.EVERY, days=7)
    seen = Past(shown=1, shown_at=NOW - 6 * DAY, interacted_at=NOW - 6 * DAY)

    assert asked(past=seen, frequency=weekly).retry_at == NOW + DAY
    assert asked(past=Past(1, NOW - 8 * DAY), frequency=weekly).reason is None
    assert asked(past=Past(shown=1), frequency=Frequency(Times.ONCE)).reason is Why.SEEN
    assert asked(past=Past(shown=1)).reason is None  # until somebody does something with it


def test_later_is_heard_three_times_and_then_counts_as_no() -> None:
    past = Past()
    for times in (1, 2, 3):
        past = after_snooze(past, NOW, USUAL)
        assert (past.snoozes, past.snoozed_until) == (times, NOW + WEEK)

    assert after_snooze(past, NOW, USUAL).interacted_at == NOW


MINUTES = st.integers(min_value=1, max_value=3 * 24 * 60)


@settings(max_examples=80)
@given(
    gaps=st.lists(MINUTES, min_size=1, max_size=60),
    delays=st.lists(st.integers(min_value=0, max_value=45), min_size=60, max_size=60),
    per_day=st.integers(min_value=0, max_value=3),
    per_week=st.integers(min_value=0, max_value=6),
)
def test_no_window_ever_holds_more_than_the_numbers(
    gaps: list[int], delays: list[int], per_day: int, per_week: int
) -> None:
    """Whenever somebody asks, and however late within its time it is shown."""
    numbers = Numbers(per_day=per_day, per_week=per_week)
    now, shown = NOW, list[datetime]()
    for gap, delay in zip(gaps, delays, strict=False):
        now += timedelta(minutes=gap)
        situation = Situation(now=now, session_since=NOW - DAY, interruptions=shown)
        if decide(situation, numbers).reason is None:
            shown.append(now + timedelta(seconds=delay))

    for window, most in ((DAY, per_day), (WEEK, per_week)):
        for begin in shown:
            assert len([at for at in shown if begin <= at < begin + window]) <= most


@settings(max_examples=50)
@given(st.lists(MINUTES, min_size=1, max_size=40))
def test_when_it_says_to_ask_again_it_is_right(gaps: list[int]) -> None:
    interruptions, at = [], NOW
    for gap in gaps:
        at -= timedelta(minutes=gap)
        interruptions.append(at)
    decision = asked(interruptions=interruptions)

    if decision.retry_at is not None:
        later = Situation(
            now=decision.retry_at, session_since=LONG_AGO, interruptions=interruptions
        )
        assert decide(later, USUAL).reason is None
