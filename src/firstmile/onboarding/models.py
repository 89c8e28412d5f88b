"""The journey of a person through the steps: gating, progress, and what may be changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from uuid import UUID

from firstmile.kernel.events import Event
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Forbidden, Invalid, NotFound, Stale
from firstmile.onboarding.events import StepSettled, StepSnoozed, VerificationAsked
from firstmile.onboarding.leaves import Asks, Leaf, Met, Weighed
from firstmile.onboarding.reasons import Reason, Reasoned, ReasonKind
from firstmile.onboarding.requirements import Need
from firstmile.onboarding.step_models import (
    LONGEST_SNOOZE,
    SETTLED,
    UNTOUCHED,
    Attributes,
    Definition,
    Doer,
    Membership,
    Scope,
    State,
    Status,
    Traveller,
)
from firstmile.onboarding.verifying import PENDING, Verdict

__all__ = [
    "LONGEST_SNOOZE",
    "SETTLED",
    "UNTOUCHED",
    "Attributes",
    "Definition",
    "Doer",
    "Journey",
    "Membership",
    "NotYourRole",
    "NotYours",
    "ProjectNeeded",
    "Scope",
    "State",
    "Status",
    "StepBlockedNow",
    "StepUnverified",
    "Traveller",
    "not_your_role",
]


# The state to store, and what to announce; nothing to announce is nothing to store.
Change = tuple[State, list[Event]]


class StepBlockedNow(Reasoned, Conflict):
    """The steps before it come first."""

    error = "step_blocked"

    def __init__(
        self, blocked_by: Sequence[str], next_step: str | None, reasons: Sequence[Reason] = ()
    ) -> None:
        super().__init__(
            N_("Finish the earlier steps first."),
            facts={"blockedBy": list(blocked_by), "nextStep": next_step},
        )
        self.blocked_by = list(blocked_by)
        self.next_step = next_step
        self.reasons = reasons


class StepUnverified(Reasoned, Conflict):
    """A person's word is not enough for the step."""

    error = "step_unverified"

    def __init__(self, step: Definition) -> None:
        super().__init__(
            N_("This step completes by itself once it is really done."), facts={"href": step.href}
        )
        fact = step.fact or (step.event.event if step.event else "")
        self.reasons = [Reason(ReasonKind.FACT, (fact,), href=step.href, step=step.key)]


class ProjectNeeded(Conflict):
    """The members of a project have the step together, and the person is in none."""

    error = "project_needed"

    def __init__(self) -> None:
        super().__init__(N_("This step belongs to a project. Create one, or join one, first."))


class NotYourRole(Reasoned, Forbidden):
    """It is for people in another role."""

    error = "role_required"

    def __init__(self, roles: frozenset[str]) -> None:
        super().__init__(N_("Your role does not allow this."), details=sorted(roles))
        self.reasons = [Reason(ReasonKind.ROLE, tuple(sorted(roles)))]


class NotYours(NotYourRole):
    """It is for owners of the project."""

    error = "owner_required"

    def __init__(self, roles: frozenset[str]) -> None:
        super().__init__(roles)
        self.message, self.details = N_("Only an owner of the project can do this."), None


def not_your_role(roles: frozenset[str]) -> NotYourRole:
    """The refusal for a person in another role."""
    return NotYours(roles) if roles == {"owner"} else NotYourRole(roles)


def not_meant(leaf: Leaf) -> Forbidden | NotFound:
    """The refusal of a step that is not for a person; of other markets' they hear nothing."""
    if leaf.asks is Asks.ROLE:
        return not_your_role(leaf.asked)
    return NotFound(N_("There is no such step."))


