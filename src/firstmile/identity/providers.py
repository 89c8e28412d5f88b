"""The identity providers people may come from, as they are set up here."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import SecretStr

from firstmile.identity.social_settings import SocialSettings
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import NotFound

GOOGLE = "https://accounts.google.com"
APPLE = "https://appleid.apple.com"
MICROSOFT = "https://login.microsoftonline.com"
TENANT_PLACE = "{tenantid}"  # what stands in the place of a tenant where many may sign in
TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SHARED_TENANTS = ("common", "organizations", "consumers")


class Protocol(StrEnum):
    """How a provider is spoken with."""

    OPENID = "openid"
    GITHUB = "github"


class Trust(StrEnum):
    """When we believe that an address is the person's own, so that no mail need prove it."""

    NEVER = "never"
    WHEN_SAID = "when_said"  # the provider says that it has verified it
    WHEN_ITS_OWN = "when_its_own"  # and it is the one that runs the mailbox


@dataclass(frozen=True)
class AppleKey:
    """What makes the client secret of Apple, which is a token signed anew each time."""

    team_id: str
    key_id: str
    private_key: SecretStr


@dataclass(frozen=True)
class Provider:
    """One provider as it is set up here."""

    key: str
    name: str
    issuer: str
    client_id: str
    secret: SecretStr | AppleKey | None
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    protocol: Protocol = Protocol.OPENID
    trust: Trust = Trust.NEVER
    # It returns people by a form (OAuth 2.0 Form Post Response Mode) instead of an address.
    posts_back: bool = False
    # It was registered to take the client's secret in the form instead of a header.
    has_secret_in_body: bool = False
    # It can be made to ask for a credential, and then says when one was shown.
    tells_time: bool = True
    # What its configuration and its tokens call it, where that is not the address of both.
    issuer_pattern: str | None = None

    @property
    def named(self) -> str:
        """The issuer its configuration must name, character for character."""
        return self.issuer_pattern or self.issuer

    def is_named(self, issuer: str) -> bool:
        """Whether it may call itself so in an answer by way of the browser."""
        head, place, tail = self.named.partition(TENANT_PLACE)
        if not place:
            return issuer == self.named
        return bool(re.fullmatch(f"{re.escape(head)}{TENANT.pattern}{re.escape(tail)}", issuer))

    def issuer_of(self, claims: Mapping[str, Any]) -> str | None:
        """Who must have issued these claims; None when they name no tenant where one is needed.

        Microsoft signs for all tenants with one set of keys: a token is of the tenant it names.
        """
        if TENANT_PLACE not in self.named:
            return self.named
        tenant = claims.get("tid")
        if not isinstance(tenant, str) or not TENANT.fullmatch(tenant):
            return None
        return self.named.replace(TENANT_PLACE, tenant)

    @property
    def can_step_up(self) -> bool:
        """Whether it can prove that a person showed it a credential just now."""
        return self.protocol is Protocol.OPENID and self.tells_time


class Providers:
    """The providers that are set up, in the order in which they are shown."""

    def __init__(self, found: Iterable[Provider]) -> None:
        self._by_key = {provider.key: provider for provider in found}

    def __iter__(self) -> Iterator[Provider]:
        return iter(self._by_key.values())

    def of(self, key: str) -> Provider:
        """The provider of this key; NotFound when none is set up."""
        if key not in self._by_key:
            raise NotFound(N_("Nobody can sign in by this service here."), error="unknown_provider")
        return self._by_key[key]

    def name_of(self, key: str) -> str:
        """What people call it, or its key when it is no longer set up."""
        return self._by_key[key].name if key in self._by_key else key


def providers_of(settings: SocialSettings) -> Providers:
    """The presets whose settings are given, then the others."""
    return Providers((*_presets(settings), *_others(settings)))


def _presets(settings: SocialSettings) -> Iterator[Provider]:
    if settings.google_client_id:
        yield Provider(
            key="google",
            name="Google",
            issuer=GOOGLE,
            client_id=settings.google_client_id,
            secret=settings.google_client_secret,
            trust=Trust.WHEN_ITS_OWN,
            has_secret_in_body=True,
            tells_time=False,
        )
    if settings.apple_client_id:
        yield _apple(settings, settings.apple_client_id)
    if settings.microsoft_client_id:
        yield _microsoft(settings, settings.microsoft_client_id)
    if settings.github_client_id:
        yield Provider(
            key="github",
            name="GitHub",
            issuer=settings.github_url,
            client_id=settings.github_client_id,
            secret=settings.github_client_secret,
            scopes=("read:user", "user:email"),
            protocol=Protocol.GITHUB,
            trust=Trust.WHEN_SAID,
            tells_time=False,
        )


def _apple(settings: SocialSettings, client_id: str) -> Provider:
    return Provider(
        key="apple",
        name="Apple",
        issuer=APPLE,
        client_id=client_id,
        secret=AppleKey(
            settings.apple_team_id or "",
            settings.apple_key_id or "",
            settings.apple_private_key or SecretStr(""),
        ),
        scopes=("openid", "email", "name"),
        trust=Trust.WHEN_SAID,
        posts_back=True,
    )


def _microsoft(settings: SocialSettings, client_id: str) -> Provider:
    """Its addresses are whatever the administrator of any tenant wrote: never proof of a mailbox.

    `consumers` is one tenant, but its configuration names the tenant's id, not this word.
    """
    tenant = settings.microsoft_tenant
    pattern = f"{MICROSOFT}/{TENANT_PLACE}/v2.0" if tenant in SHARED_TENANTS[:2] else None
    consumers = f"{MICROSOFT}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"
    return Provider(
        key="microsoft",
        name="Microsoft",
        issuer=f"{MICROSOFT}/{tenant}/v2.0",
        client_id=client_id,
        secret=settings.microsoft_client_secret,
        has_secret_in_body=True,
        issuer_pattern=consumers if tenant == "consumers" else pattern,
    )


def _others(settings: SocialSettings) -> Iterator[Provider]:
    for one in settings.oidc_providers:
        yield Provider(
            key=one.key,
            name=one.name,
            issuer=one.issuer,
            client_id=one.client_id,
            secret=one.client_secret,
            scopes=one.scopes,
            trust=Trust.WHEN_SAID if one.trusts_email else Trust.NEVER,
            posts_back=one.returns_by_form,
            has_secret_in_body=one.secret_in_body,
        )
