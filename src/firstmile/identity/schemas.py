"""The JSON of identity."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from firstmile.identity.models import User

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
    """What signing in takes; `code` is of an authenticator app, or a recovery code."""

    email: Text
    password: Text
    code: Text | None = None
    remember_me: bool = False


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
    avatar_url: str | None
    deletion_at: datetime | None
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
            avatar_url=user.avatar_url,
            deletion_at=user.deletion_at,
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
