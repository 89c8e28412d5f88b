"""What identity announces about projects."""

from datetime import datetime
from uuid import UUID

from firstmile.kernel.events import Event, PersonalEvent


class ProjectCreated(PersonalEvent, frozen=True):
    """A project began, and the person owns it."""

    project_id: UUID


class ProjectRenamed(PersonalEvent, frozen=True):
    """The person gave a project another name."""

    project_id: UUID
    name: str


class ProjectDeletionAsked(PersonalEvent, frozen=True):
    """The person deleted a project; it is removed when its time of grace is over."""

    project_id: UUID
    deletion_at: datetime


class ProjectRestored(PersonalEvent, frozen=True):
    """The person kept a project that was to be removed at that time."""

    project_id: UUID
    deletion_at: datetime


class ProjectRemoved(Event, frozen=True):
    """A deleted project is gone with all that belonged to it."""

    project_id: UUID


class OwnershipTransferred(PersonalEvent, frozen=True):
    """The person gave their project to another member."""

    project_id: UUID
    new_owner_id: UUID


class MemberJoined(PersonalEvent, frozen=True):
    """The person is now part of a project."""

    project_id: UUID
    role: str


class MemberRoleChanged(PersonalEvent, frozen=True):
    """The person is something else in a project than before."""

    project_id: UUID
    old_role: str
    role: str
    changed_by: UUID


class MemberRemoved(PersonalEvent, frozen=True):
    """The person is no longer part of a project: they left, or were removed by another."""

    project_id: UUID
    removed_by: UUID


class InvitationSent(PersonalEvent, frozen=True):
    """The person asked somebody to join a project."""

    project_id: UUID
    invitation_id: UUID


class InvitationRevoked(PersonalEvent, frozen=True):
    """The person took an invitation back."""

    project_id: UUID
    invitation_id: UUID


class ApiKeyCreated(PersonalEvent, frozen=True):
    """The person made an API key."""

    project_id: UUID
    key_id: UUID


class ApiKeyRevoked(PersonalEvent, frozen=True):
    """The person closed an API key."""

    project_id: UUID
    key_id: UUID


class RolesChanged(PersonalEvent, frozen=True):
    """The person's roles are now these."""

    roles: list[str]


class BillingContactSet(PersonalEvent, frozen=True):
    """A project knows whom to send its invoices to."""

    project_id: UUID
