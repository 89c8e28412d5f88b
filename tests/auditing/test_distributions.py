"""The measure of difference knows alike from different."""

import itertools
import random
from collections.abc import Sequence
from statistics import pvariance

import pytest

from firstmile.auditing.distributions import _ranked, _variance, compare


def test_the_effect_is_how_often_one_is_above_the_other() -> None:
    assert compare([1, 2, 3], [4, 5, 6]).effect == 0.5
    assert compare([4, 5, 6], [1, 2, 3]).effect == -0.5
    assert compare([1, 1, 1], [1, 1]).effect == 0
    assert compare([1, 2], [1, 2]).effect == 0


def test_the_chance_is_the_one_of_the_books() -> None:
    """The example of SciPy's `mannwhitneyu`: males and females by age of diagnosis, U = 17."""
    males, females = [19, 22, 16, 29, 24], [20, 11, 17, 12]

    found = compare(females, males)

    assert found.effect == pytest.approx(17 / 20 - 0.5)
    assert found.chance == pytest.approx(0.11134688653314041)
    assert compare(males, females).chance == pytest.approx(found.chance)


@pytest.mark.parametrize("values", [range(10), [1, 1, 1, 2, 2, 3, 3, 3, 3, 4], [0] * 7 + [1] * 3])
def test_the_variance_is_that_of_all_orders_with_ties_and_without(values: Sequence[float]) -> None:
    size = 4
    above = []
    for chosen in itertools.combinations(range(len(values)), size):
        one = [values[at] for at in chosen]
        rest = [values[at] for at in range(len(values)) if at not in chosen]
        above.append((compare(one, rest).effect + 0.5) * size * len(rest))
    _, ties = _ranked(values[:size], values[size:])

    expected = _variance(size * (len(values) - size), len(values), ties)

    assert pvariance(above) == pytest.approx(expected)


def test_values_that_are_all_the_same_are_alike() -> None:
    found = compare([1.5] * 10, [1.5] * 20)

    assert (found.median_difference, found.effect, found.chance) == (0, 0, 1)


def test_what_is_alike_is_not_notable_and_what_differs_is() -> None:
    draw = random.Random(1947).gauss
    alike, same = ([draw(10, 1) for _ in range(400)] for _ in range(2))
    later = [draw(10.5, 1) for _ in range(400)]

    assert not compare(alike, same).is_notable
    assert compare(alike, later).is_notable
    assert compare(alike, later).median_difference == pytest.approx(0.5, abs=0.2)


def test_a_few_pauses_of_the_machine_are_not_notable() -> None:
    draw = random.Random(1947).gauss
    calm, paused = ([draw(10, 1) for _ in range(200)] for _ in range(2))
    paused[:6] = [1000.0] * 6

    assert not compare(calm, paused).is_notable


def test_of_samples_that_are_alike_few_are_notable() -> None:
    """The bar is high: neither small effects nor rare chances count alone."""
    draw = random.Random(1947).lognormvariate

    found = [
        compare([draw(0, 1) for _ in range(60)], [draw(0, 1) for _ in range(60)])
        for _ in range(300)
    ]

    assert sum(one.is_notable for one in found) <= 2
    assert sum(one.chance < 0.05 for one in found) / len(found) == pytest.approx(0.05, abs=0.03)
