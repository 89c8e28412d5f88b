"""The JSON of applications that sign their users in with us."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, field

from firstmile.identity.clients import MAX_ADDRESSES, USUAL_SCOPES, Client, Registration, Scope
from firstmile.identity.redirects import Kind
from firstmile.identity.schemas import Text, Wire
from firstmile.identity.store_clients import UsedClient

Addresses = Annotated[list[Text], Meta(max_length=MAX_ADDRESSES)]
Scopes = Annotated[list[Text], Meta(max_length=len(Scope))]


class ClientIn(Wire):
    """What staff say about an application."""

    name: Text
    kind: Literal["web", "browser", "native"]
    redirect_uris: Addresses
    post_logout_redirect_uris: Addresses = field(default_factory=list)
    scopes: Scopes = field(default_factory=lambda: [scope.value for scope in USUAL_SCOPES])
    first_party: bool = False
    home_url: Text | None = None
    backchannel_logout_uri: Text | None = None

    def registration(self) -> Registration:
        """The same, as identity takes it."""
        return Registration(
            name=self.name,
            kind=Kind(self.kind),
            redirect_uris=tuple(self.redirect_uris),
            logout_uris=tuple(self.post_logout_redirect_uris),
            scopes=tuple(self.scopes),
            is_first_party=self.first_party,
            home_url=self.home_url,
            backchannel_uri=self.backchannel_logout_uri,
        )


class SecretIn(Wire):
    """When the former secret stops: after a day, or at once because it is in wrong hands."""

    at_once: bool = False


class ClientOut(Wire):
    """A registered application."""

    id: UUID
    name: str
    kind: str
    first_party: bool
    home_url: str | None
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str]
    scopes: list[str]
    backchannel_logout_uri: str | None
    created_at: datetime
    disabled_at: datetime | None

    @classmethod
    def of(cls, client: Client) -> "ClientOut":
        """The wire form of an application."""
        return cls(
            id=client.id,
            name=client.name,
            kind=client.kind,
            first_party=client.is_first_party,
            home_url=client.home_url,
            redirect_uris=list(client.redirect_uris),
            post_logout_redirect_uris=list(client.logout_uris),
            scopes=list(client.scopes),
            backchannel_logout_uri=client.backchannel_uri,
            created_at=client.created_at,
            disabled_at=client.disabled_at,
        )


class ClientWithSecretOut(Wire):
    """An application with its secret, shown this once; null where none can be kept."""

    client: ClientOut
    client_secret: str | None


class ClientsOut(Wire):
    """All applications; there is no page after it."""

    items: list[ClientOut]
    next: str | None = None


class ApplicationOut(Wire):
    """An application one signs in to, what it may know, and when it last did."""

    id: UUID
    name: str
    home_url: str | None
    first_party: bool
    scopes: list[str]
    since: datetime
    last_used_at: datetime

    @classmethod
    def of(cls, used: UsedClient) -> "ApplicationOut":
        """The wire form of an application in use."""
        return cls(
            id=used.client.id,
            name=used.client.name,
            home_url=used.client.home_url,
            first_party=used.client.is_first_party,
            scopes=used.scopes,
            since=used.since,
            last_used_at=used.last_used_at,
        )


class ApplicationsOut(Wire):
    """The applications one signs in to; there is no page after it."""

    items: list[ApplicationOut]
    next: str | None = None
