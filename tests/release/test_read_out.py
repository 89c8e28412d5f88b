"""The words of a read-out say what may be concluded and no more."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.release.strategies import effects
from tests.release.test_conclusions import HARMED, evidence

from firstmile.kernel.languages import LANGUAGES
from firstmile.release.conclusions import Evidence, Kind, Question, conclude
from firstmile.release.estimates import Effect, Level, Scale
from firstmile.release.figures import Figure, Form, digits_for, down, up
from firstmile.release.guardrails import Guardrail, judge
from firstmile.release.read_out import read_out
from firstmile.release.sample_ratio import watch

QUESTION = Question("completion", matters=0.02)
GAIN = evidence((5_000, 2_060), (5_000, 2_350))
NOTHING = evidence((500, 206), (500, 212))


def words(seen: Evidence, question: Question = QUESTION, language: str = "en") -> str:
    """All sentences, what to do next last."""
    found = read_out(conclude(question, seen))
    return " ".join(one.told(language) for one in (*found.findings, *found.next_steps))


def test_a_gain_is_told_with_its_range() -> None:
    assert words(GAIN) == (
        "B raised completion from 41.2% to 47.0%. "
        "The true difference is between +2.7 and +8.9 points, however often you have looked. "
        "Of 100 experiments read like this, at most about 5 mislead, whenever you look. "
        "You may stop and keep B. More people would make the range narrower."
    )


def test_a_gain_is_told_in_french() -> None:
    assert words(GAIN, language="fr").startswith(
        "B a fait monter «\xa0completion\xa0» de 41,2\xa0% à 47,0\xa0%. "
        "La vraie différence se situe entre +2,7 et +8,9 points, aussi souvent que vous ayez "
    )


def test_a_loss_is_told_as_one() -> None:
    told = words(evidence((5_000, 2_350), (5_000, 2_060)))

    assert told.startswith("B lowered completion from 47.0% to 41.2%. ")
    assert "between −8.9 and −2.7 points" in told
    assert told.endswith("Stop, and keep A.")


def test_nothing_seen_is_not_told_as_nothing_there() -> None:
    told = words(NOTHING)

    assert "With A, completion is 41.2%; with B, 42.4%." in told
    assert "That does not show that there is none." in told
    assert "would most likely show a difference that matters" in told
    for claim in ("raised", "lowered", "better", "keep"):
        assert claim not in told


def test_at_a_slow_pace_it_says_so() -> None:
    assert "too many at this pace" in words(replace(NOTHING, a_day=3))
    assert "too many at this pace" in words(replace(NOTHING, a_day=0))


def test_without_what_matters_no_number_of_people_is_named() -> None:
    assert words(NOTHING, Question("completion")).endswith(
        "Let it run, or stop and say that nothing was found."
    )


def test_a_difference_too_small_to_matter_is_said_to_be_that() -> None:
    told = words(evidence((50_000, 20_600), (50_000, 20_650)))

    assert "it is smaller than what you said would matter" in told
    assert told.endswith("You may stop, and keep whichever is simpler.")


def test_it_is_too_early_with_a_count() -> None:
    told = words(evidence((80, 30), (90, 50)))

    assert told.startswith("It is too early: the smaller side has 80 of the 100 people needed.")


def test_the_same_for_everybody_says_nothing() -> None:
    told = words(evidence((500, 0), (500, 0)))

    assert told.startswith("Nothing can be said of completion yet: it is the same for everybody.")


def test_nobody_is_told_as_nobody() -> None:
    assert words(evidence((0, 0), (0, 0))) == (
        "Nobody has met this experiment yet. "
        "Check that the flag is on and that its rules let people in."
    )


def test_of_a_broken_split_nothing_else_is_told() -> None:
    told = words(evidence((9_120, 4_000), (6_400, 3_900)))

    assert told == (
        "A has 9,120 people where about 7,760 belong. "
        "Chance alone does that at most once in 1,000,000 experiments. "
        "No figure of this experiment can be trusted, in either direction. "
        "Find out who is missing, by browser, version and country; then start anew."
    )


def test_harm_under_a_broken_split_is_a_reason_to_stop_and_no_finding() -> None:
    told = words(replace(evidence((9_120, 4_000), (6_400, 3_900)), guardrails=HARMED))

    assert "B harms error rate" not in told
    assert "Turn B off until then: error rate may be harmed." in told


def test_people_where_nobody_should_be_are_counted() -> None:
    stray = watch({"A": 5_000, "B": 5_000, "C": 3}, {"A": 1, "B": 1, "C": 0})
    told = words(replace(GAIN, split=stray))

    assert told.startswith("C is meant for nobody, and 3 people got it. No figure")


def test_harm_comes_first_and_gains_are_still_told() -> None:
    told = words(replace(GAIN, guardrails=HARMED))

    assert told.startswith("B harms error rate: it is at least 0.9 higher. With A, completion is")
    assert "between +2.7 and +8.9 points" in told
    assert told.endswith("Turn B off. To go on all the same is a decision, not a finding.")


@pytest.mark.parametrize(
    ("margin", "size", "sentence"),
    [
        (0.1, 0.0, "churn holds: if B harms it, then by less than 10.0 points."),
        (0.0, -0.2, "churn is not harmed: with B it is better."),
        (0.0, 0.0, "Whether B harms churn cannot be told yet."),
        (0.0, 0.2, "B harms churn: it is at least 17.1 points higher."),
    ],
)
def test_each_verdict_has_its_sentence(margin: float, size: float, sentence: str) -> None:
    churn = Guardrail(
        "churn",
        Effect(10_000, 5_000, size, 0.01),
        margin,
        higher_is_better=False,
        scale=Scale.SHARE,
    )

    assert sentence in words(replace(GAIN, guardrails=judge([churn])))


def test_numbers_are_no_points() -> None:
    slower = Evidence(
        "A",
        "B",
        Level(5_000, 1.25, 1.0),
        Level(5_000, 1.5, 1.0),
        Effect(10_000, 5_000, 0.25, 0.02),
        watch({"A": 5_000, "B": 5_000}, {"A": 1, "B": 1}),
        is_adjusted=True,
    )
    told = words(
        slower, Question("seconds to the first step", Scale.NUMBER, higher_is_better=False)
    )

    assert told.startswith("B raised seconds to the first step from 1.2 to 1.5. The range below")
    assert "is between +0.1 and +0.4, however" in told
    assert told.endswith("Stop, and keep A.")


@given(effects(), st.sampled_from(sorted(LANGUAGES)), st.sampled_from(Scale))
def test_whatever_comes_is_told(effect: Effect, language: str, scale: Scale) -> None:
    question = replace(QUESTION, scale=scale)
    guardrails = judge([Guardrail("churn", effect, 0.1, scale=scale)])

    told = words(replace(GAIN, effect=effect, guardrails=guardrails), question, language)

    assert "{" not in told
    assert "nan" not in told


@given(st.floats(-1e3, 1e3), st.floats(0, 1e3))
def test_a_range_is_rounded_outwards(low: float, width: float) -> None:
    ends = (low, low + width)
    digits = digits_for(ends, Form.POINTS)

    assert down(low, Form.POINTS, digits) <= low + 1e-9
    assert up(low + width, Form.POINTS, digits) >= low + width - 1e-9


def test_a_small_effect_does_not_look_like_none() -> None:
    digits = digits_for((0.00004, 0.0123), Form.POINTS)

    assert Figure(0.00004, Form.POINTS, digits, signed=True).told("en") == "+0.004"


def test_every_kind_has_words() -> None:
    seen = {
        Kind.NO_TRAFFIC: evidence((0, 0), (0, 0)),
        Kind.BROKEN_SPLIT: evidence((9_120, 4_000), (6_400, 3_900)),
        Kind.HARMFUL: replace(GAIN, guardrails=HARMED),
        Kind.TOO_EARLY: evidence((80, 30), (90, 50)),
        Kind.BETTER: GAIN,
        Kind.WORSE: evidence((5_000, 2_350), (5_000, 2_060)),
        Kind.NOTHING_THAT_MATTERS: evidence((50_000, 20_600), (50_000, 20_650)),
        Kind.NO_DIFFERENCE_SEEN: NOTHING,
    }

    assert {kind: conclude(QUESTION, one).kind for kind, one in seen.items()} == {
        kind: kind for kind in Kind
    }
    for one in seen.values():
        found = read_out(conclude(QUESTION, one))
        assert found.findings
        assert found.next_steps
