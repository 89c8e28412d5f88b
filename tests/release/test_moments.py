"""A count and five sums are all there is need of."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.release.strategies import moments

from firstmile.release.moments import Moments


@given(moments(), moments(), moments())
def test_it_does_not_matter_in_which_order_days_are_added(
    one: Moments, two: Moments, three: Moments
) -> None:
    assert (one + two) + three == one + (two + three)
    assert one + two == two + one
    assert one + Moments() == one


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=2, max_size=50))
def test_the_sums_say_what_the_values_say(pairs: list[tuple[float, float]]) -> None:
    found, values = Moments.of_pairs(pairs), np.array(pairs)
    size = float(np.max(np.abs(values))) + 1

    assert found.mean == pytest.approx(values[:, 0].mean(), abs=1e-9 * size)
    assert found.paired_mean == pytest.approx(values[:, 1].mean(), abs=1e-9 * size)
    assert found.variance == pytest.approx(values[:, 0].var(ddof=1), abs=1e-9 * size**2)
    assert found.paired_variance == pytest.approx(values[:, 1].var(ddof=1), abs=1e-9 * size**2)
    assert found.covariance == pytest.approx(np.cov(values.T)[0, 1], abs=1e-9 * size**2)


def test_nobody_and_one_person_have_no_variance() -> None:
    assert Moments().mean == Moments().variance == 0
    assert Moments.of_values([3.5]).mean == 3.5
    assert Moments.of_values([3.5]).variance == 0


def test_one_value_for_all_is_no_variance_whatever_the_rounding() -> None:
    assert Moments.of_values([0.1] * 1_000).variance == 0
    assert Moments.of_values([1e9 + 0.3] * 7).variance == 0


def test_whole_numbers_are_exact_however_many_there_are() -> None:
    people = 3 * 10**15

    found = Moments.of_proportion(people, people // 3)

    assert found.variance == pytest.approx(2 / 9, rel=1e-14)


@pytest.mark.parametrize("sums", [(-1, 0, 0), (1, math.nan, 0), (1, 0, math.inf)])
def test_sums_that_cannot_be_are_refused(sums: tuple[int, float, float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        Moments(*sums)
