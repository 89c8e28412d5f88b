"""The words of a conclusion: what was seen, what may be concluded of it, what may not."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from firstmile.kernel.languages import N_
from firstmile.release.advice import next_steps
from firstmile.release.conclusions import Conclusion, Kind
from firstmile.release.estimates import Scale
from firstmile.release.figures import Figure, Form, digits_for, down, up
from firstmile.release.guardrails import Judgement, Verdict
from firstmile.release.sample_ratio import RARE, SampleRatio
from firstmile.release.sentences import Facts, Sentence, names
from firstmile.release.sequential import ENOUGH_UNITS

ODDS = 1_000_000  # a chance rarer than that is told as that


@dataclass(frozen=True)
class ReadOut:
    """The sentences of a page: what is so, and what to do next."""

    findings: tuple[Sentence, ...]
    next_steps: tuple[Sentence, ...]


def read_out(conclusion: Conclusion) -> ReadOut:
    """What may be said; each sentence holds by itself, in this order."""
    return ReadOut(tuple(_findings(conclusion)), tuple(next_steps(conclusion)))


def _findings(conclusion: Conclusion) -> Iterator[Sentence]:
    evidence = conclusion.evidence
    if conclusion.kind is Kind.NO_TRAFFIC:
        yield Sentence(N_("Nobody has met this experiment yet."))
        return
    if conclusion.kind is Kind.BROKEN_SPLIT:
        yield from _broken(evidence.split)
        yield Sentence(N_("No figure of this experiment can be trusted, in either direction."))
        return
    for one in evidence.harmed:
        yield _harmed(conclusion, one)
    yield from _too_early(conclusion) if _is_early(conclusion) else _seen(conclusion)
    for one in evidence.guardrails:
        if one.verdict is not Verdict.HARMED:
            yield _guarded(conclusion, one)


def _is_early(conclusion: Conclusion) -> bool:
    effect = conclusion.evidence.effect
    return effect.fewest < ENOUGH_UNITS or not effect.is_known


def _broken(split: SampleRatio) -> Iterator[Sentence]:
    for arm, count in split.misplaced.items():
        facts: Facts = {"arm": arm, "count": Figure(count)}
        yield Sentence(N_("{arm} is meant for nobody, and {count} people got it."), facts)
    if split.p_value >= RARE:
        return
    arm = max(split.expected, key=lambda one: _distance(split, one))
    seen: Facts = {
        "arm": arm,
        "count": Figure(split.counts[arm]),
        "expected": Figure(round(split.expected[arm])),
    }
    yield Sentence(N_("{arm} has {count} people where about {expected} belong."), seen)
    odds = Figure(int(min(ODDS, 1 / max(split.p_value, 1 / ODDS))))
    message = N_("Chance alone does that at most once in {odds} experiments.")
    yield Sentence(message, {"odds": odds})


def _distance(split: SampleRatio, arm: str) -> float:
    expected = split.expected[arm]
    return abs(split.counts[arm] - expected) / math.sqrt(max(1.0, expected))


def _too_early(conclusion: Conclusion) -> Iterator[Sentence]:
    effect = conclusion.evidence.effect
    if effect.fewest < ENOUGH_UNITS:
        message = N_("It is too early: the smaller side has {count} of the {needed} people needed.")
        facts = {"count": Figure(effect.fewest), "needed": Figure(ENOUGH_UNITS)}
        yield Sentence(message, facts)
    else:
        message = N_("Nothing can be said of {metric} yet: it is the same for everybody.")
        yield Sentence(message, names(conclusion))


def _seen(conclusion: Conclusion) -> Iterator[Sentence]:
    yield Sentence(_headline(conclusion), {**names(conclusion), **_levels(conclusion)})
    if conclusion.evidence.is_adjusted:
        yield Sentence(
            N_("The range below accounts for what the same people did before the experiment.")
        )
    yield _range(conclusion)
    if conclusion.kind is Kind.NO_DIFFERENCE_SEEN:
        yield Sentence(N_("No difference was found so far. That does not show that there is none."))
    if conclusion.kind is Kind.NOTHING_THAT_MATTERS:
        yield Sentence(
            N_("Whatever the difference is, it is smaller than what you said would matter.")
        )
    share = conclusion.question.alpha * 100
    yield Sentence(
        N_("Of 100 experiments read like this, at most about {number} mislead, whenever you look."),
        {"number": Figure(share)},
    )


def _headline(conclusion: Conclusion) -> str:
    rose = conclusion.range.low > 0
    if conclusion.kind in (Kind.BETTER, Kind.WORSE):
        if rose:
            return N_("{arm} raised {metric} from {before} to {after}.")
        return N_("{arm} lowered {metric} from {before} to {after}.")
    return N_("With {control}, {metric} is {before}; with {arm}, {after}.")


def _levels(conclusion: Conclusion) -> dict[str, Figure]:
    evidence = conclusion.evidence
    before, after = evidence.control_level.mean, evidence.other_level.mean
    form = Form.SHARE if conclusion.question.scale is Scale.SHARE else Form.NUMBER
    digits = digits_for((before - after,), form)
    return {"before": Figure(before, form, digits), "after": Figure(after, form, digits)}


def _range(conclusion: Conclusion) -> Sentence:
    """Rounded outwards, since a range must not promise more than it knows."""
    low, high = conclusion.range.low, conclusion.range.high
    form = _form(conclusion.question.scale)
    digits = digits_for((low, high), form)
    facts = {
        "low": Figure(down(low, form, digits), form, digits, signed=True),
        "high": Figure(up(high, form, digits), form, digits, signed=True),
    }
    if form is Form.POINTS:
        message = N_(
            "The true difference is between {low} and {high} points, however often you have looked."
        )
    else:
        message = N_(
            "The true difference is between {low} and {high}, however often you have looked."
        )
    return Sentence(message, facts)


def _harmed(conclusion: Conclusion, one: Judgement) -> Sentence:
    form, bound = _form(one.guardrail.scale), max(one.least, one.guardrail.margin)
    digits = digits_for((bound,), form)
    facts: Facts = {
        "arm": conclusion.evidence.other,
        "guardrail": one.guardrail.name,
        "bound": Figure(down(bound, form, digits), form, digits),
    }
    return Sentence(_harm(form, higher_is_better=one.guardrail.higher_is_better), facts)


def _guarded(conclusion: Conclusion, one: Judgement) -> Sentence:
    form, margin = _form(one.guardrail.scale), one.guardrail.margin
    facts: Facts = {
        "arm": conclusion.evidence.other,
        "guardrail": one.guardrail.name,
        "margin": Figure(margin, form, digits_for((margin,), form)),
    }
    if one.verdict is Verdict.HOLDS:
        return Sentence(_no_harm(form, margin=margin), facts)
    return Sentence(N_("Whether {arm} harms {guardrail} cannot be told yet."), facts)


def _harm(form: Form, *, higher_is_better: bool) -> str:
    if form is Form.POINTS:
        if higher_is_better:
            return N_("{arm} harms {guardrail}: it is at least {bound} points lower.")
        return N_("{arm} harms {guardrail}: it is at least {bound} points higher.")
    if higher_is_better:
        return N_("{arm} harms {guardrail}: it is at least {bound} lower.")
    return N_("{arm} harms {guardrail}: it is at least {bound} higher.")


def _no_harm(form: Form, *, margin: float) -> str:
    if margin <= 0:
        return N_("{guardrail} is not harmed: with {arm} it is better.")
    if form is Form.POINTS:
        return N_("{guardrail} holds: if {arm} harms it, then by less than {margin} points.")
    return N_("{guardrail} holds: if {arm} harms it, then by less than {margin}.")


def _form(scale: Scale) -> Form:
    return Form.POINTS if scale is Scale.SHARE else Form.NUMBER
