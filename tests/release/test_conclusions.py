"""What may be concluded, and the first thing that stands in the way of it."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.release.strategies import effects

from firstmile.release.conclusions import Conclusion, Evidence, Kind, Question, conclude
from firstmile.release.estimates import Effect, difference, proportion_of
from firstmile.release.guardrails import Guardrail, judge
from firstmile.release.moments import Moments
from firstmile.release.sample_ratio import watch

HALVES = {"A": 1, "B": 1}
HARMED = judge([Guardrail("error rate", Effect(10_000, 5_000, 1, 0.01), higher_is_better=False)])


def evidence(one: tuple[int, int], two: tuple[int, int]) -> Evidence:
    """People and those who finished, of A and B."""
    control, other = (proportion_of(Moments.of_proportion(*arm)) for arm in (one, two))
    split = watch({"A": one[0], "B": two[0]}, HALVES)
    return Evidence("A", "B", control, other, difference(control, other), split, a_day=400)


def concluded(one: tuple[int, int], two: tuple[int, int], **question: Any) -> Conclusion:
    return conclude(replace(Question("completion"), **question), evidence(one, two))


@pytest.mark.parametrize(
    ("one", "two", "kind"),
    [
        ((0, 0), (0, 0), Kind.NO_TRAFFIC),
        ((9_120, 4_000), (6_400, 3_000), Kind.BROKEN_SPLIT),
        ((90, 10), (95, 90), Kind.TOO_EARLY),
        ((500, 0), (500, 0), Kind.TOO_EARLY),
        ((5_000, 2_060), (5_000, 2_350), Kind.BETTER),
        ((5_000, 2_350), (5_000, 2_060), Kind.WORSE),
        ((5_000, 2_060), (5_000, 2_065), Kind.NO_DIFFERENCE_SEEN),
    ],
)
def test_each_conclusion(one: tuple[int, int], two: tuple[int, int], kind: Kind) -> None:
    assert concluded(one, two).kind is kind


def test_less_is_better_where_less_is_better() -> None:
    fewer = concluded((5_000, 2_350), (5_000, 2_060), higher_is_better=False)
    more = concluded((5_000, 2_060), (5_000, 2_350), higher_is_better=False)

    assert (fewer.kind, more.kind) == (Kind.BETTER, Kind.WORSE)


def test_a_difference_too_small_to_matter_is_told_from_none_seen() -> None:
    assert concluded((50_000, 20_600), (50_000, 20_650), matters=0.02).kind is (
        Kind.NOTHING_THAT_MATTERS
    )
    assert concluded((500, 206), (500, 206), matters=0.02).kind is Kind.NO_DIFFERENCE_SEEN


def test_a_harmed_guardrail_comes_before_a_gain() -> None:
    gain = evidence((5_000, 2_060), (5_000, 2_350))

    assert conclude(Question("completion"), replace(gain, guardrails=HARMED)).kind is Kind.HARMFUL


def test_a_broken_split_comes_before_harm() -> None:
    broken = evidence((9_120, 4_000), (6_400, 3_000))

    found = conclude(Question("completion"), replace(broken, guardrails=HARMED))

    assert found.kind is Kind.BROKEN_SPLIT
    assert found.evidence.harmed == HARMED


def test_people_in_an_arm_for_nobody_are_a_broken_split_even_alone() -> None:
    stray = replace(evidence((0, 0), (0, 0)), split=watch({"C": 3}, HALVES))

    assert conclude(Question("completion"), stray).kind is Kind.BROKEN_SPLIT


def test_more_comparisons_ask_for_more_evidence() -> None:
    one, two = (5_000, 2_060), (5_000, 2_235)

    assert concluded(one, two).kind is Kind.BETTER
    assert concluded(one, two, comparisons=10).kind is Kind.NO_DIFFERENCE_SEEN


def test_what_is_missing_is_said_when_it_is_known_what_matters() -> None:
    found = concluded((500, 206), (500, 206), matters=0.02)

    assert found.missing is not None
    assert found.missing > 20_000
    assert found.days == pytest.approx(found.missing / 400)
    assert concluded((500, 206), (500, 206)).missing is None
    assert concluded((90_000, 40_000), (90_000, 40_000), matters=0.02).missing is None


def test_where_nobody_comes_it_takes_forever() -> None:
    still = replace(evidence((500, 206), (500, 206)), a_day=0)

    assert conclude(Question("completion", matters=0.02), still).days == math.inf


@given(effects(), st.booleans(), st.none() | st.floats(0.001, 10), st.integers(1, 20))
def test_a_difference_is_claimed_just_when_none_is_left_out(
    effect: Effect, higher: bool, matters: float | None, comparisons: int
) -> None:
    question = Question(
        "completion", higher_is_better=higher, matters=matters, comparisons=comparisons
    )
    seen = replace(evidence((500, 206), (500, 206)), effect=effect)

    found = conclude(question, seen)

    claimed = found.kind in (Kind.BETTER, Kind.WORSE)
    assert claimed == (0 not in found.range and effect.fewest >= 100)
    if claimed:
        assert (found.kind is Kind.BETTER) == ((effect.size > 0) == higher)
        assert found.p_value <= question.alpha_of_each * (1 + 1e-9)
