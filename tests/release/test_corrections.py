"""Corrections are those of statsmodels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from firstmile.release.corrections import benjamini_hochberg, holm

CHANCES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def test_the_examples_of_the_books() -> None:
    given_values = [0.01, 0.04, 0.03, 0.005]

    assert holm(given_values) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert benjamini_hochberg(given_values) == pytest.approx((0.02, 0.04, 0.04, 0.02))


@pytest.mark.parametrize("chances", [[0.5], [0.02, 0.02, 0.9, 0.0, 1.0], [0.2, 0.01, 0.05, 0.04]])
def test_holm(chances: list[float]) -> None:
    assert holm(chances) == pytest.approx(multipletests(chances, method="holm")[1])


@given(CHANCES)
def test_holm_never_makes_a_chance_smaller_nor_more_than_certain(chances: list[float]) -> None:
    adjusted = holm(chances)

    assert all(before <= after <= 1 for before, after in zip(chances, adjusted, strict=True))
    assert min(adjusted) == pytest.approx(min(1, min(chances) * len(chances)))


@given(CHANCES)
def test_benjamini_hochberg(chances: list[float]) -> None:
    assert benjamini_hochberg(chances) == pytest.approx(multipletests(chances, method="fdr_bh")[1])


def test_of_none_there_is_none() -> None:
    assert holm([]) == benjamini_hochberg([]) == ()
