"""The JSON of experiments and of what they show."""

import math
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from firstmile.release.estimates import Interval, Level
from firstmile.release.experiment_models import Design, Experiment, Limit, Note, Unit
from firstmile.release.guardrails import Judgement
from firstmile.release.planning import Needed
from firstmile.release.read_out import read_out
from firstmile.release.results import Finding, Group, Results
from firstmile.release.sample_ratio import SampleRatio

Text = Annotated[str, msgspec.Meta(max_length=1000)]
Key = Annotated[str, msgspec.Meta(max_length=100)]


class Wire(msgspec.Struct, rename="camel", kw_only=True):
    """camelCase on the wire."""


class Asked(Wire, forbid_unknown_fields=True):
    """What is sent to us: a member nobody knows is a mistake."""


class LimitIn(Asked):
    """A guardrail: a figure, and by how much it may get worse."""

    metric: Key
    margin: float = 0.0


class DesignIn(Asked):
    """What an experiment is to find out and how.

    `matters` is the smallest difference of the first goal worth a change, in its unit: 0.02 is
    two points. Consent is needed for visitors unless said otherwise.
    """

    flag_key: Key
    name: Text
    hypothesis: Text
    control: Key
    goals: list[Key]
    environment: Key = "production"
    guardrails: list[LimitIn] = []
    unit: Literal["user", "visitor"] = "user"
    needs_consent: bool | None = None
    window_days: int = 7
    matters: float | None = None
    hoped_for: int = 5_000

    def design(self) -> Design:
        """As the rules know it."""
        unit = Unit(self.unit)
        needs_consent = self.needs_consent
        return Design(
            environment=self.environment,
            flag_key=self.flag_key,
            name=self.name,
            hypothesis=self.hypothesis,
            control=self.control,
            goals=tuple(self.goals),
            guardrails=tuple(Limit(one.metric, one.margin) for one in self.guardrails),
            unit=unit,
            needs_consent=unit is Unit.VISITOR if needs_consent is None else needs_consent,
            window_days=self.window_days,
            matters=self.matters,
            hoped_for=self.hoped_for,
        )


class NewIn(Asked):
    """A new experiment, and why."""

    design: DesignIn
    reason: Text


class RedesignIn(NewIn):
    """Another design of a draft, and the row version that was looked at."""

    row_version: int


class MoveIn(Asked):
    """Why it is started or stopped, and the row version that was looked at."""

    reason: Text
    row_version: int


class DecideIn(MoveIn):
    """The variant everybody gets from now on; null keeps the control."""

    shipped: Key | None


class PhaseOut(Wire):
    """The weights since a moment."""

    number: int
    weights: dict[str, int]
    since: datetime


class ExperimentOut(Wire):
    """An experiment; `rowVersion` is what a change of it says it has seen."""

    id: UUID
    state: str
    row_version: int
    design: DesignIn
    phases: list[PhaseOut]
    created_at: datetime
    started_at: datetime | None
    stopped_at: datetime | None
    decided_at: datetime | None
    shipped: str | None

    @classmethod
    def of(cls, one: Experiment) -> "ExperimentOut":
        """As it is kept."""
        return cls(
            id=one.id,
            state=one.state,
            row_version=one.row_version,
            design=_told_design(one.design),
            phases=[
                PhaseOut(number=each.number, weights=dict(each.weights), since=each.since)
                for each in one.phases
            ],
            created_at=one.created_at,
            started_at=one.started_at,
            stopped_at=one.stopped_at,
            decided_at=one.decided_at,
            shipped=one.shipped,
        )


class ExperimentsOut(Wire):
    """Those that run first, then the newest."""

    items: list[ExperimentOut]


class RangeOut(Wire):
    """From low to high; null where nothing is known."""

    low: float | None
    high: float | None

    @classmethod
    def of(cls, found: Interval) -> "RangeOut":
        """Without the infinities, which JSON does not have."""
        return cls(low=_finite(found.low), high=_finite(found.high))


class LevelOut(Wire):
    """A figure in one arm, as measured."""

    units: int
    mean: float

    @classmethod
    def of(cls, level: Level) -> "LevelOut":
        """As measured."""
        return cls(units=level.units, mean=level.mean)


