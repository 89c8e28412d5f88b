"""What is kept of the people of one arm: a count and five sums, which is all there is need of."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

# A deviation below a millionth of the size is rounding: such values are the same value.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Moments:
    """Sums over the units of one arm, which add up over days, shards and strata.

    A unit is what was assigned, such as a person. Each has one value (0 or 1 for a proportion)
    and may have a paired one: the denominator of a ratio, or the same metric before the
    experiment. `total` is Σy, `squares` Σy², `paired_total` Σx, `paired_squares` Σx², `products`
    Σxy, in the metric's unit and its square. Whole numbers given as `int` are summed exactly.

    Raises `ValueError` for a negative count and for sums that are not finite.
    """

    units: int = 0
    total: float = 0
    squares: float = 0
    paired_total: float = 0
    paired_squares: float = 0
    products: float = 0

    def __post_init__(self) -> None:
        sums = (self.total, self.squares, self.paired_total, self.paired_squares, self.products)
        if self.units < 0 or not all(map(math.isfinite, sums)):
            raise ValueError("moments are a count from 0 and finite sums")

    @classmethod
    def of_proportion(cls, units: int, successes: int) -> Self:
        """Of a yes or no: `successes` of `units` said yes."""
        return cls(units, successes, successes)

    @classmethod
    def of_values(cls, values: Iterable[float]) -> Self:
        """Of one value for each unit."""
        return cls.of_pairs((value, 0) for value in values)

    @classmethod
    def of_pairs(cls, pairs: Iterable[tuple[float, float]]) -> Self:
        """Of a value and its paired value for each unit."""
        known = list(pairs)
        return cls(
            len(known),
            math.fsum(y for y, _ in known),
            math.fsum(y * y for y, _ in known),
            math.fsum(x for _, x in known),
            math.fsum(x * x for _, x in known),
            math.fsum(x * y for y, x in known),
        )

    def __add__(self, more: Self) -> Self:
        return type(self)(
            self.units + more.units,
            self.total + more.total,
            self.squares + more.squares,
            self.paired_total + more.paired_total,
            self.paired_squares + more.paired_squares,
            self.products + more.products,
        )

    @property
    def mean(self) -> float:
        """Of the values; 0 of nobody."""
        return self.total / self.units if self.units else 0.0

    @property
    def paired_mean(self) -> float:
        """Of the paired values; 0 of nobody."""
        return self.paired_total / self.units if self.units else 0.0

    @property
    def variance(self) -> float:
        """Of the values, as a sample (n - 1); 0 of fewer than two."""
        return _variance(self.units, self.total, self.squares)

    @property
    def paired_variance(self) -> float:
        """Of the paired values, as a sample."""
        return _variance(self.units, self.paired_total, self.paired_squares)

    @property
    def covariance(self) -> float:
        """Between the values and their paired ones, as a sample; 0 where either is constant."""
        if not (self.variance and self.paired_variance):
            return 0.0
        spread = self.units * self.products - self.total * self.paired_total
        return spread / (self.units * (self.units - 1))


def _variance(units: int, total: float, squares: float) -> float:
    if units < 2:
        return 0.0
    spread = units * squares - total * total
    if spread <= ROUNDING * units * squares:
        return 0.0
    return spread / (units * (units - 1))
