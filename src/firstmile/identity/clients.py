"""Registered applications, and the rules of a registration."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from firstmile.identity.models import Complaints
from firstmile.identity.redirects import Kind, fits, is_registrable, origin_of
from firstmile.kernel.languages import N_

CLIENT_NAME_LENGTH = 60
MAX_ADDRESSES = 20


class Scope(StrEnum):
    """What an application may be told, whether when nobody is there, and whether it may guide."""

    OPENID = "openid"
    PROFILE = "profile"
    EMAIL = "email"
    ROLES = "roles"
    OFFLINE = "offline_access"
    GUIDE = "guide"


# `guide` opens something, so it is never meant when nothing is said.
USUAL_SCOPES = tuple(scope for scope in Scope if scope is not Scope.GUIDE)


@dataclass(frozen=True)
class Client:
    """One application that signs its users in with us."""

    id: UUID
    name: str
    kind: Kind
    is_first_party: bool
    home_url: str | None
    redirect_uris: tuple[str, ...]
    logout_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    backchannel_uri: str | None
    created_at: datetime
    disabled_at: datetime | None = None

    @property
    def has_secret(self) -> bool:
        """Whether it proves who it is; what runs in a browser or on a device cannot."""
        return self.kind is Kind.WEB

    @property
    def origins(self) -> tuple[str, ...]:
        """Where its pages are, from which a browser may speak to us."""
        if self.kind is not Kind.BROWSER:
            return ()
        found = {origin_of(uri) for uri in self.redirect_uris}
        return tuple(sorted(origin for origin in found if origin))

    def returns_to(self, uri: str) -> bool:
        """Whether an answer may be sent to this address."""
        return any(fits(registered, uri, self.kind) for registered in self.redirect_uris)

    def logs_out_to(self, uri: str) -> bool:
        """Whether somebody who signed out may be sent to this address."""
        return any(fits(registered, uri, self.kind) for registered in self.logout_uris)


@dataclass(frozen=True)
class Registration:
    """What staff say about an application."""

    name: str
    kind: Kind
    redirect_uris: tuple[str, ...]
    logout_uris: tuple[str, ...] = ()
    scopes: tuple[str, ...] = USUAL_SCOPES
    is_first_party: bool = False
    home_url: str | None = None
    backchannel_uri: str | None = None


@dataclass(frozen=True)
class ClientSecrets:
    """The hashes that the secret of an application is held against."""

    present: bytes | None
    former: bytes | None
    former_until: datetime | None

    def accepted(self, now: datetime) -> list[bytes]:
        """Those that count now; the former one for a while after it was replaced."""
        is_former_good = self.former_until is not None and now < self.former_until
        kept = (self.present, self.former if is_former_good else None)
        return [one for one in kept if one is not None]


def checked_registration(wanted: Registration) -> Registration:
    """The registration in its clean form; raises Invalid with all that is wrong with it."""
    complaints = Complaints()
    name = complaints.text(
        "name",
        wanted.name,
        most=CLIENT_NAME_LENGTH,
        missing=N_("Give the application the name people know it by."),
    )
    if not wanted.redirect_uris:
        complaints.add("redirectUris", N_("Name at least one address to send people back to."))
    _check_addresses(complaints, "redirectUris", wanted.redirect_uris, wanted.kind)
    _check_addresses(complaints, "postLogoutRedirectUris", wanted.logout_uris, wanted.kind)
    _check_addresses(complaints, "homeUrl", filter(None, [wanted.home_url]), Kind.WEB)
    _check_addresses(
        complaints, "backchannelLogoutUri", filter(None, [wanted.backchannel_uri]), Kind.WEB
    )
    if not set(wanted.scopes) <= set(Scope):
        complaints.add("scopes", N_("One of these is no scope."))
    if Scope.GUIDE in wanted.scopes and not wanted.is_first_party:
        complaints.add("scopes", N_("Only an application of your own may guide people."))
    complaints.raise_any()
    return Registration(
        name=name,
        kind=wanted.kind,
        redirect_uris=_once(wanted.redirect_uris),
        logout_uris=_once(wanted.logout_uris),
        scopes=tuple(scope for scope in Scope if scope in {*wanted.scopes, Scope.OPENID}),
        is_first_party=wanted.is_first_party,
        home_url=wanted.home_url or None,
        backchannel_uri=wanted.backchannel_uri or None,
    )


def _check_addresses(
    complaints: Complaints, field: str, addresses: Iterable[str], kind: Kind
) -> None:
    given = list(addresses)
    if len(given) > MAX_ADDRESSES:
        complaints.add(field, N_("These are too many addresses."))
    elif not all(is_registrable(address, kind) for address in given):
        complaints.add(
            field,
            N_(
                "Give whole addresses that begin with https://, without a fragment or a wildcard;"
                " http:// only for this machine."
            ),
        )


def _once(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(addresses))
