"""Whether the arms got the shares of people they should have; if not, nothing else can be read."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from firstmile.release.distributions import chi_square_tail

RARE = 0.001  # chance alone breaks one sound split in a thousand, so a broken one is worth a stop
ENOUGH_UNITS = 100
ENOUGH_EXPECTED = 5  # in each arm, below which chi-square is no longer the distribution (Cochran)
# How closely the alternatives lie around the true split, from a bug that loses half to a slow leak.
CONCENTRATIONS = (10.0, 1_000.0, 100_000.0)


class Split(StrEnum):
    """What is known of the shares."""

    SOUND = "sound"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class SampleRatio:
    """A check of the shares. `expected` has the arms with a weight and the units they should have.

    `misplaced` are units in arms without a weight, where nobody should be: an error whatever
    the p-value, and in neither the counts nor the degrees of freedom.
    """

    split: Split
    p_value: float
    units: int
    counts: Mapping[str, int] = field(default_factory=dict)
    expected: Mapping[str, float] = field(default_factory=dict)
    misplaced: Mapping[str, int] = field(default_factory=dict)


def check(counts: Mapping[str, int], weights: Mapping[str, float]) -> SampleRatio:
    """For the final report: Pearson's chi-square, valid for one look.

    `counts` are exposed units by arm, `weights` the shares the arms were to get, of any sum. An
    arm that is not in `weights` has none. Raises `ValueError` for negative numbers and when no
    arm has a weight.
    """
    expected, placed, misplaced = _sorted_out(counts, weights)
    statistic = sum(
        (placed[arm] - wanted) ** 2 / wanted for arm, wanted in expected.items() if wanted
    )
    alone = len(expected) == 1
    p_value = 1.0 if alone else chi_square_tail(statistic, len(expected) - 1)
    enough = alone or min(expected.values()) >= ENOUGH_EXPECTED
    return _verdict(p_value, expected, placed, misplaced, enough=enough)


def watch(counts: Mapping[str, int], weights: Mapping[str, float]) -> SampleRatio:
    """For the live banner: valid at every look at once.

    One over the Bayes factor of a Dirichlet alternative around the true shares (Lindon and Malek,
    arXiv 2011.03567), the mean of three of them, which is a martingale as each is.
    The counts alone decide, so no history is kept. Parameters and errors as in `check`.
    """
    expected, placed, misplaced = _sorted_out(counts, weights)
    total = sum(expected.values())
    shares = {arm: wanted / total for arm, wanted in expected.items() if total}
    logs = [_log_bayes_factor(placed, shares, one) for one in CONCENTRATIONS] if shares else [0.0]
    top = max(logs)
    evidence = top + math.log(sum(math.exp(one - top) for one in logs) / len(logs))
    p_value = math.exp(-max(0.0, evidence))
    return _verdict(p_value, expected, placed, misplaced, enough=True)


def _sorted_out(
    counts: Mapping[str, int], weights: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, int], dict[str, int]]:
    """What each arm with a weight should have, what it has, and what has no place."""
    total = sum(weights.values())
    if min((*counts.values(), *weights.values(), 0)) < 0 or not 0 < total < math.inf:
        raise ValueError("counts and weights are from 0, and some arm has a weight")
    placed = {arm: counts.get(arm, 0) for arm, weight in weights.items() if weight}
    units = sum(placed.values())
    expected = {arm: units * weights[arm] / total for arm in placed}
    misplaced = {arm: count for arm, count in counts.items() if count and arm not in placed}
    return expected, placed, misplaced


def _log_bayes_factor(
    placed: Mapping[str, int], shares: Mapping[str, float], concentration: float
) -> float:
    """ln of the Dirichlet-multinomial likelihood over the multinomial one."""
    units = sum(placed.values())
    found = math.lgamma(concentration) - math.lgamma(concentration + units)
    for arm, share in shares.items():
        prior = concentration * share
        found += math.lgamma(prior + placed[arm]) - math.lgamma(prior)
        found -= placed[arm] * math.log(share)
    return found


def _verdict(
    p_value: float,
    expected: Mapping[str, float],
    placed: Mapping[str, int],
    misplaced: Mapping[str, int],
    *,
    enough: bool,
) -> SampleRatio:
    units = sum(placed.values())
    if misplaced or (enough and units >= ENOUGH_UNITS and p_value < RARE):
        split = Split.BROKEN
    elif enough and units >= ENOUGH_UNITS:
        split = Split.SOUND
    else:
        split = Split.UNKNOWN
    return SampleRatio(split, p_value, units, placed, expected, misplaced)
