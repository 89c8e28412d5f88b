"""How many people an experiment needs, and how many days that takes."""

import math
from dataclasses import dataclass

from firstmile.release.distributions import normal_quantile
from firstmile.release.estimates import Effect
from firstmile.release.sequential import ALPHA, ENOUGH_UNITS, TUNED_FOR, interval

POWER = 0.8  # of five true effects of this size four are found
EVERYBODY = 1e15  # more than anybody will ever count
HALVINGS = 40  # to a unit in 10^12


@dataclass(frozen=True)
class Plan:
    """What is to be found, and how surely.

    `variance` is that of the difference times the units of both arms, `difference` what would
    matter, in the unit of the metric, squared and as it is. Raises `ValueError` for a variance
    that is not above 0, a difference of 0, and chances outside (0, 1).
    """

    variance: float
    difference: float
    alpha: float = ALPHA
    power: float = POWER

    def __post_init__(self) -> None:
        chances = 0 < self.alpha < 1 and 0 < self.power < 1
        if not (chances and 0 < self.variance < math.inf and self.difference):
            raise ValueError("a plan has a variance, a difference, and chances between 0 and 1")


def variance_of(control: float, other: float, share: float = 0.5) -> float:
    """The variance for a `Plan` from those of one unit; `share` is the other arm's of both."""
    return control / (1 - share) + other / share


def plan_for_proportions(base: float, difference: float, share: float = 0.5) -> Plan:
    """To find that a share of `base` became `base + difference`, each between 0 and 1."""
    wanted = base + difference
    return Plan(variance_of(base * (1 - base), wanted * (1 - wanted), share), difference)


def plan_for_means(deviation: float, difference: float, share: float = 0.5) -> Plan:
    """To find a `difference` of means where units have this standard deviation."""
    return Plan(variance_of(deviation**2, deviation**2, share), difference)


def units_for_one_look(plan: Plan) -> float:
    """Units of both arms for a test at the end only: (z_α/2 + z_β)² σ²/δ²."""
    z = normal_quantile(plan.alpha / 2) + normal_quantile(1 - plan.power)
    return z**2 * plan.variance / abs(plan.difference) / abs(plan.difference)


def units_for_proportions(
    base: float, difference: float, alpha: float = ALPHA, power: float = POWER
) -> float:
    """Units of one of two equal arms, the variance pooled under no effect (Fleiss 1981)."""
    wanted, middle = base + difference, base + difference / 2
    under_none = normal_quantile(alpha / 2) * math.sqrt(2 * middle * (1 - middle))
    under_some = normal_quantile(1 - power) * math.sqrt(base * (1 - base) + wanted * (1 - wanted))
    return (under_none + under_some) ** 2 / difference**2


def units_for_any_look(plan: Plan, tuned_for: float = TUNED_FOR) -> float:
    """Units of both arms after which the confidence sequence leaves out 0 with this power.

    The number at which the last look alone has it, so a little more than needed; looking
    earlier often ends earlier. At least 200, infinite beyond 10^15.
    """
    low = high = max(2 * ENOUGH_UNITS, units_for_one_look(plan))
    if high > EVERYBODY:
        return math.inf
    while not _is_enough(plan, high, tuned_for):
        low, high = high, high * 2
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if _is_enough(plan, middle, tuned_for) else (middle, high)
    return high


def days_to_go(needed: float, so_far: float, a_day: float) -> float:
    """Days until `needed` units at `a_day` new ones; infinite where nobody comes."""
    missing = max(0.0, needed - so_far)
    if not missing:
        return 0.0
    return missing / a_day if a_day > 0 else math.inf


def _is_enough(plan: Plan, units: float, tuned_for: float) -> bool:
    error = math.sqrt(plan.variance / units)
    found = Effect(round(units), round(units) // 2, 0.0, error)
    reach = interval(found, plan.alpha, tuned_for).high
    return abs(plan.difference) >= reach + normal_quantile(1 - plan.power) * error
