"""Whether two samples of durations are alike, by their ranks alone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

# Half of all pairs is no difference. Of 200 samples chance alone leaves this range once in 2,000.
SMALL_EFFECT = 0.10
RARE = 0.001


@dataclass(frozen=True)
class Comparison:
    """How one sample differs from another.

    `effect` is how much more often than by chance a value of the other is above one of the first,
    from -0.5 to 0.5. `chance` is how often samples that are alike differ as much (the p-value).
    """

    median_difference: float
    effect: float
    chance: float

    @property
    def is_notable(self) -> bool:
        """Whether it is neither small nor chance."""
        return abs(self.effect) > SMALL_EFFECT and self.chance < RARE


def compare(first: Sequence[float], other: Sequence[float]) -> Comparison:
    """The other sample held against the first.

    Mann and Whitney's U (1947), normal approximation with corrections for ties and continuity:
    ranks alone count, so a pause of the machine weighs no more than any other value.
    """
    ranks, ties = _ranked(first, other)
    size, other_size = len(first), len(other)
    pairs = size * other_size
    above = sum(ranks) - other_size * (other_size + 1) / 2
    return Comparison(
        median_difference=median(other) - median(first),
        effect=above / pairs - 0.5,
        chance=_chance(above, pairs, size + other_size, ties),
    )


def _ranked(first: Sequence[float], other: Sequence[float]) -> tuple[list[float], float]:
    """The ranks of the other sample among all values, and the sum of t^3 - t over their ties."""
    pooled = sorted([(value, 0) for value in first] + [(value, 1) for value in other])
    ranks, ties, at = [], 0.0, 0
    while at < len(pooled):
        end = at
        while end < len(pooled) and pooled[end][0] == pooled[at][0]:
            end += 1
        ranks += [(at + 1 + end) / 2 for _, side in pooled[at:end] if side == 1]
        ties += (end - at) ** 3 - (end - at)
        at = end
    return ranks, ties


def _variance(pairs: int, total: int, ties: float) -> float:
    """Of U over all orders of the values."""
    return pairs / 12 * (total + 1 - ties / (total * (total - 1)))


def _chance(above: float, pairs: int, total: int, ties: float) -> float:
    variance = _variance(pairs, total, ties)
    if variance <= 0:
        return 1.0  # all values are the same
    distance = max(0.0, abs(above - pairs / 2) - 0.5) / math.sqrt(variance)
    return math.erfc(distance / math.sqrt(2))
