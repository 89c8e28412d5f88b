"""Tails of the normal, Student's and the chi-square distribution, exact far out in the tail."""

import math
from collections.abc import Iterator
from statistics import NormalDist

EPSILON = 1e-16  # where another step of a series changes nothing
TINY = 1e-300  # stands for zero where Lentz's method would divide by it
STEPS = 10_000  # never needed; a series that does not settle is an error of ours
HALVINGS = 200  # more than a double has bits, from any start
HILL_FROM = 20_000  # degrees of freedom from which Hill's normal is exact to eleven digits


def normal_tail(z: float) -> float:
    """P(Z > z) of the standard normal."""
    return 0.5 * math.erfc(z / math.sqrt(2))


def normal_quantile(tail: float) -> float:
    """The z beyond which `tail` of the standard normal lies; `tail` between 0 and 1."""
    return -NormalDist().inv_cdf(tail)


def student_tail(t: float, freedom: float) -> float:
    """P(T > t) of Student's t: half of I_x(ν/2, ½) at x = ν/(ν + t²) (Abramowitz 26.5.27)."""
    if math.isinf(freedom) or math.isinf(t):
        return normal_tail(t)
    if freedom >= HILL_FROM:
        return normal_tail(math.copysign(_as_normal(abs(t), freedom), t))
    half = 0.5 * _student_both_tails(t * t, freedom / 2)
    return half if t >= 0 else 1 - half


def student_quantile(tail: float, freedom: float) -> float:
    """The t beyond which `tail` of Student's distribution lies; `tail` in (0, ½]."""
    low, high = 0.0, 1.0
    while student_tail(high, freedom) > tail:
        low, high = high, high * 2
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if student_tail(middle, freedom) > tail else (low, middle)
    return (low + high) / 2


def chi_square_tail(value: float, freedom: int) -> float:
    """P(X > value) of chi-square: Q(ν/2, value/2), the incomplete gamma function (DLMF 8.2.4)."""
    shape, at = freedom / 2, value / 2
    if at <= 0:
        return 1.0
    front = math.exp(shape * math.log(at) - at - math.lgamma(shape))
    if at < shape + 1:
        return max(0.0, 1 - front * _gamma_series(shape, at))
    return front * _fraction(_gamma_steps(shape, at), at + 1 - shape)


def _as_normal(t: float, freedom: float) -> float:
    """The z with the same tail (Hill 1970, Communications of the ACM 13, algorithm 395)."""
    near = freedom - 0.5
    w, b = near * math.log1p(t * t / freedom), 48 * near * near
    last = (((-0.4 * w - 3.3) * w - 24) * w - 85.5) / (0.8 * w * w + 100 + b)
    return ((last + w + 3) / b + 1) * math.sqrt(w)


def _student_both_tails(squared: float, half_freedom: float) -> float:
    """P(|T| > √squared), by whichever continued fraction settles at once."""
    inside = squared / (2 * half_freedom + squared)
    ratio = squared / (2 * half_freedom)
    front = math.exp(
        -half_freedom * math.log1p(ratio) + 0.5 * _log(inside) + _log_gamma_step(half_freedom)
    ) / math.sqrt(math.pi)
    if squared > 3:
        return front / half_freedom * _beta_fraction(1 - inside, half_freedom, 0.5)
    return 1 - 2 * front * _beta_fraction(inside, 0.5, half_freedom)


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def _log_gamma_step(a: float) -> float:
    """ln Γ(a + ½) - ln Γ(a), by its asymptotic series where the difference would cancel."""
    if a < 50:
        return math.lgamma(a + 0.5) - math.lgamma(a)
    return 0.5 * math.log(a) - 1 / (8 * a) + 1 / (192 * a**3) - 1 / (640 * a**5)


def _gamma_series(shape: float, at: float) -> float:
    """Σ atᵏ / (shape)ₖ₊₁ (DLMF 8.7.1)."""
    term = total = 1 / shape
    for step in range(1, STEPS):
        term *= at / (shape + step)
        total += term
        if term < total * EPSILON:
            return total
    raise ArithmeticError("the series of the incomplete gamma function did not settle")


def _gamma_steps(shape: float, at: float) -> Iterator[tuple[float, float]]:
    """Of the continued fraction DLMF 8.9.2, after its first denominator."""
    for step in range(1, STEPS):
        yield step * (shape - step), at + 2 * step + 1 - shape


def _beta_fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of I_x(a, b) (DLMF 8.17.22)."""
    return _fraction(_beta_steps(x, a, b), 1.0)


def _beta_steps(x: float, a: float, b: float) -> Iterator[tuple[float, float]]:
    for step in range(STEPS):
        yield -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1)), 1.0
        even = step + 1
        yield even * (b - even) * x / ((a + 2 * even - 1) * (a + 2 * even)), 1.0


def _fraction(steps: Iterator[tuple[float, float]], first: float) -> float:
    """1/(first + n₁/(d₁ + n₂/(d₂ + …))) by Lentz's method, as Thompson and Barnett changed it."""
    value = above = first or TINY
    below = 0.0
    for numerator, denominator in steps:
        below = 1 / ((denominator + numerator * below) or TINY)
        above = (denominator + numerator / above) or TINY
        factor = above * below
        value *= factor
        if abs(factor - 1) < 4 * EPSILON:
            return 1 / value
    raise ArithmeticError("a continued fraction did not settle")
