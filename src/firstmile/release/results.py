"""What an experiment shows at a moment: the sums of its figures, and what may be concluded."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from firstmile.kernel.database import Connection
from firstmile.release import store_experiments, store_exposures
from firstmile.release.conclusions import Conclusion, Evidence, Question, conclude
from firstmile.release.cuped import slope
from firstmile.release.estimates import Effect, Interval, Level, difference, mean_of
from firstmile.release.experiment_models import Experiment
from firstmile.release.funnel import Funnel, Metric, metric_of
from firstmile.release.guardrails import Guardrail, Judgement, judge
from firstmile.release.moments import Moments
from firstmile.release.sample_ratio import SampleRatio, check, watch
from firstmile.release.sequential import ALPHA, interval
from firstmile.release.store_exposures import Sums, Tally
from firstmile.release.strata import Pair, before_or_not, stratified_difference

Tell = Callable[[str], str]  # what readers call a figure

FEWEST = 2  # units of an arm in a stratum, without which it has no variance
MOST_GROUPS = 8  # of a market or role, the largest
DIMENSIONS = ("market", "role")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Finding:
    """What is known of one figure for one variant beside the control."""

    metric: Metric
    arm: str
    conclusion: Conclusion


@dataclass(frozen=True)
class Group:
    """The first goal among people of one market or role; the range holds for all groups at once."""

    dimension: str
    name: str
    arm: str
    control_level: Level
    other_level: Level
    range: Interval


@dataclass(frozen=True)
class Results:
    """All that a read-out page tells. `split` is for every look, `final` for the last one."""

    experiment: Experiment
    at: datetime
    exposed: Mapping[str, int]
    ripe: int
    mixed: int
    unasked: int
    split: SampleRatio
    final: SampleRatio
    findings: tuple[Finding, ...]
    judgements: Mapping[str, tuple[Judgement, ...]]
    groups: tuple[Group, ...]

    @property
    def units(self) -> int:
        """How many met the experiment."""
        return sum(self.exposed.values())


async def results(
    db: Connection, one: Experiment, funnel: Funnel, language: str, now: datetime
) -> Results | None:
    """What it shows now, or showed when it was decided; None of a draft."""
    if not one.phases:
        return None
    at = one.decided_at or now
    tallies = await store_exposures.tallies(db, one, at)
    wanted = dict.fromkeys([*one.design.goals, *(limit.metric for limit in one.design.guardrails)])
    sums = await store_exposures.sums(db, one, [metric_of(key) for key in wanted], at)
    goal = [metric_of(one.design.goals[0])]
    by_group = {
        dimension: await store_exposures.sums(db, one, goal, at, by=dimension)
        for dimension in DIMENSIONS
    }
    counts, weights = _counts(one, tallies), _weights(one, tallies)
    tell = partial(funnel.told, language=language)
    split, judged = watch(counts, weights), _judged(one, sums, tell)
    return Results(
        experiment=one,
        at=at,
        exposed=counts,
        ripe=sum(tally.ripe for tally in tallies),
        mixed=sum(tally.mixed for tally in tallies),
        unasked=await store_experiments.unasked(db, one.id),
        split=split,
        final=check(counts, weights),
        findings=tuple(_findings(one, sums, tell, split, judged, _pace(tallies, at))),
        judgements=judged,
        groups=tuple(_groups(one, by_group)),
    )


def compared(sums: Iterable[Sums], control: str, other: str) -> tuple[Effect, bool]:
    """Other minus control, and whether it accounts for what people did before.

    Within each phase, so that a change of weights in a good week is no effect; and within it by
    CUPED for those who have a before. Strata too small for a variance are put together again.
    """
    known = list(sums)
    strata: list[Pair] = []
    is_adjusted = False
    for phase in sorted({one.phase for one in known}):
        here = [one for one in known if one.phase == phase]
        pairs, adjusted = _pairs(here, control, other)
        strata += pairs
        is_adjusted = is_adjusted or adjusted
    if len(strata) == 1 and not is_adjusted:
        return difference(*strata[0]), False
    if not strata or min(level.units for pair in strata for level in pair) < FEWEST:
        return difference(mean_of(_of(known, control)), mean_of(_of(known, other))), False
    return stratified_difference(strata), is_adjusted


def _pairs(sums: Sequence[Sums], control: str, other: str) -> tuple[list[Pair], bool]:
    before = [one for one in sums if one.has_before]
    without = [one for one in sums if not one.has_before]
    known = (_of(before, control), _of(before, other))
    unknown = (_of(without, control), _of(without, other))
    sizes = {arm.units for arm in unknown}
    fits = min(arm.units for arm in known) >= FEWEST and (sizes == {0} or min(sizes) >= FEWEST)
    if fits and slope(*known):
        return list(before_or_not(known, unknown)), True
    return [(mean_of(_of(sums, control)), mean_of(_of(sums, other)))], False


def _of(sums: Iterable[Sums], arm: str) -> Moments:
    return sum((one.moments for one in sums if one.arm == arm), Moments())


def _counts(one: Experiment, tallies: Sequence[Tally]) -> dict[str, int]:
    found = dict.fromkeys(one.arms, 0)
    for tally in tallies:
        found[tally.arm] = found.get(tally.arm, 0) + tally.units
    return found


def _weights(one: Experiment, tallies: Sequence[Tally]) -> dict[str, float]:
    """The shares the arms should have, over all phases, each by how many came in it.

    A sum of splits varies no more than one split by their mean, so the check stays valid.
    """
    came = {phase.number: 0 for phase in one.phases}
    for tally in tallies:
        came[tally.phase] += tally.units
    if not sum(came.values()):
        came[one.phase.number] = 1
    found = dict.fromkeys(one.arms, 0.0)
    for phase in one.phases:
        whole = sum(phase.weights.values())
        for arm, weight in phase.weights.items():
            found[arm] += came[phase.number] * weight / whole
    return found


def _pace(tallies: Sequence[Tally], at: datetime) -> float:
    """New units a day since the first."""
    if not tallies:
        return 0.0
    days = max((at - min(tally.first_at for tally in tallies)) / DAY, 1.0)
    return sum(tally.units for tally in tallies) / days


def _judged(one: Experiment, sums: Sequence[Sums], tell: Tell) -> dict[str, tuple[Judgement, ...]]:
    control, others = one.design.control, one.arms[1:]
    found = {}
    for arm in others:
        guardrails = []
        for limit in one.design.guardrails:
            metric = metric_of(limit.metric)
            effect, _ = compared(_about(sums, metric), control, arm)
            guardrails.append(
                Guardrail(
                    tell(metric.key),
                    effect,
                    limit.margin,
                    metric.higher_is_better,
                    metric.scale,
                )
            )
        found[arm] = judge(guardrails, ALPHA / len(others), one.design.hoped_for)
    return found


def _findings(
    one: Experiment,
    sums: Sequence[Sums],
    tell: Tell,
    split: SampleRatio,
    judged: Mapping[str, tuple[Judgement, ...]],
    pace: float,
) -> Iterable[Finding]:
    """Each goal for each variant; alpha is divided among them all."""
    control, others, goals = one.design.control, one.arms[1:], one.design.goals
    for place, key in enumerate(goals):
        metric = metric_of(key)
        about = _about(sums, metric)
        question = Question(
            tell(key),
            metric.scale,
            metric.higher_is_better,
            matters=None if place else one.design.matters,
            comparisons=len(others) * len(goals),
            tuned_for=one.design.hoped_for,
        )
        for arm in others:
            effect, is_adjusted = compared(about, control, arm)
            evidence = Evidence(
                control=control,
                other=arm,
                control_level=mean_of(_of(about, control)),
                other_level=mean_of(_of(about, arm)),
                effect=effect,
                split=split,
                guardrails=() if place else judged[arm],  # told once, with the first goal
                is_adjusted=is_adjusted,
                a_day=pace * 2 / len(one.arms),
            )
            yield Finding(metric, arm, conclude(question, evidence))


def _about(sums: Iterable[Sums], metric: Metric) -> list[Sums]:
    return [one for one in sums if one.metric == metric.key]


def _groups(one: Experiment, by_group: Mapping[str, Sequence[Sums]]) -> Iterable[Group]:
    """The largest groups of each kind, alpha divided among all that are shown."""
    control, others = one.design.control, one.arms[1:]
    shown = [
        (dimension, name, [each for each in sums if each.segment == name])
        for dimension, sums in by_group.items()
        for name in _largest(sums)
    ]
    for dimension, name, sums in shown:
        for arm in others:
            effect, _ = compared(sums, control, arm)
            yield Group(
                dimension,
                name,
                arm,
                mean_of(_of(sums, control)),
                mean_of(_of(sums, arm)),
                interval(effect, ALPHA / (len(shown) * len(others)), one.design.hoped_for),
            )


def _largest(sums: Sequence[Sums]) -> list[str]:
    """The names of the largest groups; none where everybody is in one."""
    sizes: dict[str, int] = {}
    for one in sums:
        sizes[one.segment] = sizes.get(one.segment, 0) + one.moments.units
    names = sorted(sizes, key=lambda name: (-sizes[name], name))
    return names[:MOST_GROUPS] if len(names) > 1 else []
