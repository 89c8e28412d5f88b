"""Levels and effects are those of the books, of SciPy, of statsmodels and of our peers."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportions_ztest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW
from tests.release.strategies import effects, moments

from firstmile.release.distributions import normal_tail
from firstmile.release.estimates import (
    Effect,
    Level,
    difference,
    fixed_interval,
    fixed_p_value,
    mean_of,
    proportion_of,
    ratio_of,
    relative_difference,
)
from firstmile.release.moments import Moments

CONTROL = mean_of(Moments(3_407, 1396.87, 52_377.9767))
OTHER = mean_of(Moments(3_461, 2422.7, 134_698.29))


def test_the_difference_is_the_one_growthbook_publishes() -> None:
    found = difference(CONTROL, OTHER)
    wide = fixed_interval(found, 0.05)

    assert found.size == pytest.approx(0.29)
    assert (wide.low, wide.high) == pytest.approx((0.04538, 0.53462), abs=5e-6)
    assert fixed_p_value(found) == pytest.approx(0.02016, abs=5e-6)


def test_the_relative_difference_is_the_one_growthbook_publishes() -> None:
    found = relative_difference(CONTROL, OTHER)
    wide = fixed_interval(found, 0.05)

    assert found.size == pytest.approx(0.70732, abs=5e-6)
    assert (wide.low, wide.high) == pytest.approx((-0.03526, 1.44989), abs=5e-6)
    assert fixed_p_value(found) == pytest.approx(0.06191, abs=5e-6)


def test_the_relative_difference_of_shares_is_the_one_growthbook_publishes() -> None:
    control = proportion_of(Moments.of_proportion(28, 14))
    other = proportion_of(Moments.of_proportion(30, 16))
    found = relative_difference(control, other)
    wide = fixed_interval(found, 0.05)

    assert found.size == pytest.approx(0.06667, abs=5e-6)
    assert (wide.low, wide.high) == pytest.approx((-0.47767, 0.61101), abs=5e-6)
    assert fixed_p_value(found) == pytest.approx(0.80707, abs=5e-6)


def test_two_shares_pooled_give_the_z_of_the_books() -> None:
    """120 of 1,000 beside 150 of 1,000: z = 1.96305, p = .0496404."""
    both = proportion_of(Moments.of_proportion(2_000, 270))
    pooled = difference(Level(1_000, 0.12, both.variance), Level(1_000, 0.15, both.variance))
    z, p_value = proportions_ztest([150, 120], [1_000, 1_000])

    assert pooled.size / pooled.error == pytest.approx(z) == pytest.approx(1.96305, abs=5e-6)
    assert 2 * normal_tail(pooled.size / pooled.error) == pytest.approx(p_value)
    assert p_value == pytest.approx(0.0496404, abs=5e-8)


@given(
    st.lists(st.floats(-100, 100), min_size=2, max_size=40),
    st.lists(st.floats(-100, 100), min_size=2, max_size=40),
)
def test_welch_is_the_one_of_scipy_and_statsmodels(one: list[float], two: list[float]) -> None:
    before, after = Moments.of_values(one), Moments.of_values(two)
    if min(before.variance, after.variance) < 1e-6:
        return
    found = difference(mean_of(before), mean_of(after))
    welch = stats.ttest_ind(two, one, equal_var=False)
    compared = CompareMeans(DescrStatsW(two), DescrStatsW(one))
    low, high = compared.tconfint_diff(0.05, usevar="unequal")
    wide = fixed_interval(found, 0.05)

    assert fixed_p_value(found) == pytest.approx(welch.pvalue, rel=1e-6)
    assert found.freedom == pytest.approx(welch.df, rel=1e-6)
    assert (wide.low, wide.high) == pytest.approx((low, high), rel=1e-6, abs=1e-6)


def test_the_delta_method_of_a_ratio_is_the_spread_of_many_samples() -> None:
    """Errors per page, where pages differ: the variance is that of 3,000 repeated samples."""
    chance = np.random.default_rng(7)
    pages = chance.poisson(4, (3_000, 200)) + 1
    errors = chance.binomial(pages, 0.2)
    ratios = errors.sum(axis=1) / pages.sum(axis=1)
    found = ratio_of(Moments.of_pairs(zip(errors[0], pages[0], strict=True)))

    assert found.mean == pytest.approx(ratios[0])
    assert found.error == pytest.approx(ratios.std(), rel=0.15)


def test_the_delta_method_of_a_relative_difference_is_the_spread_of_many_samples() -> None:
    chance = np.random.default_rng(8)
    one, two = chance.exponential(2, (3_000, 400)), chance.exponential(3, (3_000, 300))
    spread = (two.mean(axis=1) / one.mean(axis=1)).std()
    found = relative_difference(
        mean_of(Moments.of_values(one[0])), mean_of(Moments.of_values(two[0]))
    )

    assert found.error == pytest.approx(spread, rel=0.15)


@pytest.mark.parametrize(
    ("control", "other"),
    [
        (Level(0, 0, 0), Level(0, 0, 0)),
        (Level(1, 3, 0), Level(100, 3, 1)),
        (Level(100, 0, 0), Level(100, 1, 0)),
        (ratio_of(Moments()), ratio_of(Moments(3, 1, 1))),
    ],
)
def test_without_variation_nothing_is_known(control: Level, other: Level) -> None:
    for found in (difference(control, other), relative_difference(control, other)):
        assert not found.is_known
        assert fixed_p_value(found) == 1
        assert fixed_interval(found, 0.05).high == math.inf


def test_a_share_of_what_may_be_nothing_is_unknown() -> None:
    assert not relative_difference(Level(100, 0.01, 1), Level(100, 1, 1)).is_known
    assert not relative_difference(Level(100, -5, 1), Level(100, 1, 1)).is_known
    assert relative_difference(Level(100, 5, 1), Level(100, 1, 1)).is_known


@given(moments(), moments())
def test_arms_may_be_swapped(one: Moments, two: Moments) -> None:
    there, back = difference(mean_of(one), mean_of(two)), difference(mean_of(two), mean_of(one))

    assert there.turned() == back
    assert fixed_p_value(there) == fixed_p_value(back)


@given(effects())
def test_a_p_value_is_a_chance(found: Effect) -> None:
    assert 0 <= fixed_p_value(found) <= 1
    assert found.size in fixed_interval(found, 0.05)


def test_more_people_make_an_error_smaller() -> None:
    chance = random.Random(1)
    few = Moments.of_values([chance.gauss(0, 1) for _ in range(50)])

    errors = [
        difference(mean_of(one), mean_of(one)).error for one in (few, few + few, few + few + few)
    ]

    assert errors == sorted(errors, reverse=True)
