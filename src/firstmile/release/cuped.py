"""CUPED: the part of a difference that was there before the experiment, taken out of it.

Deng, Xu, Kohavi and Walker, "Improving the sensitivity of online controlled experiments by
utilizing pre-experiment data" (WSDM 2013). The paired value of `Moments` is the metric before.
Who has no before belongs into a stratum of their own (`strata.py`), not to zero.
"""

import math

from firstmile.release.estimates import CLEAR_OF_NOTHING, Effect, Level, effect, mean_of
from firstmile.release.moments import Moments


def slope(control: Moments, other: Moments) -> float:
    """θ = cov(before, after) / var(before), pooled over both arms: the slope of least squares.

    0 where nobody differed before, which adjusts nothing.
    """
    both = control + other
    return both.covariance / both.paired_variance if both.paired_variance else 0.0


def adjusted(arm: Moments, theta: float) -> Level:
    """The level of y - θx: its mean is moved by θx̄, its variance has lost what x explains."""
    variance = arm.variance - 2 * theta * arm.covariance + theta**2 * arm.paired_variance
    return Level(arm.units, arm.mean - theta * arm.paired_mean, max(0.0, variance))


def adjusted_difference(control: Moments, other: Moments) -> Effect:
    """Other minus control after adjustment, in the unit of the metric."""
    theta = slope(control, other)
    before, after = adjusted(control, theta), adjusted(other, theta)
    return effect((before, after), after.mean - before.mean, before.error**2 + after.error**2)


def adjusted_relative_difference(control: Moments, other: Moments) -> Effect:
    """The adjusted difference as a share of the control's mean as it is.

    By the delta method on (ȳ, x̄) of both arms with E x̄ equal in both: since the control's mean
    is both in the difference and under it, its terms with x do not cancel. Unknown unless the
    control's mean is above 0 by three standard errors.
    """
    theta, level = slope(control, other), mean_of(control)
    before, after = adjusted(control, theta), adjusted(other, theta)
    if not level.mean > CLEAR_OF_NOTHING * level.error:
        return effect((before, after), 0.0, math.inf)
    quotient = other.mean / level.mean
    crossed = (
        quotient**2 * control.variance
        - 2 * quotient * theta * control.covariance
        + theta**2 * control.paired_variance
    )
    variance = (after.variance / other.units + crossed / control.units) / level.mean**2
    return effect((before, after), (after.mean - before.mean) / level.mean, variance)


def explained(control: Moments, other: Moments) -> float:
    """The share of the variance that the before explains, 0 to 1: so many fewer units will do."""
    both = control + other
    if not (both.variance and both.paired_variance):
        return 0.0
    return min(1.0, both.covariance**2 / (both.variance * both.paired_variance))
