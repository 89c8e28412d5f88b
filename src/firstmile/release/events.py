"""What release announces."""

from uuid import UUID

from firstmile.kernel.events import Event


class SwitchedOff(Event, frozen=True):
    """A part of the product, or all of it, was switched off; by the command when nobody's id."""

    area: str
    reason: str
    staff_id: UUID | None


class SwitchedOn(Event, frozen=True):
    """What was switched off is on again."""

    area: str
    reason: str
    staff_id: UUID | None


class FlagsChanged(Event, frozen=True):
    """A flag or a segment of an environment is another since this revision."""

    environment: str
    revision: int
    subject: str
    key: str
    author_id: UUID | None
    author: str
    reason: str


class RolloutMoved(Event, frozen=True):
    """A rollout brought its flag to another percentage."""

    rollout_id: UUID
    environment: str
    key: str
    percentage: float


class RolloutEnded(Event, frozen=True):
    """A rollout is over: it finished, returned by itself, or was stopped; `says` tells why."""

    rollout_id: UUID
    environment: str
    key: str
    state: str
    says: str


class ExperimentDesigned(Event, frozen=True):
    """An experiment was written down, or its draft changed."""

    experiment_id: UUID
    staff_id: UUID | None
    reason: str


class ExperimentStarted(Event, frozen=True):
    """Exposures to an experiment are kept from now on."""

    experiment_id: UUID
    staff_id: UUID | None
    reason: str


class ExperimentStopped(Event, frozen=True):
    """Nobody new takes part in an experiment."""

    experiment_id: UUID
    staff_id: UUID | None
    reason: str


class ExperimentDecided(Event, frozen=True):
    """An experiment is over; everybody gets the variant, or the control when none is named."""

    experiment_id: UUID
    shipped: str | None
    staff_id: UUID | None
    reason: str


class ChangeProposed(Event, frozen=True):
    """Somebody asks for a change that a second person has to publish."""

    environment: str
    subject: str
    key: str
    proposal_id: UUID
    author_id: UUID | None
    reason: str


class ChangeDeclined(Event, frozen=True):
    """A proposed change was turned down, or taken back by who proposed it."""

    environment: str
    subject: str
    key: str
    proposal_id: UUID
    author_id: UUID | None
    reason: str


class SdkKeyMade(Event, frozen=True):
    """Something may ask for the flags of an environment from now on."""

    key_id: UUID
    environment: str
    holder: str
    author_id: UUID | None
    author: str


class SdkKeyRevoked(Event, frozen=True):
    """An SDK key opens nothing any more."""

    key_id: UUID
    environment: str
    holder: str
    author_id: UUID | None
    author: str
    reason: str
