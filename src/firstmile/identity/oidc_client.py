"""Speaks OpenID Connect with a provider: the way there, and what the code is worth."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import msgspec
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key
from joserfc.jws import JWSRegistry
from pydantic import SecretStr

from firstmile.identity.claims import Identity, identity_of
from firstmile.identity.departures import Departure, Errand, Return, check_answer
from firstmile.identity.discovery import BASIC, Configuration, Discovery
from firstmile.identity.provider_door import ProviderDoor, Said, refused
from firstmile.identity.providers import APPLE, AppleKey, Provider
from firstmile.kernel.clock import Clock

# Signatures only: never `none`, and never a secret that two sides hold.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
SIGNATURES = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
LEEWAY_SECONDS = 60
APPLE_SECRET_LIFE = timedelta(minutes=5)
FORM = {"content-type": "application/x-www-form-urlencoded"}
# What garbage of every kind raises on its way through the libraries.
GARBAGE = (JoseError, ValueError, TypeError, AttributeError, RecursionError, OverflowError)


class OpenIdClient:
    """A relying party of OpenID Connect Core 1.0 by the code flow, with PKCE."""

    def __init__(
        self, door: ProviderDoor, discovery: Discovery, clock: Clock, *, with_test_domains: bool
    ) -> None:
        self._door = door
        self._discovery = discovery
        self._clock = clock
        self._with_test_domains = with_test_domains

    async def address(self, provider: Provider, departure: Departure) -> str:
        """Where to send the browser (section 3.1.2.1)."""
        configuration = await self._discovery.configuration(provider)
        anew = departure.errand is Errand.STEP_UP
        asked = {
            "redirect_uri": departure.redirect_uri,
            "scope": list(provider.scopes),
            "state": departure.state,
            "nonce": departure.nonce,
            "code_challenge": create_s256_code_challenge(departure.verifier),
            "code_challenge_method": "S256",
            "response_mode": "form_post" if provider.posts_back else None,
            "prompt": "login" if anew else None,
            "max_age": "0" if anew else None,
        }
        endpoint = configuration.authorization_endpoint
        return str(prepare_grant_uri(endpoint, provider.client_id, "code", **asked))

    async def identify(
        self, provider: Provider, departure: Departure, returned: Return
    ) -> Identity:
        """Who came back; raises Malformed when the provider does not say so beyond doubt."""
        configuration = await self._discovery.configuration(provider)
        check_answer(provider, returned, names_itself=configuration.names_itself)
        tokens = await self._exchange(provider, configuration, departure, returned.code)
        claims = await self._claims(provider, configuration, departure, tokens)
        if returned.issuer not in (None, claims["iss"]):
            raise refused("issuer_differs", provider=provider.key)
        if "email" not in claims and configuration.userinfo_endpoint is not None:
            claims |= await self._userinfo(configuration.userinfo_endpoint, tokens, claims)
        identity = identity_of(
            provider,
            {**_name_from_form(provider, returned.user), **claims},
            issuer=claims["iss"],
            now=self._clock(),
            with_test_domains=self._with_test_domains,
        )
        if identity is None:
            raise refused("no_subject", provider=provider.key)
        return identity

    async def _exchange(
        self, provider: Provider, configuration: Configuration, departure: Departure, code: str
    ) -> dict[str, Any]:
        """The tokens for the code (section 3.1.3.1)."""
        form = prepare_token_request(
            "authorization_code",
            redirect_uri=departure.redirect_uri,
            code=code,
            code_verifier=departure.verifier,
        )
        auth = _client_auth(provider, configuration, self._clock())
        url, headers, body = auth.prepare("POST", configuration.token_endpoint, dict(FORM), form)
        return tokens_of(await self._door.post(url, body, headers), provider)

    async def _claims(
        self,
        provider: Provider,
        configuration: Configuration,
        departure: Departure,
        tokens: dict[str, Any],
    ) -> dict[str, Any]:
        """The claims of the ID token, after every check of section 3.1.3.7."""
        token = tokens.get("id_token")
        if not isinstance(token, str):
            raise refused("no_id_token", provider=provider.key)
        kid = _named_key(token, provider)
        key = await self._discovery.key(provider, configuration.jwks_uri, kid)
        try:
            return _checked(
                provider, key, token, departure.nonce, tokens["access_token"], self._clock()
            )
        except GARBAGE as failure:
            claim = getattr(failure, "claim", None)
            raise refused(type(failure).__name__, provider=provider.key, claim=claim) from failure

    async def _userinfo(
        self, url: str, tokens: dict[str, Any], claims: dict[str, Any]
    ) -> dict[str, Any]:
        """What the provider adds about the very same person (section 5.3.2)."""
        said = await self._door.get(url, token=tokens["access_token"])
        if said.status != 200 or not isinstance(said.json, dict):
            raise refused("no_userinfo", status=said.status)
        if said.json.get("sub") != claims["sub"]:
            raise refused("userinfo_of_another")
        return {name: value for name, value in said.json.items() if name not in claims}


def tokens_of(said: Said, provider: Provider) -> dict[str, Any]:
    """The answer of a token endpoint; raises Malformed when it is a refusal."""
    told = said.json if isinstance(said.json, dict) else {}
    if said.status != 200 or "error" in told or not isinstance(told.get("access_token"), str):
        raise refused("no_token", provider=provider.key, status=said.status)
    return told


def _checked(
    provider: Provider, key: Key, token: str, nonce: str, access_token: str, now: datetime
) -> dict[str, Any]:
    read = jwt.decode(token, key, registry=SIGNATURES)
    issuer = provider.issuer_of(read.claims)
    # A provider of many tenants says with each key whose tokens it signs.
    if key.as_dict(private=False).get("issuer", issuer) not in (issuer, provider.named):
        raise ValueError("a key of another tenant")
    claims = CodeIDToken(
        read.claims,
        read.header,
        options={
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": provider.client_id},
        },
        params={"nonce": nonce, "client_id": provider.client_id, "access_token": access_token},
    )
    claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
    if issuer is None or claims["iss"] != issuer:
        raise ValueError("no issuer to hold the token against")
    return dict(claims)


def _named_key(token: str, provider: Provider) -> str | None:
    try:
        kid = jws.extract_compact(token.encode(), registry=SIGNATURES).headers().get("kid")
    except GARBAGE as failure:
        raise refused(type(failure).__name__, provider=provider.key) from failure
    return kid if isinstance(kid, str) else None


def _client_auth(provider: Provider, configuration: Configuration, now: datetime) -> ClientAuth:
    secret = _secret(provider, now)
    if secret is None:
        return ClientAuth(provider.client_id, None, "none")
    if provider.has_secret_in_body or not configuration.takes_secret_in_header:
        return ClientAuth(provider.client_id, secret, "client_secret_post")
    # RFC 6749, section 2.3.1: both are form-encoded before they are joined.
    return ClientAuth(quote_plus(provider.client_id), quote_plus(secret), BASIC)


def _secret(provider: Provider, now: datetime) -> str | None:
    if isinstance(provider.secret, AppleKey):
        return _apple_secret(provider.client_id, provider.secret, now)
    if isinstance(provider.secret, SecretStr):
        return provider.secret.get_secret_value()
    return None


def _apple_secret(client_id: str, apple: AppleKey, now: datetime) -> str:
    """A client secret as Apple asks for it: a token of ours, signed with its ES256 key."""
    issued = int(now.timestamp())
    claims = {
        "iss": apple.team_id,
        "iat": issued,
        "exp": issued + int(APPLE_SECRET_LIFE.total_seconds()),
        "aud": APPLE,
        "sub": client_id,
    }
    key = ECKey.import_key(apple.private_key.get_secret_value())
    return jwt.encode({"alg": "ES256", "kid": apple.key_id}, claims, key, algorithms=["ES256"])


def _name_from_form(provider: Provider, form: str) -> dict[str, Any]:
    """The name that Apple tells once, beside the token. Nobody signed it, so it is only a name."""
    if not provider.posts_back or not form:
        return {}
    try:
        name = msgspec.json.decode(form)["name"]
        return {"given_name": name.get("firstName"), "family_name": name.get("lastName")}
    except (msgspec.DecodeError, RecursionError, *GARBAGE, LookupError):
        return {}
