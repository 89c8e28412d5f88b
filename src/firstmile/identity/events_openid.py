"""What identity announces about applications that sign their users in here."""

from uuid import UUID

from firstmile.kernel.events import Event, PersonalEvent


class ApplicationRegistered(Event, frozen=True):
    """An application may sign its users in here."""

    client_id: UUID
    staff_id: UUID | None


class ApplicationChanged(Event, frozen=True):
    """What is known of an application is different now."""

    client_id: UUID
    staff_id: UUID | None


class ApplicationSecretRenewed(Event, frozen=True):
    """An application proves itself with something else from now on."""

    client_id: UUID
    staff_id: UUID | None


class ApplicationClosed(Event, frozen=True):
    """An application signs nobody in any more, and what it was given opens nothing."""

    client_id: UUID
    staff_id: UUID | None


class ApplicationOpened(Event, frozen=True):
    """An application that was closed signs people in again."""

    client_id: UUID
    staff_id: UUID | None


class ApplicationAllowed(PersonalEvent, frozen=True):
    """The person lets an application know these things about them."""

    client_id: UUID
    scopes: list[str]


class ApplicationSignedIn(PersonalEvent, frozen=True):
    """The person signed in to an application."""

    client_id: UUID
    scopes: list[str]


class ApplicationRemoved(PersonalEvent, frozen=True):
    """The person took back all that an application was allowed, and is signed out of it."""

    client_id: UUID


class ApplicationTokenReused(PersonalEvent, frozen=True):
    """A used code or token of an application came back: that sign-in is over."""

    client_id: UUID
