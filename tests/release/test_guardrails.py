"""A guardrail is harmed, holds, or nobody knows."""

import math

from hypothesis import given
from hypothesis import strategies as st
from tests.release.strategies import effects

from firstmile.release.estimates import Effect
from firstmile.release.guardrails import Guardrail, Verdict, judge
from firstmile.release.sequential import p_above


def guardrail(size: float, *, error: float = 0.01, margin: float = 0.0) -> Guardrail:
    """Of 10,000 people; lower is better, so `size` is the harm."""
    return Guardrail("errors", Effect(10_000, 5_000, size, error), margin, higher_is_better=False)


def verdicts(*guardrails: Guardrail) -> list[Verdict]:
    return [one.verdict for one in judge(guardrails)]


def test_clear_harm_is_harm() -> None:
    assert verdicts(guardrail(0.05)) == [Verdict.HARMED]


def test_harm_within_the_margin_is_none() -> None:
    assert verdicts(guardrail(0.05, margin=0.1)) == [Verdict.HOLDS]


def test_no_harm_seen_is_not_no_harm() -> None:
    assert verdicts(guardrail(0.0)) == [Verdict.UNKNOWN]
    assert verdicts(guardrail(0.0, margin=0.1)) == [Verdict.HOLDS]


def test_an_improvement_holds_without_a_margin() -> None:
    assert verdicts(guardrail(-0.05)) == [Verdict.HOLDS]


def test_what_is_better_is_up_to_the_metric() -> None:
    fell = Effect(10_000, 5_000, -0.05, 0.01)

    assert verdicts(Guardrail("sign-ups", fell)) == [Verdict.HARMED]
    assert verdicts(Guardrail("errors", fell, higher_is_better=False)) == [Verdict.HOLDS]


def test_a_few_people_prove_nothing() -> None:
    """However bad it looks: the theory is of many."""
    few = Effect(198, 99, 0.9, 0.01)

    assert verdicts(Guardrail("errors", few, higher_is_better=False)) == [Verdict.UNKNOWN]
    assert verdicts(Guardrail("errors", few, margin=2.0)) == [Verdict.UNKNOWN]


def test_many_guardrails_are_held_to_account_for_each_other() -> None:
    """What is harm by itself is not when nineteen others were looked at."""
    close = guardrail(0.0325)
    others = [guardrail(0.0, margin=0.1) for _ in range(19)]

    assert verdicts(close) == [Verdict.HARMED]
    assert verdicts(close, *others)[0] is Verdict.UNKNOWN
    assert verdicts(close, *others)[1:] == [Verdict.HOLDS] * 19


def test_nothing_known_is_unknown() -> None:
    nothing = Effect(10_000, 5_000, 0.0, math.inf)

    assert verdicts(Guardrail("errors", nothing, 1.0)) == [Verdict.UNKNOWN]
    assert judge([]) == ()


@given(st.lists(effects(), min_size=1, max_size=8), st.floats(0, 5))
def test_verdicts_never_contradict_their_facts(found: list[Effect], margin: float) -> None:
    for one in judge([Guardrail("", effect, margin) for effect in found]):
        alone = p_above(one.guardrail.harm, margin)

        assert one.least <= one.most
        assert 0 <= one.p_value <= 1
        if one.guardrail.effect.fewest >= 100:
            assert one.p_value >= alone
        if one.verdict is Verdict.HARMED:
            assert one.least >= margin - 1e-9 * (1 + abs(one.least))
        if one.verdict is Verdict.HOLDS:
            assert one.most < margin
