"""What holds at every look is wider, and the reference numbers are those of the papers' users."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.release.strategies import effects

from firstmile.release.cuped import adjusted_relative_difference
from firstmile.release.estimates import (
    Effect,
    fixed_interval,
    proportion_of,
    relative_difference,
)
from firstmile.release.moments import Moments
from firstmile.release.sequential import (
    interval,
    lower_bound,
    mixing,
    mixture_p_value,
    p_above,
    p_value,
    upper_bound,
)

ALPHAS = st.floats(0.001, 0.2)


def test_the_mixing_is_the_one_published() -> None:
    assert mixing(0.05, 5_000) == pytest.approx(0.0398401, abs=5e-8)
    assert mixing(0.05, 1_000) == pytest.approx(0.0890851, abs=5e-8)
    assert mixing(2 * 0.05, 5_000) == pytest.approx(0.0355777, abs=5e-8)


@pytest.mark.parametrize(
    ("units", "reach", "times_wider"),
    [(1_000, 0.1063755, 1.716), (5_000, 0.0429243, 1.549), (20_000, 0.0221120, 1.595)],
)
def test_the_width_is_the_one_published(units: int, reach: float, times_wider: float) -> None:
    found = Effect(units, units // 2, 0.0, 1 / math.sqrt(units))

    assert interval(found).high == pytest.approx(reach, abs=5e-8)
    assert interval(found).high / fixed_interval(found, 0.05).high == pytest.approx(
        times_wider, abs=5e-4
    )


def test_the_relative_sequence_is_the_one_growthbook_publishes() -> None:
    found = relative_difference(
        proportion_of(Moments.of_proportion(3_000, 1_396)),
        proportion_of(Moments.of_proportion(3_461, 2_422)),
    )
    wide = interval(found)

    assert found.size == pytest.approx(0.50386, abs=5e-6)
    assert (wide.low, wide.high) == pytest.approx((0.40098, 0.60675), abs=5e-6)
    assert p_value(found) == pytest.approx(5.2e-44, rel=0.01)


def test_the_sequence_after_cuped_is_the_one_growthbook_publishes() -> None:
    found = adjusted_relative_difference(
        Moments(3_000, 1396.87, 52_377.9767, 16.87, 527.9767, 1.0),
        Moments(3_461, 2422.7, 134_698.29, 22.7, 1348.29, 1.0),
    )
    wide = interval(found)

    assert found.size == pytest.approx(0.50338, abs=5e-6)
    assert (wide.low, wide.high) == pytest.approx((-0.50969, 1.51646), abs=5e-6)


def test_the_mixture_is_the_msprt() -> None:
    """Johari's Λ at n = 10,000, Δ = .01, σ² = .09, τ² = 1e-4, written out."""
    variance, tau = 2 * 0.09 / 10_000, 1e-4
    ratio = math.sqrt(variance / (variance + tau)) * math.exp(
        tau * 0.01**2 / (2 * variance * (variance + tau))
    )

    assert mixture_p_value(0.01 / math.sqrt(variance), tau / variance) == pytest.approx(1 / ratio)
    assert 1 / ratio == pytest.approx(0.2432, abs=5e-5)


@given(effects(), ALPHAS)
def test_a_sequence_is_wider_than_one_look(found: Effect, alpha: float) -> None:
    at_any_time, once = interval(found, alpha), fixed_interval(normal(found), alpha)

    assert at_any_time.low < once.low
    assert once.high < at_any_time.high
    assert found.size in at_any_time


@given(effects(), ALPHAS)
def test_nothing_is_left_out_just_when_the_p_value_says_so(found: Effect, alpha: float) -> None:
    chance, wide = p_value(found, alpha), interval(found, alpha)

    assert 0 <= chance <= 1
    if not math.isclose(chance, alpha, rel_tol=1e-9):
        assert (0 not in wide) == (chance <= alpha)


@given(effects(), ALPHAS, st.floats(-10, 10))
def test_the_bound_and_its_p_value_agree(found: Effect, alpha: float, least: float) -> None:
    chance, bound = p_above(found, least, alpha), lower_bound(found, alpha)

    assert 0 <= chance <= 1
    if not (math.isclose(chance, alpha, rel_tol=1e-6) or math.isclose(bound, least, rel_tol=1e-6)):
        assert (bound > least) == (chance < alpha)


@given(effects())
def test_one_side_is_narrower_than_two(found: Effect) -> None:
    """From a fifth of the units it is tuned for; before that, neither says much."""
    wide, low, high = interval(found), lower_bound(found), upper_bound(found)

    assert low <= found.size <= high
    if found.units >= 1_000:
        assert wide.low < low
        assert high < wide.high


def test_nothing_known_is_everything_possible() -> None:
    nothing = Effect(0, 0, 0.0, math.inf)

    assert interval(nothing).low == lower_bound(nothing) == -math.inf
    assert interval(nothing).high == upper_bound(nothing) == math.inf
    assert p_value(nothing) == p_above(nothing) == 1


def test_a_sequence_is_narrowest_near_the_units_it_is_tuned_for() -> None:
    """Against one look, since every sequence gets narrower as people come."""
    wider = {
        tuned: interval(Effect(10_000, 5_000, 0.0, 1.0), tuned_for=tuned).high
        for tuned in (100, 1_000, 10_000, 100_000, 1_000_000)
    }

    assert min(wider, key=wider.__getitem__) == 10_000


def normal(found: Effect) -> Effect:
    return Effect(found.units, found.fewest, found.size, found.error)
