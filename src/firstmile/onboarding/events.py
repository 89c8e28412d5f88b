"""What onboarding announces."""

from uuid import UUID

from firstmile.kernel.events import Event, PersonalEvent


class JourneyStarted(PersonalEvent, frozen=True):
    """A person has begun their first mile."""


class StepSettled(PersonalEvent, frozen=True):
    """A step has another status; `reason` says whether a person or a fact did it.

    Of a step that the members of a project share it is announced once, of who did it.
    """

    step: str
    version: int
    before: str
    after: str
    reason: str
    project_id: UUID | None = None


class StepSnoozed(PersonalEvent, frozen=True):
    """A step was put off."""

    step: str
    until: str
    project_id: UUID | None = None


class Activated(PersonalEvent, frozen=True):
    """Every required step is done. Announced once for each person, by a job where a change of the
    steps made it so.
    """


class StepsMoved(PersonalEvent, frozen=True):
    """Another edition of the definitions moved a person; statuses by step, before and after.

    It is kept for everybody at once and not announced one by one.
    """

    edition: int
    before: dict[str, str]
    after: dict[str, str]
    activated: bool
    deactivated: bool


class StepsApplied(Event, frozen=True):
    """Definitions were put into force, or an edition was undone."""

    edition: int
    author: str
    author_id: UUID | None
    reason: str
    undoes: int | None


class VerificationAsked(PersonalEvent, frozen=True):
    """A person says that a step is done, and a server is to say if it is."""

    step: str
    version: int
    before: str
    project_id: UUID | None = None


class VerificationFailed(PersonalEvent, frozen=True):
    """A server found that a step is not done; `codes` says what is wrong.

    Of a step that the members of a project share it is announced once, of who asked.
    """

    step: str
    version: int
    before: str
    codes: list[str]
    project_id: UUID | None = None


class StepReopened(PersonalEvent, frozen=True):
    """A step that was settled is to be done again, and why."""

    step: str
    version: int
    before: str
    why: str
    project_id: UUID | None = None


class SharedStepsChanged(Event, frozen=True):
    """What these members of a project see of its steps is another now."""

    project_id: UUID
    members: list[UUID]


class AttributesNoted(PersonalEvent, frozen=True):
    """The customer's server said what is known of a person; only the names are kept."""

    names: list[str]
