"""The journey of a person through the steps: gating, progress, and what may be changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property

from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import DEFAULT, N_
from firstmile.kernel.refusals import Conflict, Forbidden, Invalid, NotFound, Stale
from firstmile.onboarding.events import StepSettled, StepSnoozed


class Status(StrEnum):
    """The state of a step. `locked` is never stored: it follows from the other steps."""

    TODO = "todo"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    SKIPPED = "skipped"
    SNOOZED = "snoozed"
    LOCKED = "locked"


SETTLED = frozenset({Status.DONE, Status.SKIPPED})
LONGEST_SNOOZE = timedelta(days=366)


@dataclass(frozen=True)
class Definition:
    """One step as it is defined, with its texts by language.

    `fact` is what completes it by happening; `by_person` says that a person's word is enough.
    """

    key: str
    version: int
    titles: Mapping[str, str]
    descriptions: Mapping[str, str]
    required: bool = True
    weight: int = 1
    roles: frozenset[str] = frozenset()
    markets: frozenset[str] = frozenset()
    requires: tuple[str, ...] = ()
    fact: str | None = None
    by_person: bool = False
    href: str = ""

    def title(self, language: str) -> str:
        """The title in a language, or in the default one."""
        return self.titles.get(language) or self.titles[DEFAULT]

    def description(self, language: str) -> str:
        """The description in a language, or in the default one."""
        return self.descriptions.get(language) or self.descriptions[DEFAULT]


@dataclass(frozen=True)
class State:
    """Where a person is with one step; `row_version` 0 is a step nobody touched."""

    status: Status = Status.TODO
    version: int = 0
    row_version: int = 0
    snoozed_until: datetime | None = None


UNTOUCHED = State()


@dataclass(frozen=True)
class Traveller:
    """What onboarding knows of a person."""

    user_id: UserId
    roles: frozenset[str] = frozenset()
    market: str | None = None
    facts: frozenset[str] = frozenset()
    activated_at: datetime | None = None

    def may_take(self, step: Definition) -> bool:
        """Whether the step is for them. Who has no role yet may still get the one it asks for."""
        fits_role = not step.roles or not self.roles or bool(step.roles & self.roles)
        fits_market = not step.markets or "*" in step.markets or self.market in step.markets
        return fits_role and fits_market


class StepBlockedNow(Conflict):
    """The steps before it come first."""

    error = "step_blocked"

    def __init__(self, blocked_by: Sequence[str], next_step: str | None) -> None:
        super().__init__(
            N_("Finish the earlier steps first."),
            facts={"blockedBy": list(blocked_by), "nextStep": next_step},
        )
        self.blocked_by = list(blocked_by)
        self.next_step = next_step


@dataclass(frozen=True)
class Journey:
    """A person's steps in their order."""

    traveller: Traveller
    definitions: Sequence[Definition]
    states: Mapping[str, State]
    now: datetime

    @cached_property
    def steps(self) -> Sequence[Definition]:
        """The steps that are for this person."""
        return [step for step in self.definitions if self.traveller.may_take(step)]

    def step(self, key: str) -> Definition:
        """The step of this key; raises NotFound, or Forbidden when it is for another role."""
        step = next((one for one in self.definitions if one.key == key), None)
        if step is None:
            raise NotFound(N_("There is no such step."))
        if step.roles and self.traveller.roles and not step.roles & self.traveller.roles:
            raise role_required(step.roles)
        if not self.traveller.may_take(step):
            raise NotFound(N_("There is no such step."))
        return step

    def state(self, step: Definition) -> State:
        """What is stored of a step."""
        return self.states.get(step.key, UNTOUCHED)

    def status(self, step: Definition) -> Status:
        """The status a person sees."""
        state = self.state(step)
        if state.status in SETTLED:
            return state.status
        if self.blockers(step):
            return Status.LOCKED
        if state.status is Status.SNOOZED and not self._is_asleep(state):
            return Status.TODO
        return state.status

    def blockers(self, step: Definition) -> list[str]:
        """The steps that must be settled before this one, in their order."""
        if not step.requires:
            return []
        return [
            one.key for one in self.steps if one.key in step.requires and not self._is_past(one)
        ]

    def is_done(self, key: str) -> bool:
        """Whether the step is done; one that is not for this person never stands in the way."""
        return all(self._is_past(step) for step in self.steps if step.key == key)

    @property
    def progress(self) -> int:
        """Percent of the weight that is done; 100 only when every step is settled."""
        counted = [step for step in self.steps if self.state(step).status is not Status.SKIPPED]
        total = sum(step.weight for step in counted)
        done = sum(step.weight for step in counted if self.state(step).status is Status.DONE)
        return 100 if total == done else done * 100 // total

    @property
    def is_complete(self) -> bool:
        """Whether every required step is done."""
        return all(self.state(s).status is Status.DONE for s in self.steps if s.required)

    @property
    def next_step(self) -> str | None:
        """What to do now: the first open step, required ones first, sleeping ones last."""
        return self._first(self.steps)

    def next_toward(self, keys: Iterable[str]) -> str | None:
        """What to do now to get to the given steps."""
        wanted = self._with_requirements(set(keys))
        return self._first([step for step in self.steps if step.key in wanted])

    def settle(self, key: str, status: Status, *, seen: int) -> tuple[State, list[StepSettled]]:
        """What a person asks for, as the state to store and what to announce.

        Raises NotFound, Forbidden, Stale, StepBlockedNow, Invalid or Conflict, in this order.
        """
        step = self.step(key)
        state = self.state(step)
        if seen != state.row_version:
            raise Stale(N_("This step changed since you loaded it."))
        if status is state.status:
            return state, []
        if blockers := self.blockers(step):
            raise StepBlockedNow(blockers, self.next_toward(blockers))
        if state.status is Status.DONE:
            raise Conflict(N_("This step is done."), error="step_done")
        if status is Status.SKIPPED and step.required:
            raise Invalid(N_("This step is required and cannot be skipped."), error="step_required")
        if status is Status.DONE and not self._is_true(step):
            raise Conflict(
                N_("This step completes by itself once it is really done."),
                error="step_unverified",
                facts={"href": step.href},
            )
        return self._changed(step, state, status, "person")

    def settle_by_fact(self, fact: str) -> list[tuple[Definition, State, list[StepSettled]]]:
        """The steps that this fact completes, whatever stands before them: it has happened."""
        return [
            (step, *self._changed(step, self.state(step), Status.DONE, "fact"))
            for step in self.steps
            if step.fact == fact and self.state(step).status is not Status.DONE
        ]

    def snooze(self, key: str, until: datetime) -> tuple[State, list[StepSnoozed]]:
        """A step put off until `until`; raises as `settle` does, or Conflict when it is over."""
        step = self.step(key)
        state = self.state(step)
        if blockers := self.blockers(step):
            raise StepBlockedNow(blockers, self.next_toward(blockers))
        if state.status in SETTLED:
            raise Conflict(N_("This step is done."), error="step_done")
        if until <= self.now:
            raise Invalid.field("until", N_("Choose a moment that is still to come."))
        if until > self.now + LONGEST_SNOOZE:
            raise Invalid.field("until", N_("Choose a moment within a year."))
        wake = until.astimezone(UTC)
        event = StepSnoozed(user_id=self.traveller.user_id, step=key, until=wake.isoformat())
        return State(Status.SNOOZED, step.version, state.row_version + 1, wake), [event]

    def _changed(
        self, step: Definition, state: State, status: Status, reason: str
    ) -> tuple[State, list[StepSettled]]:
        event = StepSettled(
            user_id=self.traveller.user_id,
            step=step.key,
            version=step.version,
            before=state.status,
            after=status,
            reason=reason,
        )
        return State(status, step.version, state.row_version + 1), [event]

    def _is_true(self, step: Definition) -> bool:
        return step.by_person or step.fact in self.traveller.facts

    def _is_past(self, step: Definition) -> bool:
        return self.state(step).status in SETTLED

    def _is_asleep(self, state: State) -> bool:
        return (
            state.status is Status.SNOOZED
            and state.snoozed_until is not None
            and self.now < state.snoozed_until
        )

    def _first(self, steps: Sequence[Definition]) -> str | None:
        open_steps = [step for step in steps if not self._is_past(step) and not self.blockers(step)]
        open_steps.sort(key=lambda step: (self._is_asleep(self.state(step)), not step.required))
        return open_steps[0].key if open_steps else None

    def _with_requirements(self, keys: set[str]) -> set[str]:
        needed = {one for step in self.steps if step.key in keys for one in step.requires}
        return keys if needed <= keys else self._with_requirements(keys | needed)


def role_required(roles: frozenset[str]) -> Forbidden:
    """The refusal for a person in another role."""
    if roles == {"owner"}:
        return Forbidden(N_("Only an owner of the project can do this."), error="owner_required")
    return Forbidden(
        N_("Your role does not allow this."), error="role_required", details=sorted(roles)
    )
