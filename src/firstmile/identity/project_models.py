"""Who belongs to a project: its members, its invitations, its API keys."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from firstmile.identity.models import Role
from firstmile.kernel.ids import UserId


@dataclass(frozen=True)
class Member:
    """A person in a project."""

    user_id: UserId
    first_name: str
    last_name: str
    email: str
    locale: str
    role: Role
    joined_at: datetime

    @property
    def name(self) -> str:
        """The person by their full name, or by their address when they gave none."""
        return f"{self.first_name} {self.last_name}".strip() or self.email


@dataclass(frozen=True)
class Invitation:
    """Somebody was asked to join a project."""

    id: UUID
    project_id: UUID
    project_name: str
    email: str
    role: Role
    inviter_name: str | None
    sent_at: datetime
    expires_at: datetime

    def is_open(self, now: datetime) -> bool:
        """Whether its link would still be taken."""
        return now < self.expires_at

    @property
    def masked_email(self) -> str:
        """Enough of the address to know one's own by it."""
        local, _, domain = self.email.partition("@")
        return f"{local[:1]}…@{domain}"


@dataclass(frozen=True)
class ApiKey:
    """What a program shows to act in one project; its secret is kept as a hash alone."""

    id: UUID
    label: str
    name: str
    scopes: list[str]
    creator_name: str | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
