"""Two shares beside each other, and how far chance alone may have moved them."""

from math import sqrt
from typing import NamedTuple

Z = 1.959964  # of a normal distribution: 95 of 100 such ranges hold the true value


class Range(NamedTuple):
    """From where to where, as shares."""

    low: float
    high: float


def wilson(part: int, whole: int) -> Range:
    """Where a share may lie; Wilson's score interval (1927), which holds for few people too."""
    if not whole:
        return Range(0.0, 1.0)
    share, square = part / whole, Z * Z
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    spread = share * (1 - share) / whole + square / (4 * whole * whole)
    margin = Z * sqrt(spread) / (1 + square / whole)
    return Range(max(0.0, middle - margin), min(1.0, middle + margin))


def difference(part: int, whole: int, other_part: int, other_whole: int) -> Range | None:
    """By how much the second share is above the first; None when nobody is in one of them.

    Newcombe's hybrid of two score intervals (1998, method 10). It holds for one look at two
    groups that were chosen beforehand; an experiment holds at every look.
    """
    if not whole or not other_whole:
        return None
    one, other = part / whole, other_part / other_whole
    low, high = wilson(part, whole)
    other_low, other_high = wilson(other_part, other_whole)
    size = other - one
    return Range(
        size - sqrt((other - other_low) ** 2 + (high - one) ** 2),
        size + sqrt((other_high - other) ** 2 + (one - low) ** 2),
    )
