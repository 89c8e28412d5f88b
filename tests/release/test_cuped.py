"""What was there before is taken out, as least squares would."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from tests.release.strategies import moments

from firstmile.release.cuped import (
    adjusted_difference,
    adjusted_relative_difference,
    explained,
    slope,
)
from firstmile.release.estimates import Level, difference, mean_of, relative_difference
from firstmile.release.moments import Moments
from firstmile.release.strata import before_or_not, stratified_difference

Pairs = list[tuple[float, float]]


def people(seed: int, lift: float, count: int = 500) -> tuple[Pairs, Pairs]:
    """Who did much before does much after; the others get `lift` more."""
    chance = np.random.default_rng(seed)
    before = chance.gamma(2, 5, 2 * count)
    after = 3 + 0.8 * before + chance.normal(0, 2, 2 * count)
    after[count:] += lift
    pairs = list(zip(after.tolist(), before.tolist(), strict=True))
    return pairs[:count], pairs[count:]


def test_the_slope_is_the_one_of_least_squares() -> None:
    one, two = people(1, 0.0)
    after, before = np.array(one + two).T

    fit = sm.OLS(after, sm.add_constant(before)).fit()

    assert slope(Moments.of_pairs(one), Moments.of_pairs(two)) == pytest.approx(fit.params[1])


def test_the_difference_is_nearly_that_of_least_squares_with_the_arm_in_it() -> None:
    one, two = people(2, 1.0)
    found = adjusted_difference(Moments.of_pairs(one), Moments.of_pairs(two))
    after, before = np.array(one + two).T
    arm = np.repeat([0.0, 1.0], len(one))

    fit = sm.OLS(after, sm.add_constant(np.column_stack([arm, before]))).fit()

    assert found.size == pytest.approx(fit.params[1], abs=0.02)
    assert found.error == pytest.approx(fit.bse[1], rel=0.05)


def test_the_error_shrinks_by_what_the_before_explains() -> None:
    one, two = (Moments.of_pairs(pairs) for pairs in people(3, 0.0))
    raw, found = difference(mean_of(one), mean_of(two)), adjusted_difference(one, two)

    assert explained(one, two) > 0.8
    assert (found.error / raw.error) ** 2 == pytest.approx(1 - explained(one, two), rel=0.05)


def test_the_relative_error_is_the_spread_of_many_samples() -> None:
    """Without the cross terms it would be less than half as large here."""
    sizes, errors = [], []
    for seed in range(600):
        one, two = (Moments.of_pairs(pairs) for pairs in people(seed, 10.0, count=120))
        found = adjusted_relative_difference(one, two)
        sizes.append(found.size)
        errors.append(found.error)

    assert np.mean(errors) == pytest.approx(np.std(sizes), rel=0.08)


def test_a_before_that_says_nothing_changes_nothing() -> None:
    one, two = Moments(100, 40, 40), Moments(100, 50, 50)

    assert slope(one, two) == explained(one, two) == 0
    assert adjusted_difference(one, two) == difference(mean_of(one), mean_of(two))
    assert adjusted_relative_difference(one, two).size == pytest.approx(0.25)
    assert adjusted_relative_difference(one, two).error == pytest.approx(
        relative_difference(mean_of(one), mean_of(two)).error
    )


@given(moments(), moments())
def test_adjusting_never_invents_variance(one: Moments, two: Moments) -> None:
    found = adjusted_difference(one, two)

    assert found.error > 0
    assert 0 <= explained(one, two) <= 1
    assert (one.units >= 2 and two.units >= 2) or not found.is_known


def test_who_has_no_before_is_compared_with_their_like() -> None:
    """As least squares does with an indicator for the missing."""
    one, two = people(5, 1.0)
    new_one, new_two = people(6, 1.0, count=200)
    strata = before_or_not(
        (Moments.of_pairs(one), Moments.of_pairs(two)),
        tuple_of_new(new_one, new_two),
    )
    found = stratified_difference(strata)

    rows = [(0, 0, x, y) for y, x in one] + [(1, 0, x, y) for y, x in two]
    rows += [(0, 1, 0.0, y) for y, _ in new_one] + [(1, 1, 0.0, y) for y, _ in new_two]
    table = np.array(rows)
    fit = sm.OLS(table[:, 3], sm.add_constant(table[:, :3])).fit(cov_type="HC1")

    assert found.units == len(rows)
    assert found.size == pytest.approx(fit.params[1], abs=2 * fit.bse[1])
    assert found.size == pytest.approx(1.0, abs=3 * found.error)


def test_where_everybody_has_a_before_there_is_one_stratum() -> None:
    one, two = (Moments.of_pairs(pairs) for pairs in people(7, 1.0))

    strata = before_or_not((one, two), (Moments(), Moments()))

    assert len(strata) == 1
    assert stratified_difference(strata).size == pytest.approx(adjusted_difference(one, two).size)
    assert isinstance(strata[0][0], Level)


def tuple_of_new(one: Pairs, two: Pairs) -> tuple[Moments, Moments]:
    return (
        Moments.of_values([y for y, _ in one]),
        Moments.of_values([y for y, _ in two]),
    )
