"""Sends people to providers, and hears from the provider who came back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from firstmile.identity.claims import Identity
from firstmile.identity.departures import (
    LIFE,
    Departure,
    Departures,
    Errand,
    Return,
    Way,
    check_state,
)
from firstmile.identity.github_client import GitHubClient
from firstmile.identity.oidc_client import OpenIdClient
from firstmile.identity.provider_door import refused
from firstmile.identity.providers import Protocol, Provider, Providers
from firstmile.kernel.ids import UserId
from firstmile.kernel.work import Works

log = structlog.get_logger()

# How far a provider's clock may be from ours.
SKEW = timedelta(seconds=60)


@dataclass(frozen=True)
class Leaving:
    """Where the browser goes, and what it is given along."""

    address: str
    token: str
    seconds: int


class Travels:
    """The way to a provider and back; the same for pages and for the API."""

    def __init__(
        self,
        providers: Providers,
        departures: Departures,
        openid: OpenIdClient,
        github: GitHubClient,
        works: Works,
    ) -> None:
        self._providers = providers
        self._departures = departures
        self._openid = openid
        self._github = github
        self._works = works

    async def leave(
        self,
        key: str,
        errand: Errand,
        way: Way,
        *,
        redirect_uri: str,
        goal: str = "",
        is_remembered: bool = False,
        user_id: UserId | None = None,
    ) -> Leaving:
        """Set out; raises NotFound for an unknown provider, Unavailable when it is away."""
        provider = self._providers.of(key)
        if errand is Errand.STEP_UP and not provider.can_step_up:
            raise refused("cannot_step_up", provider=key)
        departure = self._departures.prepare(
            provider,
            errand,
            way,
            redirect_uri=redirect_uri,
            now=self._works.clock(),
            goal=goal,
            is_remembered=is_remembered,
            user_id=user_id,
        )
        address = await self._client(provider).address(provider, departure)
        return Leaving(address, self._departures.seal(departure), int(LIFE.total_seconds()))

    def expect(self, key: str, token: str, way: Way, returned: Return) -> Departure:
        """The departure that this return belongs to; raises Malformed when there is none."""
        departure = self._departures.read(token, way, self._works.clock())
        check_state(departure, self._providers.of(key), returned)
        return departure

    def hand_on(self, key: str, fields: Mapping[str, str]) -> str:
        """What a provider had the browser post, sealed for a visit that brings its cookies."""
        now = self._works.clock()
        return self._departures.hand_on(self._providers.of(key), fields, now)

    def handed_on(self, key: str, answer: str) -> Return:
        """What was handed on; raises Malformed for anything else."""
        now = self._works.clock()
        return self._departures.handed_on(self._providers.of(key), answer, now)

    async def arrive(self, departure: Departure, returned: Return) -> Identity:
        """Who came back. The departure is used up first, whatever the provider then says.

        No transaction is open while the provider is asked. Raises Malformed when it refuses,
        Unavailable when it is away.
        """
        provider = self._providers.of(departure.provider)
        await self._departures.spend(self._works, departure)
        identity = await self._client(provider).identify(provider, departure, returned)
        if departure.errand is Errand.STEP_UP:
            _check_fresh(departure, identity)
        log.info("provider_confirmed", provider=provider.key, errand=departure.errand)
        return identity

    def _client(self, provider: Provider) -> OpenIdClient | GitHubClient:
        return self._github if provider.protocol is Protocol.GITHUB else self._openid


def _check_fresh(departure: Departure, identity: Identity) -> None:
    """Raise Malformed unless a credential was shown since we asked (section 3.1.2.1, max_age)."""
    shown = identity.authenticated_at
    if shown is None or shown < departure.left_at - SKEW:
        raise refused("not_fresh", provider=departure.provider)
