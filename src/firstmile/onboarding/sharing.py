"""A journey of one's own steps and of those that the members of a project share: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from firstmile.onboarding.step_models import Definition, State, Status

States = Mapping[str, State]


def joined(definitions: Sequence[Definition], own: States, shared: States) -> dict[str, State]:
    """The state of every step: shared ones from the project, all others from the person.

    What was kept of a step while it had the other scope counts for nothing.
    """
    states = dict(own)
    for step in definitions:
        if step.is_shared:
            states.pop(step.key, None)
            if (state := shared.get(step.key)) is not None:
                states[step.key] = fitting(state, step)
    return states


def joined_dates(
    definitions: Sequence[Definition], own: Mapping[str, datetime], shared: Mapping[str, datetime]
) -> dict[str, datetime]:
    """The same for when each was last changed."""
    keys = {step.key for step in definitions if step.is_shared}
    return {
        **{key: moment for key, moment in own.items() if key not in keys},
        **{key: moment for key, moment in shared.items() if key in keys},
    }


def fitting(state: State, step: Definition) -> State:
    """A state of a project as the definition in force has it; its row version stays.

    As people are when steps change: who had begun an earlier version begins again, whatever a
    server was asked of it, and what was put aside is open when it is required now. Nothing is
    written for it where no move names the step, so undoing the change gives back what was.
    """
    began_before = state.status is Status.IN_PROGRESS and state.version < step.version
    put_aside = state.status is Status.SKIPPED and step.required
    if began_before or put_aside:
        return replace(state, status=Status.TODO, verdict=None, asked_by=None)
    return state
