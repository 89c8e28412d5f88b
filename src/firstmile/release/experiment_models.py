"""An experiment as it is kept, and the rules of its life: draft, running, stopped, decided."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from msgspec import structs

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Invalid, NotFound
from firstmile.release.models import Author
from firstmile.targeting.flags import Flag, Kind, Serve

MOST_GOALS, MOST_GUARDRAILS = 3, 6
LONGEST_WINDOW = 90  # days: within the year that anything is kept
MOST_NAME, MOST_HYPOTHESIS = 100, 1000  # characters
BEYOND, MOST_UNITS = 1e6, 10**8  # what no difference of a figure, and no experiment, gets to


class State(StrEnum):
    """Where an experiment is in its life."""

    DRAFT = "draft"
    RUNNING = "running"
    STOPPED = "stopped"
    DECIDED = "decided"


class Unit(StrEnum):
    """Who is counted once: a person with an account, or a browser before there is one."""

    USER = "user"
    VISITOR = "visitor"


@dataclass(frozen=True)
class Limit:
    """A guardrail as it was agreed: the figure, and how much worse it may get."""

    metric: str
    margin: float = 0.0


@dataclass(frozen=True)
class Design:
    """What an experiment is to find out and how, settled before its first exposure.

    `matters` is the smallest difference of the first goal worth a change, in its unit (0.02 is
    two points). `hoped_for` is the number of units at which the range is to be narrowest.
    """

    environment: str
    flag_key: str
    name: str
    hypothesis: str
    control: str
    goals: tuple[str, ...]
    guardrails: tuple[Limit, ...] = ()
    unit: Unit = Unit.USER
    needs_consent: bool = False
    window_days: int = 7
    matters: float | None = None
    hoped_for: int = 5_000

    @property
    def window(self) -> timedelta:
        """How long after their first exposure people are followed."""
        return timedelta(days=self.window_days)


@dataclass(frozen=True)
class Phase:
    """A time in which the weights of the variants stayed the same."""

    number: int
    weights: Mapping[str, int]
    since: datetime


@dataclass(frozen=True)
class Experiment:
    """An experiment and how far it is. `shipped` is None where a decision kept nothing new."""

    id: UUID
    design: Design
    state: State
    row_version: int
    created_at: datetime
    phases: tuple[Phase, ...] = ()
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    decided_at: datetime | None = None
    shipped: str | None = None

    @property
    def phase(self) -> Phase:
        """The present phase; LookupError of a draft."""
        return self.phases[-1]

    @property
    def arms(self) -> tuple[str, ...]:
        """Every variant that had a place in any phase, the control first."""
        known = dict.fromkeys(arm for phase in self.phases for arm in phase.weights)
        others = [arm for arm in known if arm != self.design.control]
        return (self.design.control, *others) if known else ()

    def started(self, flag: Flag | None, now: datetime) -> "Experiment":
        """Running, with the weights of its flag. Raises Conflict, or Invalid with what is wrong."""
        self._must_be(State.DRAFT)
        weights = weights_of(flag)
        if self.design.control not in weights:
            raise Invalid.field("control", N_("The flag does not split people to this variant."))
        phases = (Phase(1, weights, now),)
        return replace(self, state=State.RUNNING, started_at=now, phases=phases)

    def with_weights(self, weights: Mapping[str, int], now: datetime) -> "Experiment":
        """In another phase, when these are other weights than before."""
        if self.state is not State.RUNNING or weights == self.phase.weights:
            return self
        return replace(self, phases=(*self.phases, Phase(self.phase.number + 1, weights, now)))

    def stopped(self, now: datetime) -> "Experiment":
        """Closed to new units; those who are in keep their variant until it is decided."""
        self._must_be(State.RUNNING)
        return replace(self, state=State.STOPPED, stopped_at=now)

    def decided(self, shipped: str | None, now: datetime) -> "Experiment":
        """Over, with the variant that everybody gets from now on; the control when None."""
        self._must_be(State.RUNNING, State.STOPPED)
        if shipped is not None and shipped not in self.arms:
            raise Invalid.field("shipped", N_("This is none of its variants."))
        ended = self.stopped_at or now
        return replace(self, state=State.DECIDED, stopped_at=ended, decided_at=now, shipped=shipped)

    def redesigned(self, design: Design) -> "Experiment":
        """A draft with another design; what has begun keeps the one it began with."""
        self._must_be(State.DRAFT)
        return replace(self, design=design)

    def _must_be(self, *states: State) -> None:
        if self.state not in states:
            raise Conflict(
                N_("The experiment is in no state for that."),
                error="experiment_state",
                facts={"state": str(self.state)},
            )


@dataclass(frozen=True)
class Note:
    """One thing that was done to an experiment: what, by whom, and why."""

    what: str
    author: Author
    reason: str
    at: datetime


def weights_of(flag: Flag | None) -> dict[str, int]:
    """The weights by which a flag splits people; Invalid when it is no flag to experiment on.

    Only the split of everybody counts: who is served by a rule, a list or a market is no part.
    """
    if flag is None:
        raise Invalid.field("flagKey", N_("There is no such flag in this environment."))
    if flag.kind is not Kind.EXPERIMENT:
        raise Invalid.field("flagKey", N_("The flag must be of the kind “experiment”."))
    if not flag.enabled:
        raise Invalid.field("flagKey", N_("Switch the flag on first."))
    weights = {one.variant: one.weight for one in flag.serve.weights}
    if sum(weight > 0 for weight in weights.values()) < 2 or flag.serve.rollout_percentage < 100:
        raise Invalid.field(
            "flagKey", N_("The flag must split everybody by the weights of two variants or more.")
        )
    return weights


def serving(flag: Flag, variant: str) -> Flag:
    """The flag with one variant for everybody whom it split before."""
    return structs.replace(flag, serve=Serve(variant=variant))


def check_design(design: Design) -> Design:
    """The design with its texts tidied; Invalid with everything that is wrong with it."""
    tidy = replace(design, name=" ".join(design.name.split()), hypothesis=design.hypothesis.strip())
    wrong = [{"field": field, "message": message} for field, message in _wrong_with(tidy)]
    if wrong:
        raise Invalid(N_("Some of this needs another look."), details=wrong)
    return tidy


def _wrong_with(design: Design) -> list[tuple[str, str]]:
    complaints = [*_wrong_words(design), *_wrong_figures(design)]
    return [(field, message) for is_so, field, message in complaints if is_so]


def _wrong_words(design: Design) -> list[tuple[bool, str, str]]:
    name, hypothesis = design.name, design.hypothesis
    return [
        (not name, "name", N_("Give it a name.")),
        (len(name) > MOST_NAME, "name", N_("Say it in 100 characters.")),
        (not hypothesis, "hypothesis", N_("Say what you expect, and why.")),
        (len(hypothesis) > MOST_HYPOTHESIS, "hypothesis", N_("Say it in 1000 characters.")),
        (not design.flag_key, "flagKey", N_("Name the flag it is about.")),
        (not design.control, "control", N_("Name the variant the others are held against.")),
    ]


def _wrong_figures(design: Design) -> list[tuple[bool, str, str]]:
    goals, guarded = design.goals, [one.metric for one in design.guardrails]
    is_twice = len(set(goals)) != len(goals) or len(set(guarded)) != len(guarded)
    days, matters = design.window_days, design.matters
    return [
        (not 1 <= len(goals) <= MOST_GOALS, "goals", N_("Choose one to three figures.")),
        (is_twice, "goals", N_("Choose each figure once.")),
        (len(guarded) > MOST_GUARDRAILS, "guardrails", N_("Choose at most six figures.")),
        (
            any(not 0 <= one.margin < BEYOND for one in design.guardrails),
            "guardrails",
            N_("A margin is 0 or more."),
        ),
        (not 1 <= days <= LONGEST_WINDOW, "windowDays", N_("Follow people for 1 to 90 days.")),
        (
            matters is not None and not 0 < matters < BEYOND,
            "matters",
            N_("A difference that matters is above 0."),
        ),
        (not 100 <= design.hoped_for <= MOST_UNITS, "hopedFor", N_("Hope for 100 or more.")),
    ]


def no_such_experiment() -> NotFound:
    """The answer for an experiment that is not there."""
    return NotFound(N_("There is no such experiment."))
