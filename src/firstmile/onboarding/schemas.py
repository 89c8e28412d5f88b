"""The JSON of onboarding."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from firstmile.onboarding.dues import due_at, dues_of
from firstmile.onboarding.models import Definition, Journey
from firstmile.onboarding.reasons import ReasonOut
from firstmile.onboarding.verifying import Verdict


class Wire(msgspec.Struct, rename="camel", kw_only=True):
    """camelCase on the wire."""


class FaultOut(Wire):
    """One thing that is wrong, as the server that verifies puts it."""

    code: str
    message: str


class VerificationOut(Wire):
    """Who says that a step is done, and where that stands.

    `state` is null, or `pending` while a server is to say, `failed` with `errors`, or `reopened`
    with the `reason`.
    """

    by: Literal["person", "fact", "event", "call"]
    state: Literal["pending", "failed", "reopened"] | None = None
    errors: list[FaultOut] = []
    reason: str = ""

    @classmethod
    def of(cls, step: Definition, verdict: Verdict | None) -> "VerificationOut":
        """The verification of a step."""
        by: Any = step.verified_by
        if verdict is None:
            return cls(by=by)
        errors = [FaultOut(code=one.code, message=one.message) for one in verdict.errors]
        return cls(by=by, state=verdict.state.value, errors=errors, reason=verdict.reason)


class RequirementsOut(Wire):
    """The keys of what is asked for and not settled, each in one list: steps that are open, that
    open later, whose date is over, and that a server is to verify. The next date comes with it.
    """

    currently_due: list[str] = []
    eventually_due: list[str] = []
    past_due: list[str] = []
    pending_verification: list[str] = []
    current_deadline: datetime | None = None

    @classmethod
    def of(cls, journey: Journey) -> "RequirementsOut":
        """What is due of a journey."""
        dues = dues_of(journey)
        return cls(
            currently_due=list(dues.currently_due),
            eventually_due=list(dues.eventually_due),
            past_due=list(dues.past_due),
            pending_verification=list(dues.pending_verification),
            current_deadline=dues.current_deadline,
        )


class SharingProjectOut(Wire):
    """The project whose steps its members share."""

    id: UUID
    name: str


class StepOut(Wire):
    """One step as its person sees it.

    The members of a project have one of the scope `project` together: `done_by` is who of them did
    it, null when they gave no name or are gone.
    """

    key: str
    title: str
    description: str
    status: str
    required: bool
    weight: int
    version: int
    row_version: int
    blocked_by: list[str]
    reasons: list[ReasonOut]
    href: str
    verification: VerificationOut
    snoozed_until: datetime | None = None
    due_at: datetime | None = None
    scope: Literal["user", "project"] = "user"
    done_by: str | None = None
    done_at: datetime | None = None

    @classmethod
    def of(cls, journey: Journey, step: Definition, language: str) -> "StepOut":
        """A step in a language."""
        state = journey.state(step)
        status = journey.status(step)
        return cls(
            key=step.key,
            title=step.title(language),
            description=step.description(language),
            status=status,
            required=step.required,
            weight=step.weight,
            version=step.version,
            row_version=state.row_version,
            blocked_by=journey.blockers(step),
            reasons=[journey.reason(need).told(language) for need in journey.unmet(step.needs)],
            href=step.href,
            verification=VerificationOut.of(step, state.verdict),
            snoozed_until=state.snoozed_until if status == "snoozed" else None,
            due_at=due_at(journey, step),
            scope="project" if step.is_shared else "user",
            done_by=(state.done_by.name or None) if state.done_by else None,
            done_at=journey.done_at(step),
        )


class JourneyOut(Wire):
    """A whole journey; `progress` is 0 to 100. `project` is the one that shared steps are of.

    While onboarding is switched off it is `off` and empty, as for somebody with nothing left to do.
    """

    progress: int
    activated: bool
    next_step: str | None
    steps: list[StepOut]
    requirements: RequirementsOut
    off: bool = False
    project: SharingProjectOut | None = None

    @classmethod
    def of(cls, journey: Journey, language: str) -> "JourneyOut":
        """A journey in a language."""
        return cls(
            progress=journey.progress,
            activated=is_activated(journey),
            next_step=journey.next_step,
            steps=[StepOut.of(journey, step, language) for step in journey.steps],
            requirements=RequirementsOut.of(journey),
            project=_project_of(journey),
        )


class StepChangeIn(Wire):
    """What a person asks for, and the row version they saw."""

    status: Literal["todo", "in_progress", "done", "skipped"]
    row_version: int


class SnoozeIn(Wire):
    """A step to put off; `until` has a time zone, a week from now when left out."""

    key: str
    until: datetime | None = None


class StepChangedOut(Wire):
    """A step after a change, and what it did to the journey."""

    step: StepOut
    progress: int
    activated: bool
    next_step: str | None

    @classmethod
    def of(cls, journey: Journey, key: str, language: str) -> "StepChangedOut":
        """The answer to a change."""
        return cls(
            step=StepOut.of(journey, journey.step(key), language),
            progress=journey.progress,
            activated=is_activated(journey),
            next_step=journey.next_step,
        )


class GateOut(Wire):
    """The way is free."""

    allowed: Literal[True] = True


def _project_of(journey: Journey) -> SharingProjectOut | None:
    found = journey.traveller.membership
    return None if found is None else SharingProjectOut(id=found.project_id, name=found.project)


def is_activated(journey: Journey) -> bool:
    """Whether the person is, or by this very change becomes, activated."""
    return journey.traveller.activated_at is not None or journey.is_complete