class FindingOut(Wire):
    """What may be concluded of one goal for one variant: a word, and in sentences."""

    metric: str
    arm: str
    conclusion: str
    sentences: list[str]
    next_steps: list[str]
    control: LevelOut
    other: LevelOut
    effect: float
    range: RangeOut
    p_value: float
    is_adjusted: bool

    @classmethod
    def of(cls, one: Finding, language: str) -> "FindingOut":
        """In the language."""
        found, told = one.conclusion, read_out(one.conclusion)
        return cls(
            metric=one.metric.key,
            arm=one.arm,
            conclusion=found.kind,
            sentences=[each.told(language) for each in told.findings],
            next_steps=[each.told(language) for each in told.next_steps],
            control=LevelOut.of(found.evidence.control_level),
            other=LevelOut.of(found.evidence.other_level),
            effect=found.evidence.effect.size,
            range=RangeOut.of(found.range),
            p_value=found.p_value,
            is_adjusted=found.evidence.is_adjusted,
        )


class GuardrailOut(Wire):
    """What is known of a guardrail for one variant; the harm is between least and most."""

    name: str
    arm: str
    verdict: str
    margin: float
    p_value: float
    harm: RangeOut

    @classmethod
    def of(cls, arm: str, one: Judgement) -> "GuardrailOut":
        """As judged."""
        return cls(
            name=one.guardrail.name,
            arm=arm,
            verdict=one.verdict,
            margin=one.guardrail.margin,
            p_value=one.p_value,
            harm=RangeOut.of(Interval(one.least, one.most)),
        )


class SplitOut(Wire):
    """Whether the arms got their shares of people."""

    verdict: str
    p_value: float
    counts: dict[str, int]
    expected: dict[str, float]
    misplaced: dict[str, int]

    @classmethod
    def of(cls, split: SampleRatio) -> "SplitOut":
        """As checked."""
        return cls(
            verdict=split.split,
            p_value=split.p_value,
            counts=dict(split.counts),
            expected=dict(split.expected),
            misplaced=dict(split.misplaced),
        )


class GroupOut(Wire):
    """The first goal in one market or role; the ranges hold for all groups at once."""

    dimension: str
    name: str
    arm: str
    control: LevelOut
    other: LevelOut
    range: RangeOut

    @classmethod
    def of(cls, one: Group) -> "GroupOut":
        """As measured."""
        return cls(
            dimension=one.dimension,
            name=one.name,
            arm=one.arm,
            control=LevelOut.of(one.control_level),
            other=LevelOut.of(one.other_level),
            range=RangeOut.of(one.range),
        )


class ResultsOut(Wire):
    """All that an experiment shows at a moment."""

    at: datetime
    exposed: dict[str, int]
    counted: int
    mixed: int
    unasked: int
    split_at_every_look: SplitOut
    split_at_the_end: SplitOut
    findings: list[FindingOut]
    guardrails: list[GuardrailOut]
    groups: list[GroupOut]

    @classmethod
    def of(cls, found: Results, language: str) -> "ResultsOut":
        """In the language."""
        return cls(
            at=found.at,
            exposed=dict(found.exposed),
            counted=found.ripe,
            mixed=found.mixed,
            unasked=found.unasked,
            split_at_every_look=SplitOut.of(found.split),
            split_at_the_end=SplitOut.of(found.final),
            findings=[FindingOut.of(one, language) for one in found.findings],
            guardrails=[
                GuardrailOut.of(arm, one)
                for arm, judged in found.judgements.items()
                for one in judged
            ],
            groups=[GroupOut.of(one) for one in found.groups],
        )


class NoteOut(Wire):
    """One thing that was done."""

    what: str
    author: str
    author_id: UUID | None
    reason: str
    at: datetime

    @classmethod
    def of(cls, note: Note) -> "NoteOut":
        """As it is kept."""
        return cls(
            what=note.what,
            author=note.author.name,
            author_id=note.author.user_id,
            reason=note.reason,
            at=note.at,
        )


class ReadOutOut(Wire):
    """An experiment with what it shows and what was done; a draft shows nothing yet."""

    experiment: ExperimentOut
    results: ResultsOut | None
    history: list[NoteOut]


class NeededOut(Wire):
    """People in all arms together, and days; null without a pace."""

    one_look: float
    any_look: float
    days: float | None

    @classmethod
    def of(cls, found: Needed) -> "NeededOut":
        """As reckoned."""
        return cls(one_look=found.one_look, any_look=found.any_look, days=found.days)


def _told_design(design: Design) -> DesignIn:
    said: dict[str, Any] = {name: getattr(design, name) for name in DesignIn.__struct_fields__}
    said["goals"] = list(design.goals)
    said["unit"] = str(design.unit)
    said["guardrails"] = [
        LimitIn(metric=one.metric, margin=one.margin) for one in design.guardrails
    ]
    return DesignIn(**said)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
