"""How many people an experiment will need, asked before it begins."""

import math
from dataclasses import dataclass, replace

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Invalid
from firstmile.release.power import plan_for_proportions, units_for_any_look, units_for_one_look
from firstmile.release.sequential import ALPHA

MOST_ARMS = 10
LEAST = 0.0001  # a hundredth of a point: less is for more people than there are


@dataclass(frozen=True)
class Needed:
    """People in all arms together: when looked at once at the end, and at any time.

    `days` is how long that takes at the pace given, with the window of the last; None without a
    pace. Infinite for what cannot be found.
    """

    one_look: float
    any_look: float
    days: float | None


def needed(
    base: float, difference: float, *, arms: int = 2, a_day: float | None = None, window: int = 7
) -> Needed:
    """For a share of people that is `base` now, to show a `difference` in four of five cases.

    Both from 0 to 1: 0.4 and 0.05 are 40 percent and five points. Raises Invalid otherwise.
    """
    _check(base, difference, arms, a_day)
    plan = plan_for_proportions(base, difference)
    plan = replace(plan, alpha=ALPHA / (arms - 1))
    every = arms / 2
    any_look = math.ceil(units_for_any_look(plan) * every)
    days = None if a_day is None else any_look / a_day + window
    return Needed(math.ceil(units_for_one_look(plan) * every), any_look, days)


def _check(base: float, difference: float, arms: int, a_day: float | None) -> None:
    if not 0 < base < 1:
        raise Invalid.field("base", N_("A share is between 0 and 100 percent."))
    if not abs(difference) >= LEAST or not 0 < base + difference < 1:
        raise Invalid.field("difference", N_("With this difference it is no share any more."))
    if not 2 <= arms <= MOST_ARMS:
        raise Invalid.field("arms", N_("Compare 2 to 10 variants."))
    if a_day is not None and not 0 < a_day < 1e9:
        raise Invalid.field("aDay", N_("Say how many people come a day."))
