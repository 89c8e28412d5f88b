"""What identity announces."""

from uuid import UUID

from firstmile.kernel.events import PersonalEvent


class UserRegistered(PersonalEvent, frozen=True):
    """Somebody asked for an account."""


class EmailVerified(PersonalEvent, frozen=True):
    """The address belongs to the person."""


class PasswordChanged(PersonalEvent, frozen=True):
    """The password is another one, and every session has ended."""


class SignedIn(PersonalEvent, frozen=True):
    """A session began."""

    session_id: UUID


class SignedOut(PersonalEvent, frozen=True):
    """The person ended a session."""

    session_id: UUID


class RefreshReused(PersonalEvent, frozen=True):
    """An old refresh token came back: the session is ended, for it may be in two hands."""

    session_id: UUID


class ProfileCompleted(PersonalEvent, frozen=True):
    """The profile holds all we ask for."""


class MarketChosen(PersonalEvent, frozen=True):
    """The person said where they are."""

    market: str


class ProjectCreated(PersonalEvent, frozen=True):
    """A project began, and the person owns it."""

    project_id: UUID


class RolesChanged(PersonalEvent, frozen=True):
    """The person's roles are now these."""

    roles: list[str]


class BillingContactSet(PersonalEvent, frozen=True):
    """A project knows whom to send its invoices to."""

    project_id: UUID
