"""The tails are those of SciPy, far out too."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from firstmile.release.distributions import (
    HILL_FROM,
    chi_square_tail,
    normal_quantile,
    normal_tail,
    student_quantile,
    student_tail,
)

EXACT = 1e-11
SMALLEST = 1e-290  # where doubles begin to lose digits


@given(st.floats(-6, 36))
def test_normal(z: float) -> None:
    assert normal_tail(z) == pytest.approx(stats.norm.sf(z), rel=1e-13)


@given(st.floats(1e-15, 1 - 1e-12))
def test_normal_quantile(tail: float) -> None:
    assert normal_quantile(tail) == pytest.approx(stats.norm.isf(tail), rel=EXACT, abs=1e-12)


@given(st.floats(-8, 40), st.floats(0.5, 19_999))
def test_student(t: float, freedom: float) -> None:
    expected = stats.t.sf(t, freedom)

    if expected > SMALLEST:
        assert student_tail(t, freedom) == pytest.approx(expected, rel=EXACT)


@given(st.floats(-8, 36), st.floats(HILL_FROM, 1e14))
def test_student_of_many(t: float, freedom: float) -> None:
    expected = stats.t.sf(t, freedom)

    if expected > SMALLEST:
        assert student_tail(t, freedom) == pytest.approx(expected, rel=1e-10)


def test_student_does_not_jump_where_the_method_changes() -> None:
    for t in (0.1, 1.96, 6.0, 20.0):
        before, after = student_tail(t, HILL_FROM - 1e-6), student_tail(t, HILL_FROM)

        assert before == pytest.approx(after, rel=EXACT)


def test_student_of_infinitely_many_is_normal() -> None:
    assert student_tail(1.96, math.inf) == normal_tail(1.96)
    assert student_tail(math.inf, 3) == 0
    assert student_tail(-math.inf, 3) == 1


@given(st.floats(1e-12, 0.5), st.floats(1, 1e9))
def test_student_quantile(tail: float, freedom: float) -> None:
    found = student_quantile(tail, freedom)

    assert student_tail(found, freedom) == pytest.approx(tail, rel=1e-9)


@pytest.mark.parametrize(("tail", "freedom"), [(0.025, 1), (0.025, 5.5), (0.005, 1e6), (1e-9, 30)])
def test_student_quantile_is_the_one_of_scipy(tail: float, freedom: float) -> None:
    assert student_quantile(tail, freedom) == pytest.approx(stats.t.isf(tail, freedom), rel=EXACT)


@given(st.floats(0, 1_200), st.integers(1, 200))
def test_chi_square(value: float, freedom: int) -> None:
    expected = stats.chi2.sf(value, freedom)

    if expected > SMALLEST:
        assert chi_square_tail(value, freedom) == pytest.approx(expected, rel=EXACT)
