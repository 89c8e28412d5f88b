"""What may be said of an effect at any time, however often one looks: confidence sequences.

Asymptotic ones after Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit
theory and asymptotic confidence sequences" (arXiv 2103.06476, version 7). An interval of a single
look is right with 95 % at that look; of these, 95 % of experiments never leave the truth out.
"""

import math

from firstmile.release.estimates import Effect, Interval

ALPHA = 0.05  # of 100 experiments 5 may mislead at some look
TUNED_FOR = 5_000  # units of both arms at which the sequence is at its narrowest
# The theory is of large samples; before that a sequence is drawn and nothing is concluded.
ENOUGH_UNITS = 100  # in the smaller arm


def mixing(alpha: float, tuned_for: float) -> float:
    """ρ, which makes the two-sided sequence narrow around `tuned_for` units."""
    wide = -2 * math.log(alpha)
    return math.sqrt((wide + math.log(wide + 1)) / tuned_for)


def interval(found: Effect, alpha: float = ALPHA, tuned_for: float = TUNED_FOR) -> Interval:
    """Where the effect is at every look at once, with confidence 1 - alpha (equation 9)."""
    if not found.is_known:
        return Interval(-math.inf, math.inf)
    spread = found.units * mixing(alpha, tuned_for) ** 2
    reach = found.error * _reach(spread, 0.5 * math.log(spread + 1) - math.log(alpha))
    return Interval(found.size - reach, found.size + reach)


def lower_bound(found: Effect, alpha: float = ALPHA, tuned_for: float = TUNED_FOR) -> float:
    """What the effect is above at every look at once, with confidence 1 - alpha (equation 134)."""
    if not found.is_known:
        return -math.inf
    spread = found.units * mixing(2 * alpha, tuned_for) ** 2
    evidence = math.log1p(math.sqrt(spread + 1) / (2 * alpha))
    return found.size - found.error * _reach(spread, evidence)


def upper_bound(found: Effect, alpha: float = ALPHA, tuned_for: float = TUNED_FOR) -> float:
    """What the effect is below at every look at once, with confidence 1 - alpha."""
    return -lower_bound(found.turned(), alpha, tuned_for)


def p_value(found: Effect, alpha: float = ALPHA, tuned_for: float = TUNED_FOR) -> float:
    """How often chance alone would ever give as much as this, at any look.

    One over the normal mixture behind equation 9, and the mSPRT of Johari et al. (2022,
    Operations Research 70) with τ² = ρ² times the variance of one unit. At most
    `alpha` just when 0 is outside the interval.
    """
    if not found.is_known:
        return 1.0
    spread = found.units * mixing(alpha, tuned_for) ** 2
    return mixture_p_value(found.size / found.error, spread)


def mixture_p_value(z: float, spread: float) -> float:
    """One over the mixture likelihood ratio at `z` standard errors.

    `spread` is the variance of the mixture over that of the estimate: Nρ², or τ²/V of the mSPRT.
    """
    against = z * z * spread / (2 * (spread + 1)) - 0.5 * math.log(spread + 1)
    return math.exp(-max(0.0, against))


def p_above(
    found: Effect, least: float = 0.0, alpha: float = ALPHA, tuned_for: float = TUNED_FOR
) -> float:
    """How often an effect of `least` or less would ever look like this or more, at any look.

    The alpha at which equation 134, its ρ held, puts its bound at `least`.
    """
    if not found.is_known or found.size <= least:
        return 1.0
    spread = found.units * mixing(2 * alpha, tuned_for) ** 2
    z = (found.size - least) / found.error
    evidence = z * z * spread / (2 * (spread + 1))
    half = math.sqrt(spread + 1) / 2
    if evidence <= math.log1p(half):
        return 1.0
    return half * math.exp(-evidence) / -math.expm1(-evidence)


def _reach(spread: float, evidence: float) -> float:
    """How many standard errors the bound is away from the estimate."""
    return math.sqrt(2 * (spread + 1) / spread * evidence)
