"""What is due of a journey, and until when."""

from dataclasses import dataclass
from datetime import datetime

from firstmile.onboarding.models import SETTLED, Definition, Journey, Status


@dataclass(frozen=True)
class Dues:
    """The keys of what is asked for and not settled, each in one list (in Stripe's words).

    What is past due stands there alone, also when it is not open yet.
    """

    currently_due: tuple[str, ...] = ()
    eventually_due: tuple[str, ...] = ()
    past_due: tuple[str, ...] = ()
    pending_verification: tuple[str, ...] = ()
    current_deadline: datetime | None = None


def due_at(journey: Journey, step: Definition) -> datetime | None:
    """Until when a step is to be done; None when it has no date, or none that is known yet."""
    if step.due is None:
        return None
    return step.due.moment(journey.traveller.started_at, opened_at(journey, step))


def opened_at(journey: Journey, step: Definition) -> datetime | None:
    """Since when a step is open: its last requirement was met, or the journey began.

    None while it is locked.
    """
    if journey.unmet(step.needs):
        return None
    moments = [journey.traveller.started_at]
    for need in step.needs:
        met = [journey.since[key] for key in need.any_of if key in journey.since]
        moments.append(min(met, default=None))
    return max((moment for moment in moments if moment is not None), default=None)


def is_late(journey: Journey, step: Definition) -> bool:
    """Whether a step that is not settled is past its date."""
    due = due_at(journey, step)
    return due is not None and journey.now >= due and journey.state(step).status not in SETTLED


def dues_of(journey: Journey) -> Dues:
    """What is asked for and not settled: required steps, and others that have a date."""
    lists: dict[str, list[str]] = {"current": [], "eventual": [], "past": [], "pending": []}
    deadlines = []
    for step in journey.steps:
        if journey.state(step).status in SETTLED or not (step.required or step.due):
            continue
        lists[_list_of(journey, step)].append(step.key)
        deadlines.append(due_at(journey, step))
    return Dues(
        tuple(lists["current"]),
        tuple(lists["eventual"]),
        tuple(lists["past"]),
        tuple(lists["pending"]),
        min((moment for moment in deadlines if moment is not None), default=None),
    )


def _list_of(journey: Journey, step: Definition) -> str:
    if journey.state(step).is_pending:
        return "pending"
    if is_late(journey, step):
        return "past"
    return "eventual" if journey.status(step) is Status.LOCKED else "current"
