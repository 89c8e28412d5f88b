"""The JSON of identity."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from firstmile.identity.models import Project, User

Text = Annotated[str, Meta(max_length=1000)]


class Wire(msgspec.Struct, rename="camel", kw_only=True):
    """camelCase on the wire."""


class RegistrationIn(Wire):
    """What registering takes."""

    email: Text
    password: Text
    first_name: Text
    last_name: Text


class AddressIn(Wire):
    """A mail address."""

    email: Text


class TokenIn(Wire):
    """A token from a mail."""

    token: Text


class ResetIn(Wire):
    """A reset token and the new password."""

    token: Text
    password: Text


class LoginIn(Wire):
    """What signing in takes; `code` is not looked at while no account has a second factor."""

    email: Text
    password: Text
    code: Text | None = None


class RefreshIn(Wire):
    """A refresh token."""

    refresh_token: Text


class ProfileIn(Wire):
    """Changes to one's own profile; what is left out stays as it is."""

    first_name: Text | None = None
    last_name: Text | None = None
    job_title: Text | None = None
    time_zone: Text | None = None
    locale: Text | None = None
    market: Text | None = None


class ProjectIn(Wire):
    """A new project."""

    name: Text


class BillingContactIn(Wire):
    """Whom to send invoices to."""

    billing_name: Text
    billing_email: Text


class VerificationSent(Wire):
    """The answer to every registration."""

    status: Literal["verification_sent"] = "verification_sent"


class Sent(Wire):
    """The answer to every request for a mail."""

    status: Literal["sent"] = "sent"


class UserOut(Wire):
    """A person, as they see themselves."""

    id: UUID
    email: str
    email_verified: bool
    first_name: str
    last_name: str
    job_title: str | None
    locale: str
    time_zone: str | None
    market: str | None
    roles: list[str]
    created_at: datetime

    @classmethod
    def of(cls, user: User, roles: list[str]) -> "UserOut":
        """The wire form of an account."""
        return cls(
            id=user.id,
            email=user.email,
            email_verified=user.is_verified,
            first_name=user.first_name,
            last_name=user.last_name,
            job_title=user.job_title,
            locale=user.locale,
            time_zone=user.time_zone,
            market=user.market,
            roles=roles,
            created_at=user.created_at,
        )


class Me(Wire):
    """Who is signed in."""

    user: UserOut


class SignedInOut(Wire):
    """Tokens and the person they stand for (RFC 6749, section 5.1, in camelCase)."""

    access_token: str
    expires_in: int
    refresh_token: str
    user: UserOut
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  the name of a scheme


class ProjectOut(Wire):
    """A project and one's role in it."""

    id: UUID
    name: str
    role: str
    billing_name: str | None
    billing_email: str | None
    created_at: datetime

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
        )


class ProjectsOut(Wire):
    """A page of projects; `next` is the cursor of the page after it."""

    items: list[ProjectOut]
    next: str | None = None
