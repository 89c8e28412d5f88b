"""The JSON of projects, of who is in them, and of their API keys."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from firstmile.identity.models import Project
from firstmile.identity.project_models import ApiKey, Invitation, Member
from firstmile.identity.schemas import Text, Wire

RoleName = Literal["owner", "admin", "member", "viewer"]
Moment = Annotated[datetime, Meta(tz=True)]


class ProjectIn(Wire):
    """A project by its name."""

    name: Text


class BillingContactIn(Wire):
    """Whom to send invoices to."""

    billing_name: Text
    billing_email: Text


class ProjectOut(Wire):
    """A project and one's role in it, null for a key; it is removed at `deletionAt`."""

    id: UUID
    name: str
    role: str | None
    billing_name: str | None
    billing_email: str | None
    created_at: datetime
    deletion_at: datetime | None

    @classmethod
    def of(cls, project: Project) -> "ProjectOut":
        """The wire form of a project."""
        return cls(
            id=project.id,
            name=project.name,
            role=project.role,
            billing_name=project.billing_name,
            billing_email=project.billing_email,
            created_at=project.created_at,
            deletion_at=project.deletion_at,
        )


class ProjectsOut(Wire):
    """A page of projects; `next` is the cursor of the page after it."""

    items: list[ProjectOut]
    next: str | None = None


class RoleIn(Wire):
    """What a member is to be."""

    role: RoleName


class OwnerIn(Wire):
    """The member who is to own the project."""

    user_id: UUID


class MemberOut(Wire):
    """A person in a project."""

    user_id: UUID
    first_name: str
    last_name: str
    email: str
    role: RoleName
    joined_at: datetime

    @classmethod
    def of(cls, member: Member) -> "MemberOut":
        """The wire form of a member."""
        return cls(
            user_id=member.user_id,
            first_name=member.first_name,
            last_name=member.last_name,
            email=member.email,
            role=member.role.value,
            joined_at=member.joined_at,
        )


class MembersOut(Wire):
    """Everybody in a project."""

    items: list[MemberOut]
    next: str | None = None


class InvitationIn(Wire):
    """Whom to invite, and as what."""

    email: Text
    role: RoleName


class InvitationOut(Wire):
    """An invitation that nobody has answered; its link opens nothing after `expiresAt`."""

    id: UUID
    email: str
    role: RoleName
    invited_by: str | None
    sent_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, invitation: Invitation) -> "InvitationOut":
        """The wire form of an invitation; its token is in the mail alone."""
        return cls(
            id=invitation.id,
            email=invitation.email,
            role=invitation.role.value,
            invited_by=invitation.inviter_name,
            sent_at=invitation.sent_at,
            expires_at=invitation.expires_at,
        )


class InvitationsOut(Wire):
    """The invitations of a project that wait for an answer."""

    items: list[InvitationOut]
    next: str | None = None


class InvitedIn(Wire):
    """An account for whoever holds the link of an invitation."""

    token: Text
    password: Text
    first_name: Text
    last_name: Text


class KeyIn(Wire):
    """A new API key; without `expiresAt` it works until it is revoked."""

    name: Text
    scopes: Annotated[list[Text], Meta(max_length=100)]
    expires_at: Moment | None = None


class KeyOut(Wire):
    """An API key; `label` is the part of it that may be shown."""

    id: UUID
    name: str
    label: str
    scopes: list[str]
    created_by: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> "KeyOut":
        """The wire form of a key, without its secret."""
        return cls(
            id=key.id,
            name=key.name,
            label=key.label,
            scopes=key.scopes,
            created_by=key.creator_name,
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
        )


class KeysOut(Wire):
    """The API keys of a project that open something."""

    items: list[KeyOut]
    next: str | None = None


class NewKeyOut(Wire):
    """A key that was just made; `secret` is the key itself, and is never shown again."""

    key: KeyOut
    secret: str
