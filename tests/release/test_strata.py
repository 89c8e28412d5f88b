"""Arms compared among their like and put together."""

import numpy as np
import pytest

from firstmile.release.estimates import (
    difference,
    mean_of,
    proportion_of,
    relative_difference,
)
from firstmile.release.moments import Moments
from firstmile.release.strata import (
    Pair,
    stratified_difference,
    stratified_relative_difference,
)


def sampled(chance: np.random.Generator, count: int, lift: float = 0.05) -> list[Pair]:
    """Phones finish seldom, desks often; the other arm adds five points on desks only."""
    desk, other = chance.random(count) < 0.4, chance.random(count) < 0.5
    finished = chance.random(count) < np.where(desk, 0.7 + lift * other, 0.2)
    return [
        tuple_of(finished[(desk == at) & ~other], finished[(desk == at) & other])
        for at in (False, True)
    ]


def tuple_of(control: np.ndarray, other: np.ndarray) -> Pair:
    return (
        proportion_of(Moments.of_proportion(len(control), int(control.sum()))),
        proportion_of(Moments.of_proportion(len(other), int(other.sum()))),
    )


@pytest.mark.parametrize("put_together", [stratified_difference, stratified_relative_difference])
def test_the_error_is_the_spread_of_many_samples(put_together: object) -> None:
    assert callable(put_together)
    chance = np.random.default_rng(4)
    found = [put_together(sampled(chance, 800)) for _ in range(1_500)]

    assert np.mean([one.error for one in found]) == pytest.approx(
        np.std([one.size for one in found]), rel=0.05
    )


def test_that_strata_differ_in_their_effect_is_in_the_error() -> None:
    """Their shares are those of a sample: without that the error is too small here."""
    chance = np.random.default_rng(9)
    found = [stratified_difference(sampled(chance, 300, lift=-0.7)) for _ in range(4_000)]

    assert np.mean([one.error for one in found]) == pytest.approx(
        np.std([one.size for one in found]), rel=0.04
    )


def test_the_mean_of_the_samples_is_the_truth() -> None:
    chance = np.random.default_rng(5)
    found = [stratified_difference(sampled(chance, 800)).size for _ in range(1_500)]

    assert np.mean(found) == pytest.approx(0.4 * 0.05, abs=0.002)


def test_strata_make_the_error_smaller() -> None:
    strata = sampled(np.random.default_rng(6), 2_000)
    means = [sum(pair[arm].mean * pair[arm].units for pair in strata) for arm in (0, 1)]
    sizes = [sum(pair[arm].units for pair in strata) for arm in (0, 1)]
    plain = difference(
        *(
            proportion_of(Moments.of_proportion(size, round(mean)))
            for size, mean in zip(sizes, means, strict=True)
        )
    )

    assert stratified_difference(strata).error < 0.95 * plain.error


def test_one_stratum_is_no_stratification() -> None:
    one, two = Moments.of_values([1, 2, 5, 3]), Moments.of_values([4, 4, 9, 5, 2])
    pair = mean_of(one + one), mean_of(two + two)

    assert stratified_difference([pair]).size == pytest.approx(difference(*pair).size)
    assert stratified_difference([pair]).error == pytest.approx(difference(*pair).error)
    assert stratified_relative_difference([pair]).error == pytest.approx(
        relative_difference(*pair).error
    )


def test_a_stratum_with_nobody_in_an_arm_leaves_nothing_known() -> None:
    full, empty = mean_of(Moments.of_values([1, 2, 3])), mean_of(Moments())

    assert not stratified_difference([(full, full), (full, empty)]).is_known
    assert not stratified_relative_difference([(empty, empty)]).is_known
    assert not stratified_difference([]).is_known
