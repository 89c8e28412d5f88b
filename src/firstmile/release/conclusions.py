"""What may be concluded of an experiment at this moment, and no more than that."""

import math
from dataclasses import dataclass
from enum import StrEnum

from firstmile.release.estimates import Effect, Interval, Level, Scale
from firstmile.release.guardrails import Judgement, Verdict
from firstmile.release.power import Plan, days_to_go, units_for_any_look
from firstmile.release.sample_ratio import SampleRatio, Split
from firstmile.release.sequential import ALPHA, ENOUGH_UNITS, TUNED_FOR, interval, p_value


class Kind(StrEnum):
    """The conclusions there are, the first that applies."""

    NO_TRAFFIC = "no_traffic"
    BROKEN_SPLIT = "broken_split"
    HARMFUL = "harmful"
    TOO_EARLY = "too_early"
    BETTER = "better"
    WORSE = "worse"
    NOTHING_THAT_MATTERS = "nothing_that_matters"
    NO_DIFFERENCE_SEEN = "no_difference_seen"


@dataclass(frozen=True)
class Question:
    """What the experiment was started to find out, settled before its first person.

    `metric` is what readers call it. `matters` is the smallest difference worth a change, in the
    unit of the metric (0.02 is two points). `comparisons` are the arms held against the control,
    among which alpha is divided. `tuned_for` is the number of units hoped for.
    """

    metric: str
    scale: Scale = Scale.SHARE
    higher_is_better: bool = True
    matters: float | None = None
    comparisons: int = 1
    alpha: float = ALPHA
    tuned_for: float = TUNED_FOR

    @property
    def alpha_of_each(self) -> float:
        """What one comparison may spend, so that all together spend alpha (Bonferroni)."""
        return self.alpha / self.comparisons


@dataclass(frozen=True)
class Evidence:
    """What was seen so far of one arm and the control, each called as readers call it.

    Levels are as measured. The effect is absolute and may be adjusted for what was before
    (`is_adjusted`). `a_day` is how many new units both arms together get.
    """

    control: str
    other: str
    control_level: Level
    other_level: Level
    effect: Effect
    split: SampleRatio
    guardrails: tuple[Judgement, ...] = ()
    is_adjusted: bool = False
    a_day: float = 0.0

    @property
    def harmed(self) -> tuple[Judgement, ...]:
        """The guardrails that are."""
        return tuple(one for one in self.guardrails if one.verdict is Verdict.HARMED)


@dataclass(frozen=True)
class Conclusion:
    """The answer so far. `range` has the true difference at every look, with its p-value.

    `missing` units and `days` are what it takes until a difference that matters would show;
    infinite where nobody comes, None where nobody said what matters or nothing is missing.
    """

    kind: Kind
    question: Question
    evidence: Evidence
    range: Interval
    p_value: float
    missing: float | None = None
    days: float | None = None


def conclude(question: Question, evidence: Evidence) -> Conclusion:
    """The first conclusion that applies, from what makes all else void to nothing seen."""
    alpha, tuned_for = question.alpha_of_each, question.tuned_for
    found = interval(evidence.effect, alpha, tuned_for)
    missing = _missing(question, evidence.effect)
    return Conclusion(
        _kind(question, evidence, found),
        question,
        evidence,
        found,
        p_value(evidence.effect, alpha, tuned_for),
        missing,
        None if missing is None else days_to_go(missing, 0, evidence.a_day),
    )


def _kind(question: Question, evidence: Evidence, found: Interval) -> Kind:
    if not evidence.split.units and not evidence.split.misplaced:
        return Kind.NO_TRAFFIC
    if evidence.split.split is Split.BROKEN:
        return Kind.BROKEN_SPLIT
    if evidence.harmed:
        return Kind.HARMFUL
    if evidence.effect.fewest < ENOUGH_UNITS or not evidence.effect.is_known:
        return Kind.TOO_EARLY
    return _compared(question, found)


def _compared(question: Question, found: Interval) -> Kind:
    if 0 not in found:
        return Kind.BETTER if (found.low > 0) == question.higher_is_better else Kind.WORSE
    if question.matters and max(-found.low, found.high) < question.matters:
        return Kind.NOTHING_THAT_MATTERS
    return Kind.NO_DIFFERENCE_SEEN


def _missing(question: Question, effect: Effect) -> float | None:
    variance = effect.error**2 * effect.units
    if not question.matters or not 0 < variance < math.inf:
        return None
    plan = Plan(variance, question.matters, alpha=question.alpha_of_each)
    missing = units_for_any_look(plan, question.tuned_for) - effect.units
    return missing if missing > 0 else None
