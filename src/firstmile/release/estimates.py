"""The level of a metric in one arm, the effect between two, and the test of one single look."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from firstmile.release.distributions import student_quantile, student_tail
from firstmile.release.moments import Moments

# A share of something is meaningless while that something may be nothing.
CLEAR_OF_NOTHING = 3  # standard errors


class Scale(StrEnum):
    """How a metric is told: a share of people in percent and points, or as a number."""

    SHARE = "share"
    NUMBER = "number"


@dataclass(frozen=True)
class Interval:
    """From `low` to `high`, in the unit of the effect; infinite where nothing is known."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Level:
    """A metric in one arm: its mean and the variance of one unit around it.

    Units are those assigned, also for a ratio. The variance over `units` is that of the mean.
    """

    units: int
    mean: float
    variance: float

    @property
    def error(self) -> float:
        """The standard error of the mean; infinite of nobody."""
        return math.sqrt(self.variance / self.units) if self.units else math.inf


@dataclass(frozen=True)
class Effect:
    """How far the other arm is from the control, and the standard error of that.

    In the unit of the metric, or as a share of the control's mean. `units` are those of both
    arms, `fewest` those of the smaller. `freedom` is Welch and Satterthwaite's. While nothing
    can be known (fewer than two units in an arm, or no variation at all) the error is infinite.
    """

    units: int
    fewest: int
    size: float
    error: float
    freedom: float = math.inf

    @property
    def is_known(self) -> bool:
        """Whether there is any evidence."""
        return math.isfinite(self.error)

    def turned(self) -> Self:
        """The same with its sign the other way around."""
        return type(self)(self.units, self.fewest, -self.size, self.error, self.freedom)


def mean_of(moments: Moments) -> Level:
    """The mean of the values."""
    return Level(moments.units, moments.mean, moments.variance)


def proportion_of(moments: Moments) -> Level:
    """The share of those who did it: variance p(1 - p), as for values of 0 and 1."""
    return Level(moments.units, moments.mean, max(0.0, moments.mean * (1 - moments.mean)))


def ratio_of(moments: Moments) -> Level:
    """Total over paired total, such as errors per page, where units have any number of pages.

    The delta method: s²(y - R x) / x̄² (Deng, Knoblich and Lu 2018, "Applying the delta method in
    metric analytics"). Without any paired total the ratio is 0 and its variance infinite.
    """
    if not moments.paired_total:
        return Level(moments.units, 0.0, math.inf)
    ratio = moments.total / moments.paired_total
    spread = moments.variance - 2 * ratio * moments.covariance + ratio**2 * moments.paired_variance
    return Level(moments.units, ratio, max(0.0, spread) / moments.paired_mean**2)


def difference(control: Level, other: Level) -> Effect:
    """Other minus control, in the unit of the metric (Welch 1947)."""
    return effect((control, other), other.mean - control.mean, control.error**2 + other.error**2)


def relative_difference(control: Level, other: Level) -> Effect:
    """Other over control, minus one, by the delta method (Deng, Knoblich and Lu 2018).

    Unknown unless the control's mean is above 0 by three standard errors.
    """
    if not control.mean > CLEAR_OF_NOTHING * control.error:
        return effect((control, other), 0.0, math.inf)
    quotient = other.mean / control.mean
    variance = (other.error / control.mean) ** 2 + (quotient * control.error / control.mean) ** 2
    return effect((control, other), quotient - 1, variance)


def effect(arms: tuple[Level, Level], size: float, variance: float) -> Effect:
    """An effect of this size; with an infinite error where its variance cannot be believed."""
    units = [arm.units for arm in arms]
    known = min(units) >= 2 and 0 < variance < math.inf
    error = math.sqrt(variance) if known else math.inf
    return Effect(sum(units), min(units), size, error, _freedom(*arms) if known else math.inf)


def fixed_interval(found: Effect, alpha: float) -> Interval:
    """Where the effect is with confidence 1 - alpha, for one look decided on beforehand."""
    if not found.is_known:
        return Interval(-math.inf, math.inf)
    reach = student_quantile(alpha / 2, found.freedom) * found.error
    return Interval(found.size - reach, found.size + reach)


def fixed_p_value(found: Effect) -> float:
    """How often chance alone gives as much or more, in one look decided on beforehand."""
    if not found.is_known:
        return 1.0
    return min(1.0, 2 * student_tail(abs(found.size) / found.error, found.freedom))


def _freedom(control: Level, other: Level) -> float:
    """Welch and Satterthwaite's, of the difference; scaled so that tiny variances do not vanish."""
    parts = [arm.variance / arm.units for arm in (control, other)]
    scale = max(parts)
    if not 0 < scale < math.inf:
        return math.inf
    shares = [part / scale for part in parts]
    spread = sum(
        share**2 / (arm.units - 1) for share, arm in zip(shares, (control, other), strict=True)
    )
    return sum(shares) ** 2 / spread
