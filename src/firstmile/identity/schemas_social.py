"""The JSON of signing in by other services, and of connected accounts."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from firstmile.identity.departures import Return
from firstmile.identity.providers import Provider, Providers
from firstmile.identity.schemas import Text, Wire
from firstmile.identity.store_social import Connection
from firstmile.identity.travels import Leaving

# Sealed departures and introductions; the longest names and addresses make about 2,500.
Sealed = Annotated[str, Meta(max_length=4096)]
# Codes are opaque; the longest we know have a little over 1,000 characters.
Code = Annotated[str, Meta(max_length=4096)]


class SetOutIn(Wire):
    """Where the provider returns the person to: one of SOCIAL_REDIRECT_URIS."""

    redirect_uri: Text
    remember_me: bool = False


class SetOutOut(Wire):
    """Where to send the person, and what to keep until they come back."""

    authorization_url: str
    state_token: str
    expires_in: int

    @classmethod
    def of(cls, leaving: Leaving) -> "SetOutOut":
        """The wire form of a departure."""
        return cls(
            authorization_url=leaving.address,
            state_token=leaving.token,
            expires_in=leaving.seconds,
        )


class CameBackIn(Wire):
    """What the provider returned, unchanged, and the token of the start; `user` is of Apple."""

    state_token: Sealed
    state: Text
    code: Code = ""
    iss: Text | None = None
    error: Text = ""
    user: Text = ""

    @property
    def returned(self) -> Return:
        """What the provider said by way of the browser."""
        return Return(self.state, self.code, self.iss, self.error, self.user)


class IntroducedOut(Wire):
    """The provider knows the person, and their address is to be confirmed: a mail is on its way.

    `linkToken` with the token of the mail finishes the sign-in.
    """

    link_token: str
    expires_in: int
    status: Literal["verification_sent"] = "verification_sent"


class AddressGivenIn(Wire):
    """An address for somebody whose provider told none."""

    link_token: Sealed
    email: Text


class AddressProvedIn(Wire):
    """The link token of the sign-in, and the token of the mail."""

    link_token: Sealed
    token: Text


class LinkIn(Wire):
    """The link token of somebody who has signed in to their account meanwhile."""

    link_token: Sealed


class ProviderOut(Wire):
    """A service people may sign in by."""

    key: str
    name: str

    @classmethod
    def of(cls, provider: Provider) -> "ProviderOut":
        """The wire form of a provider."""
        return cls(key=provider.key, name=provider.name)


class ProvidersOut(Wire):
    """The services people may sign in by."""

    items: list[ProviderOut]


class ConnectionOut(Wire):
    """A connected account; `label` is what its service calls it."""

    id: UUID
    provider: str
    name: str
    label: str
    connected_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(cls, connection: Connection, providers: Providers) -> "ConnectionOut":
        """The wire form of a connection."""
        return cls(
            id=connection.id,
            provider=connection.provider,
            name=providers.name_of(connection.provider),
            label=connection.label,
            connected_at=connection.connected_at,
            last_used_at=connection.last_used_at,
        )


class ConnectionsOut(Wire):
    """Everything that is connected to one's account."""

    items: list[ConnectionOut]
