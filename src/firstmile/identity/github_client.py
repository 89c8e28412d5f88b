"""Speaks OAuth 2 with GitHub, which has no ID token: it is asked who the person is."""

from typing import Any

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from pydantic import SecretStr

from firstmile.identity.claims import Identity, identity_of
from firstmile.identity.departures import Departure, Return, check_answer
from firstmile.identity.oidc_client import FORM, tokens_of
from firstmile.identity.provider_door import ProviderDoor, refused
from firstmile.identity.providers import Provider
from firstmile.kernel.clock import Clock

PUBLIC = "https://github.com"
PUBLIC_API = "https://api.github.com"


class GitHubClient:
    """A client of GitHub or of an Enterprise server."""

    def __init__(self, door: ProviderDoor, clock: Clock, *, with_test_domains: bool) -> None:
        self._door = door
        self._clock = clock
        self._with_test_domains = with_test_domains

    async def address(self, provider: Provider, departure: Departure) -> str:
        """Where to send the browser."""
        return str(
            prepare_grant_uri(
                self._door.checked(f"{provider.issuer}/login/oauth/authorize"),
                provider.client_id,
                "code",
                redirect_uri=departure.redirect_uri,
                scope=list(provider.scopes),
                state=departure.state,
                code_challenge=create_s256_code_challenge(departure.verifier),
                code_challenge_method="S256",
            )
        )

    async def identify(
        self, provider: Provider, departure: Departure, returned: Return
    ) -> Identity:
        """Who came back: the number of their account, and their verified primary address."""
        check_answer(provider, returned)
        token = await self._exchange(provider, departure, returned.code)
        api = PUBLIC_API if provider.issuer == PUBLIC else f"{provider.issuer}/api/v3"
        person = await self._asked(f"{api}/user", token)
        number = person.get("id") if isinstance(person, dict) else None
        if isinstance(number, bool) or not isinstance(number, int):
            raise refused("no_subject", provider=provider.key)
        claims = {
            "sub": str(number),
            "name": person.get("name"),
            "preferred_username": person.get("login"),
            **_primary(await self._asked(f"{api}/user/emails", token)),
        }
        identity = identity_of(
            provider,
            claims,
            issuer=provider.issuer,
            now=self._clock(),
            with_test_domains=self._with_test_domains,
        )
        if identity is None:
            raise refused("no_subject", provider=provider.key)
        return identity

    async def _exchange(self, provider: Provider, departure: Departure, code: str) -> str:
        form = prepare_token_request(
            "authorization_code",
            redirect_uri=departure.redirect_uri,
            code=code,
            code_verifier=departure.verifier,
        )
        secret = provider.secret if isinstance(provider.secret, SecretStr) else SecretStr("")
        auth = ClientAuth(provider.client_id, secret.get_secret_value(), "client_secret_post")
        url, headers, body = auth.prepare(
            "POST", f"{provider.issuer}/login/oauth/access_token", dict(FORM), form
        )
        return str(tokens_of(await self._door.post(url, body, headers), provider)["access_token"])

    async def _asked(self, url: str, token: str) -> Any:
        said = await self._door.get(url, token=token)
        if said.status != 200:
            raise refused("not_told", status=said.status)
        return said.json


def _primary(addresses: Any) -> dict[str, Any]:
    """The primary address when GitHub has verified it, as claims; nothing else is looked at."""
    for one in addresses if isinstance(addresses, list) else []:
        if isinstance(one, dict) and one.get("primary") is True and one.get("verified") is True:
            return {"email": one.get("email"), "email_verified": True}
    return {}