@dataclass(frozen=True)
class Journey:
    """A person's steps in their order; `since` tells when a settled step was settled."""

    traveller: Traveller
    definitions: Sequence[Definition]
    states: Mapping[str, State]
    now: datetime
    since: Mapping[str, datetime] = field(default_factory=dict)

    @cached_property
    def steps(self) -> Sequence[Definition]:
        """The steps that are for this person."""
        return [step for step in self.definitions if self.traveller.may_take(step)]

    @cached_property
    def _mine(self) -> Mapping[str, Definition]:
        return {step.key: step for step in self.steps}

    def step(self, key: str) -> Definition:
        """The step of this key; raises NotFound, or Forbidden when it is for another role."""
        step = self.defined(key)
        leaf = Weighed([*self.traveller.leaves_of(step)]).refused_by
        if leaf is not None:
            raise not_meant(leaf)
        return step

    def defined(self, key: str) -> Definition:
        """The step of this key, whomever it is for; raises NotFound."""
        step = next((one for one in self.definitions if one.key == key), None)
        if step is None:
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
        if self.blockers(step) or not self.has_place(step):
            return Status.LOCKED
        if state.status is Status.SNOOZED and not self._is_asleep(state):
            return Status.TODO
        return state.status

    def has_place(self, step: Definition) -> bool:
        """Whether there is something to do the step in: one that is shared is of a project."""
        return not step.is_shared or self.traveller.membership is not None

    def done_at(self, step: Definition) -> datetime | None:
        """When a shared step was done; None for others."""
        is_done = step.is_shared and self.state(step).status is Status.DONE
        return self.since.get(step.key) if is_done else None

    def blockers(self, step: Definition) -> list[str]:
        """The steps that must be settled before this one, in their order."""
        return self._keys_of(self.unmet(step.needs)) if step.needs else []

    def unmet(self, needs: Iterable[Need]) -> list[Need]:
        """The requirements that hold this person up, each with those of its steps they may take."""
        return [narrowed(found) for need in needs if not (found := self.met(need)).holds]

    def met(self, need: Need) -> Met:
        """Whether a requirement is met."""
        mine = tuple(key for key in need.any_of if key in self._mine)
        return Met(need, mine, not mine or any(self._is_past(self._mine[key]) for key in mine))

    def check_needs(self, needs: Iterable[Need]) -> None:
        """Pass, or raise StepBlockedNow."""
        if (refusal := self.blocked([self.met(need) for need in needs])) is not None:
            raise refusal

    def blocked(self, needs: Iterable[Met]) -> StepBlockedNow | None:
        """The refusal for requirements of which some are not met."""
        unmet = [narrowed(found) for found in needs if not found.holds]
        if not unmet:
            return None
        ways = {key for need in unmet for key in need.toward}
        reasons = [self.reason(need) for need in unmet]
        return StepBlockedNow(self._keys_of(unmet), self.next_toward(ways), reasons)

    def reason(self, need: Need) -> Reason:
        """Why a requirement that is not met holds somebody up, and what to do about it."""
        way = self._mine[need.toward[0]]
        href = need.fix.href if need.fix and need.fix.href else way.href
        return Reason(
            ReasonKind.STEP if len(need.any_of) == 1 else ReasonKind.ANY,
            need.any_of,
            tuple(self._mine[key].titles for key in need.any_of),
            need.reasons,
            href,
            way.key,
        )

    def is_done(self, key: str) -> bool:
        """Whether the step is done; one that is not for this person never stands in the way."""
        return key not in self._mine or self._is_past(self._mine[key])

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

    def settle(self, key: str, status: Status, *, seen: int) -> Change:
        """What a person asks for, as the state to store and what to announce.

        A step that a server verifies is pending from then on.
        Raises NotFound, Forbidden, Stale, StepBlockedNow, ProjectNeeded, Invalid or Conflict, in
        this order.
        """
        step = self.step(key)
        state = self.state(step)
        if seen != state.row_version:
            raise Stale(N_("This step changed since you loaded it."))
        if status is state.status:
            return state, []
        self._check_open(step)
        if state.status is Status.DONE:
            raise Conflict(N_("This step is done."), error="step_done")
        if status is Status.SKIPPED and step.required:
            raise Invalid(N_("This step is required and cannot be skipped."), error="step_required")
        if status is Status.DONE and not self._is_true(step):
            if step.call is None:
                raise StepUnverified(step)
            return self._asked(step, state)
        why = state.verdict if state.is_reopened and status not in SETTLED else None
        return self.changed(step, status, "person", why)

    def settle_by_fact(
        self, fact: str, scope: Scope = Scope.USER
    ) -> list[tuple[Definition, Change]]:
        """The steps that this fact completes, whatever stands before them: it has happened.

        A fact about a person completes their own steps, one about a project those of its members,
        whoever of them brought it about.
        """
        return [
            (step, self.changed(step, Status.DONE, "fact"))
            for step in (self.definitions if scope is Scope.PROJECT else self.steps)
            if step.fact == fact
            and step.scope is scope
            and self.state(step).status is not Status.DONE
        ]

    def snooze(self, key: str, until: datetime) -> Change:
        """A step put off until `until`; raises as `settle` does, or Conflict when it is over."""
        step = self.step(key)
        state = self.state(step)
        self._check_open(step)
        if state.status in SETTLED:
            raise Conflict(N_("This step is done."), error="step_done")
        if until <= self.now:
            raise Invalid.field("until", N_("Choose a moment that is still to come."))
        if until > self.now + LONGEST_SNOOZE:
            raise Invalid.field("until", N_("Choose a moment within a year."))
        wake = until.astimezone(UTC)
        event = StepSnoozed(
            user_id=self.traveller.user_id,
            step=key,
            until=wake.isoformat(),
            project_id=self.project_of(step),
        )
        raised = state.row_version + 1
        after = State(
            Status.SNOOZED, step.version, raised, wake, state.verdict, asked_by=state.asked_by
        )
        return after, [event]

    def changed(
        self, step: Definition, status: Status, reason: str, verdict: Verdict | None = None
    ) -> Change:
        """Another status of a step, whatever it was; `reason` says who found so."""
        state = self.state(step)
        event = StepSettled(
            user_id=self.traveller.user_id,
            step=step.key,
            version=step.version,
            before=state.status,
            after=status,
            reason=reason,
            project_id=self.project_of(step),
        )
        doer = self._doer(step) if status is Status.DONE else None
        return State(status, step.version, state.row_version + 1, None, verdict, doer), [event]

    def project_of(self, step: Definition) -> UUID | None:
        """The project a step is of; None for a step of one's own, and for who is in none."""
        found = self.traveller.membership if step.is_shared else None
        return None if found is None else found.project_id

    def _check_open(self, step: Definition) -> None:
        self.check_needs(step.needs)
        if not self.has_place(step):
            raise ProjectNeeded

    def _doer(self, step: Definition) -> Doer | None:
        found = self.traveller.membership if step.is_shared else None
        return None if found is None else Doer(self.traveller.user_id, found.name)

    def _asked(self, step: Definition, state: State) -> Change:
        if state.is_pending:
            return state, []
        event = VerificationAsked(
            user_id=self.traveller.user_id,
            step=step.key,
            version=step.version,
            before=state.status,
            project_id=self.project_of(step),
        )
        raised = state.row_version + 1
        asked_by = self.traveller.user_id if step.is_shared else None
        after = State(Status.IN_PROGRESS, step.version, raised, None, PENDING, asked_by=asked_by)
        return after, [event]

    def _is_true(self, step: Definition) -> bool:
        return step.by_person or step.fact in self.traveller.facts_for(step)

    def _is_past(self, step: Definition) -> bool:
        return self.state(step).status in SETTLED

    def _is_open(self, step: Definition) -> bool:
        return not self._is_past(step) and not self.blockers(step) and self.has_place(step)

    def _is_asleep(self, state: State) -> bool:
        return (
            state.status is Status.SNOOZED
            and state.snoozed_until is not None
            and self.now < state.snoozed_until
        )

    def _first(self, steps: Sequence[Definition]) -> str | None:
        open_steps = [step for step in steps if self._is_open(step)]
        open_steps.sort(key=lambda step: (self._is_asleep(self.state(step)), not step.required))
        return open_steps[0].key if open_steps else None

    def _with_requirements(self, keys: set[str]) -> set[str]:
        waiting = [self._mine[key] for key in keys if key in self._mine]
        needed = {key for step in waiting for need in self.unmet(step.needs) for key in need.toward}
        return keys if needed <= keys else self._with_requirements(keys | needed)

    def _keys_of(self, needs: Sequence[Need]) -> list[str]:
        named = {key for need in needs for key in need.any_of}
        return [step.key for step in self.steps if step.key in named]


def narrowed(met: Met) -> Need:
    """The requirement with those of its steps alone that are for the person."""
    return met.need if met.mine == met.need.any_of else replace(met.need, any_of=met.mine)
