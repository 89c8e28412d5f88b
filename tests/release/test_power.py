"""How many people an experiment needs."""

import math
import random

import pytest
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_effectsize

from firstmile.release.estimates import Effect, difference, proportion_of
from firstmile.release.moments import Moments
from firstmile.release.power import (
    Plan,
    days_to_go,
    plan_for_means,
    plan_for_proportions,
    units_for_any_look,
    units_for_one_look,
    units_for_proportions,
)
from firstmile.release.sequential import interval


def test_ten_to_twelve_percent_takes_what_the_books_say() -> None:
    by_arcsine = NormalIndPower().solve_power(
        proportion_effectsize(0.12, 0.10), alpha=0.05, power=0.8
    )

    assert units_for_proportions(0.10, 0.02) == pytest.approx(3840.8, abs=0.05)
    assert by_arcsine == pytest.approx(3834.6, abs=0.05)
    assert units_for_one_look(plan_for_proportions(0.10, 0.02)) / 2 == pytest.approx(
        by_arcsine, rel=0.002
    )


@pytest.mark.parametrize("share", [0.5, 0.2, 0.9])
def test_means_take_what_statsmodels_says(share: float) -> None:
    ratio = share / (1 - share)
    control = NormalIndPower().solve_power(0.1, alpha=0.05, power=0.8, ratio=ratio)

    found = units_for_one_look(plan_for_means(20.0, 2.0, share))

    assert found == pytest.approx(control * (1 + ratio), rel=1e-4)


def test_to_look_at_any_time_takes_more() -> None:
    plan = plan_for_proportions(0.10, 0.02)

    assert 1.5 < units_for_any_look(plan) / units_for_one_look(plan) < 2.5
    assert units_for_any_look(plan, tuned_for=15_000) < units_for_any_look(plan)


def test_the_units_named_have_the_power_named() -> None:
    """Of 400 experiments of that many people, 80 % find it at their last look or before."""
    plan = plan_for_proportions(0.3, 0.05)
    each = math.ceil(units_for_any_look(plan) / 2)
    chance = random.Random(5)

    found = sum(_is_found(chance, each) for _ in range(400)) / 400

    assert 0.74 < found < 0.86


def _is_found(chance: random.Random, each: int) -> bool:
    control = sum(chance.random() < 0.30 for _ in range(each))
    other = sum(chance.random() < 0.35 for _ in range(each))
    levels = [proportion_of(Moments.of_proportion(each, yes)) for yes in (control, other)]
    return 0 not in interval(difference(*levels))


def test_a_plan_that_finds_nothing_is_refused() -> None:
    for variance, wanted, alpha in ((1, 0, 0.05), (0, 1, 0.05), (1, 1, 1.5), (math.inf, 1, 0.05)):
        with pytest.raises(ValueError, match="a plan has"):
            Plan(variance, wanted, alpha)


def test_days_are_what_is_missing_over_what_comes() -> None:
    assert days_to_go(1_000, 400, 100) == 6
    assert days_to_go(1_000, 1_400, 0) == 0
    assert days_to_go(1_000, 400, 0) == math.inf


def test_a_tiny_difference_takes_many_and_does_not_hang() -> None:
    assert units_for_any_look(Plan(1.0, 1e-6)) > 1e12
    assert interval(Effect(10**13, 10**12, 0.0, 1e-7)).high < 1e-6
