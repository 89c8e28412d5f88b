"""What a verdict of the customer's server makes of a step."""

from dataclasses import dataclass
from enum import StrEnum

from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, NotFound
from firstmile.onboarding.events import StepReopened, VerificationFailed
from firstmile.onboarding.models import SETTLED, Change, Definition, Journey, State, Status
from firstmile.onboarding.verifying import Fault, Judged, Verdict


class Said(StrEnum):
    """What a server may say of a step."""

    DONE = "done"
    FAILED = "failed"
    REOPENED = "reopened"


@dataclass(frozen=True)
class Judgement:
    """A server's word on a step, with what is wrong, or why it is to be done again."""

    said: Said
    errors: tuple[Fault, ...] = ()
    reason: str = ""


def judge(journey: Journey, key: str, judgement: Judgement) -> Change:
    """The step after the verdict, whatever stands before it; said again it changes nothing.

    Raises NotFound, and Conflict for a step that is none of the server's business, or one that
    is done and said to have failed.
    """
    step = _found(journey, key)
    state = journey.state(step)
    if judgement.said is Said.REOPENED:
        return _reopened(journey, step, state, judgement)
    if step.call is None:
        raise Conflict(N_("No server says whether this step is done."), error="not_by_call")
    if judgement.said is Said.DONE:
        if state.status is Status.DONE:
            return state, []
        return journey.changed(step, Status.DONE, "call")
    return _failed(journey, step, state, judgement)


def _found(journey: Journey, key: str) -> Definition:
    """A step of theirs, or any of their project: it is done or not whoever of them may do it."""
    step = journey.defined(key)
    if not step.is_shared and not journey.traveller.may_take(step):
        raise NotFound(N_("There is no such step."))
    return step


def _reopened(journey: Journey, step: Definition, state: State, judgement: Judgement) -> Change:
    if step.verified_by == "fact":
        raise Conflict(N_("This step follows from a fact of our own."), error="not_by_call")
    if state.status not in SETTLED:
        return state, []
    event = StepReopened(
        user_id=journey.traveller.user_id,
        step=step.key,
        version=step.version,
        before=state.status,
        why=judgement.reason,
        project_id=journey.project_of(step),
    )
    verdict = Verdict(Judged.REOPENED, judgement.errors, judgement.reason, journey.now)
    return State(Status.TODO, step.version, state.row_version + 1, None, verdict), [event]


def _failed(journey: Journey, step: Definition, state: State, judgement: Judgement) -> Change:
    if state.status is Status.DONE:
        raise Conflict(N_("This step is done; say that it is opened again."), error="step_done")
    if state.status is Status.SKIPPED:
        return state, []
    verdict = Verdict(Judged.FAILED, judgement.errors, judgement.reason)
    if verdict == state.verdict:
        return state, []
    event = VerificationFailed(
        user_id=journey.traveller.user_id,
        step=step.key,
        version=step.version,
        before=state.status,
        codes=[fault.code for fault in judgement.errors],
        project_id=journey.project_of(step),
    )
    raised, asked_by = state.row_version + 1, state.asked_by
    after = State(Status.IN_PROGRESS, step.version, raised, None, verdict, asked_by=asked_by)
    return after, [event]
