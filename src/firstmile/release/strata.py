"""Post-stratification: arms compared among people who were alike before, then put together.

Miratrix, Sekhon and Yu (2013, JRSS B 75, 369). For what is known of everybody at the start, such
as market, device or way of sign-up, and for CUPED where some have a before and some have none.
"""

import math
from collections.abc import Sequence

from firstmile.release.cuped import adjusted, slope
from firstmile.release.estimates import CLEAR_OF_NOTHING, Effect, Level, effect, mean_of
from firstmile.release.moments import Moments

Pair = tuple[Level, Level]  # control and other, of one stratum


def stratified_difference(strata: Sequence[Pair]) -> Effect:
    """Other minus control, each stratum weighted by its share of all units.

    The variance has a part for strata whose shares are those of a sample. Strata with fewer than
    two units in an arm are merged into one before.
    """
    control, other = pooled(strata)
    return effect((control, other), other.mean - control.mean, _variance(strata, 1.0, 1.0))


def stratified_relative_difference(strata: Sequence[Pair]) -> Effect:
    """The stratified difference as a share of the stratified mean of the control (delta method).

    Unknown unless that mean is above 0 by three standard errors.
    """
    control, other = pooled(strata)
    if not control.mean > CLEAR_OF_NOTHING * control.error:
        return effect((control, other), 0.0, math.inf)
    quotient = other.mean / control.mean
    variance = _variance(strata, 1 / control.mean, quotient / control.mean)
    return effect((control, other), quotient - 1, variance)


def before_or_not(
    known: tuple[Moments, Moments], unknown: tuple[Moments, Moments]
) -> tuple[Pair, ...]:
    """Two strata: who has a before, adjusted by CUPED around the common before; who has none.

    Least squares with an indicator for the missing, but for a slope of the known alone.
    """
    theta, common = slope(*known), (known[0] + known[1]).paired_mean
    with_before = [
        Level(level.units, level.mean + theta * common, level.variance)
        for level in (adjusted(arm, theta) for arm in known)
    ]
    strata = ((with_before[0], with_before[1]), (mean_of(unknown[0]), mean_of(unknown[1])))
    return tuple(pair for pair in strata if pair[0].units or pair[1].units)


def pooled(strata: Sequence[Pair]) -> Pair:
    """Both arms over all strata, as if each arm had the mix of strata of all units."""
    return _arm(strata, 0), _arm(strata, 1)


def _arm(strata: Sequence[Pair], at: int) -> Level:
    units = sum(pair[at].units for pair in strata)
    shares = _shares(strata)
    mean = sum(share * pair[at].mean for share, pair in zip(shares, strata, strict=True))
    variance = sum(
        (share * pair[at].error) ** 2 for share, pair in zip(shares, strata, strict=True)
    )
    return Level(units, mean, variance * units)


def _variance(strata: Sequence[Pair], of_other: float, of_control: float) -> float:
    """Of `of_other` · other - `of_control` · control: within the strata, and of their shares."""
    total = sum(control.units + other.units for control, other in strata)
    shares = _shares(strata)
    within, effects = 0.0, []
    for share, (control, other) in zip(shares, strata, strict=True):
        if min(control.units, other.units) < 2:
            return math.inf
        within += share**2 * ((of_other * other.error) ** 2 + (of_control * control.error) ** 2)
        effects.append(of_other * other.mean - of_control * control.mean)
    middle = sum(share * one for share, one in zip(shares, effects, strict=True))
    between = sum(share * (one - middle) ** 2 for share, one in zip(shares, effects, strict=True))
    return within + between / total if total else math.inf


def _shares(strata: Sequence[Pair]) -> list[float]:
    units = [control.units + other.units for control, other in strata]
    return [one / (sum(units) or 1) for one in units]
