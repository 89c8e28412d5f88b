"""What must not get worse while something else gets better, judged at every look."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from firstmile.release.corrections import holm
from firstmile.release.estimates import Effect, Scale
from firstmile.release.sequential import (
    ALPHA,
    ENOUGH_UNITS,
    TUNED_FOR,
    lower_bound,
    p_above,
    upper_bound,
)


class Verdict(StrEnum):
    """What is known of a guardrail."""

    HOLDS = "holds"
    HARMED = "harmed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Guardrail:
    """A metric that may get worse by `margin` at most, in the unit of its effect.

    `name` is what readers call it, such as "error rate".
    """

    name: str
    effect: Effect
    margin: float = 0.0
    higher_is_better: bool = True
    scale: Scale = Scale.NUMBER

    @property
    def harm(self) -> Effect:
        """The effect in the direction nobody wants: above 0 is worse."""
        return self.effect.turned() if self.higher_is_better else self.effect


@dataclass(frozen=True)
class Judgement:
    """A guardrail's verdict and its facts.

    The harm is above `least` and below `most`, each with confidence 1 - alpha at every look.
    `p_value` is that of more harm than the margin, adjusted by Holm for the other guardrails.
    """

    guardrail: Guardrail
    verdict: Verdict
    p_value: float
    least: float
    most: float


def judge(
    guardrails: Sequence[Guardrail], alpha: float = ALPHA, tuned_for: float = TUNED_FOR
) -> tuple[Judgement, ...]:
    """All guardrails of one arm, in the order given.

    Harmed when more harm than the margin is proved, with a chance of at most alpha that any of
    them is ever called so wrongly. Holds when that much harm is ruled out, which takes a margin
    above 0 or an improvement; each of them is held to alpha, since all must hold. Of fewer than
    100 units in an arm nothing is known.
    """
    adjusted = holm([_p_value(one, alpha, tuned_for) for one in guardrails])
    return tuple(
        _judged(one, p_value, alpha, tuned_for)
        for one, p_value in zip(guardrails, adjusted, strict=True)
    )


def _p_value(one: Guardrail, alpha: float, tuned_for: float) -> float:
    if one.effect.fewest < ENOUGH_UNITS:
        return 1.0
    return p_above(one.harm, one.margin, alpha, tuned_for)


def _judged(one: Guardrail, p_value: float, alpha: float, tuned_for: float) -> Judgement:
    least = lower_bound(one.harm, alpha, tuned_for)
    most = upper_bound(one.harm, alpha, tuned_for)
    if p_value <= alpha:
        verdict = Verdict.HARMED
    elif one.effect.fewest >= ENOUGH_UNITS and most < one.margin:
        verdict = Verdict.HOLDS
    else:
        verdict = Verdict.UNKNOWN
    return Judgement(one, verdict, p_value, least, most)
