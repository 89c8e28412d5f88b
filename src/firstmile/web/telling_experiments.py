"""Experiments and what they show, in the words and figures of a page."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from firstmile.kernel.languages import N_, translate
from firstmile.release.conclusions import Kind
from firstmile.release.estimates import Interval, Level, Scale
from firstmile.release.experiment_models import Experiment, Note, State, Unit
from firstmile.release.figures import Figure, Form, digits_for, down, up
from firstmile.release.funnel import Funnel, metric_of
from firstmile.release.guardrails import Judgement, Verdict
from firstmile.release.read_out import read_out
from firstmile.release.results import Finding, Group, Results
from firstmile.release.sample_ratio import Split
from firstmile.web.flag_history import PARTS
from firstmile.web.moments import day, told_moment

STATES = {
    State.DRAFT: N_("Draft"),
    State.RUNNING: N_("Running"),
    State.STOPPED: N_("Stopped"),
    State.DECIDED: N_("Decided"),
}
UNITS = {Unit.USER: N_("people with an account"), Unit.VISITOR: N_("visitors")}
KINDS = {
    Kind.NO_TRAFFIC: N_("Nobody yet"),
    Kind.BROKEN_SPLIT: N_("Cannot be trusted"),
    Kind.HARMFUL: N_("Harm"),
    Kind.TOO_EARLY: N_("Too early"),
    Kind.BETTER: N_("Better"),
    Kind.WORSE: N_("Worse"),
    Kind.NOTHING_THAT_MATTERS: N_("Nothing that matters"),
    Kind.NO_DIFFERENCE_SEEN: N_("No difference seen"),
}
SIGNS = {Kind.BETTER: "good", Kind.WORSE: "bad", Kind.HARMFUL: "bad", Kind.BROKEN_SPLIT: "bad"}
VERDICTS = {
    Verdict.HOLDS: N_("Holds"),
    Verdict.HARMED: N_("Harmed"),
    Verdict.UNKNOWN: N_("Not known yet"),
}
DONE = {
    "designed": N_("Written down"),
    "started": N_("Started"),
    "stopped": N_("Stopped"),
    "decided": N_("Decided"),
    "reweighted": N_("The flag has other weights"),
}
DIMENSIONS = {"market": N_("Market"), "role": N_("Role")}
CHART, MARGIN = 240, 8  # the width of a chart and what stays free at its sides, in its own unit


class Words:
    """What a page says in a language at a moment."""

    def __init__(self, funnel: Funnel, language: str, now: datetime) -> None:
        self._funnel = funnel
        self._language = language
        self._now = now

    def experiment(self, one: Experiment) -> dict[str, Any]:
        """An experiment in a list, and at the head of its page."""
        design, say = one.design, self._say
        return {
            "href": f"/console/experiments/{one.id}",
            "id": str(one.id),
            "name": design.name,
            "hypothesis": design.hypothesis,
            "flag": design.flag_key,
            "environment": design.environment,
            "state": str(one.state),
            "state_name": say(STATES[one.state]),
            "unit": say(UNITS[design.unit]),
            "control": design.control,
            "arms": list(one.arms),
            "goals": [self._figure(key) for key in design.goals],
            "window": design.window_days,
            "needs_consent": design.needs_consent,
            "row_version": one.row_version,
            "shipped": one.shipped,
            "since": day(self._moment(one), self._language, None),
        }

    def results(self, found: Results) -> dict[str, Any]:
        """All that it shows."""
        count = self.count
        return {
            "findings": self._findings(found.findings),
            "guardrails": [
                self._judgement(arm, one)
                for arm, judged in found.judgements.items()
                for one in judged
            ],
            "groups": [self._group(found, one) for one in found.groups],
            "exposed": [{"arm": arm, "people": count(n)} for arm, n in found.exposed.items()],
            "units": count(found.units),
            "ripe": count(found.ripe),
            "mixed": found.mixed,
            "unasked": found.unasked,
            "is_broken": found.split.split is Split.BROKEN,
            "is_sound": found.split.split is Split.SOUND,
            "chance": self._chance(found.split.p_value),
            "chance_at_the_end": self._chance(found.final.p_value),
        }

    def note(self, note: Note) -> dict[str, Any]:
        """One thing that was done."""
        return {
            "what": self._say(DONE.get(note.what, note.what)),
            "by": self._say(PARTS.get(note.author.name, note.author.name)),
            "reason": note.reason,
            **told_moment(note.at, self._now, self._language),
        }

    def count(self, number: float) -> str:
        """A whole number as people write it."""
        return Figure(number).told(self._language)

    def _findings(self, findings: Sequence[Finding]) -> list[dict[str, Any]]:
        return [self._finding(one) for one in findings]

    def _finding(self, one: Finding) -> dict[str, Any]:
        found, told = one.conclusion, read_out(one.conclusion)
        evidence, scale = found.evidence, one.metric.scale
        return {
            "metric": self._figure(one.metric.key),
            "arm": one.arm,
            "kind": self._say(KINDS[found.kind]),
            "sign": SIGNS.get(found.kind, ""),
            "sentences": [each.told(self._language) for each in told.findings],
            "next_steps": [each.told(self._language) for each in told.next_steps],
            "control_level": self._level(evidence.control_level, scale),
            "other_level": self._level(evidence.other_level, scale),
            "control_people": self.count(evidence.control_level.units),
            "other_people": self.count(evidence.other_level.units),
            "range": self._range(found.range, scale),
            "chart": chart(found.range, evidence.effect.size),
            "is_adjusted": evidence.is_adjusted,
        }

    def _judgement(self, arm: str, one: Judgement) -> dict[str, Any]:
        form = _form(one.guardrail.scale)
        margin = Figure(one.guardrail.margin, form, digits_for((one.guardrail.margin,), form)).told(
            self._language
        )
        return {
            "name": one.guardrail.name,
            "arm": arm,
            "verdict": self._say(VERDICTS[one.verdict]),
            "sign": {Verdict.HOLDS: "good", Verdict.HARMED: "bad"}.get(one.verdict, ""),
            "margin": margin,
            "harm": self._range(Interval(one.least, one.most), one.guardrail.scale),
        }

    def _group(self, found: Results, one: Group) -> dict[str, Any]:
        scale = metric_of(found.experiment.design.goals[0]).scale
        return {
            "dimension": self._say(DIMENSIONS[one.dimension]),
            "name": one.name or self._say(N_("not known")),
            "arm": one.arm,
            "control_level": self._level(one.control_level, scale),
            "other_level": self._level(one.other_level, scale),
            "people": self.count(one.control_level.units + one.other_level.units),
            "range": self._range(one.range, scale),
        }

    def _level(self, level: Level, scale: Scale) -> str:
        if not level.units:
            return "–"
        form = Form.SHARE if scale is Scale.SHARE else Form.NUMBER
        return Figure(level.mean, form).told(self._language)

    def _range(self, found: Interval, scale: Scale) -> dict[str, str] | None:
        """Its ends, rounded outwards; None where nothing is known."""
        if not math.isfinite(found.low) and not math.isfinite(found.high):
            return None
        form = _form(scale)
        digits = digits_for((found.low, found.high), form)
        low, high = down(found.low, form, digits), up(found.high, form, digits)
        return {
            "low": Figure(low, form, digits, signed=True).told(self._language),
            "high": Figure(high, form, digits, signed=True).told(self._language),
            "unit": self._say(N_("points") if form is Form.POINTS else N_("days")),
        }

    def _figure(self, key: str) -> str:
        return self._funnel.told(key, self._language)

    def _chance(self, p_value: float) -> str:
        return Figure(p_value, Form.SHARE, 2 if p_value < 0.1 else 1).told(self._language)

    def _moment(self, one: Experiment) -> datetime:
        return one.decided_at or one.stopped_at or one.started_at or one.created_at

    def _say(self, message: str) -> str:
        return translate(self._language, message)


def chart(found: Interval, size: float) -> dict[str, float] | None:
    """A range as a line on an axis whose middle is no difference; None where nothing is known."""
    if not (math.isfinite(found.low) and math.isfinite(found.high)):
        return None
    reach = max(abs(found.low), abs(found.high)) or 1.0
    middle, half = CHART / 2, CHART / 2 - MARGIN

    def place(value: float) -> float:
        return round(middle + value / reach * half, 1)

    return {
        "low": place(found.low),
        "high": place(found.high),
        "size": place(size),
        "middle": middle,
        "width": CHART,
    }


def _form(scale: Scale) -> Form:
    return Form.POINTS if scale is Scale.SHARE else Form.NUMBER
