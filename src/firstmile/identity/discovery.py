"""What providers publish about themselves: their addresses and their keys, remembered."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from authlib.oidc.discovery import get_well_known_url
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from firstmile.identity.provider_door import ProviderDoor, Said, refused, unavailable
from firstmile.identity.providers import Provider
from firstmile.kernel.clock import Clock
from firstmile.kernel.refusals import Unavailable

T = TypeVar("T")

BASIC = "client_secret_basic"  # how a client shows its secret where nothing else is said
CONFIGURATION_KEPT = timedelta(hours=1)
KEYS_KEPT = timedelta(minutes=10)
# A token that names a key we have not seen is a rotation, or somebody who makes names up.
KEYS_ASKED_ANEW = timedelta(seconds=30)
RSA_LETTERS = 342  # of base64: 2048 bits, the least that still counts as safe
# So long a provider that failed is not asked again.
REST = timedelta(seconds=5)


@dataclass(frozen=True)
class Configuration:
    """What we use of a provider's metadata (OpenID Connect Discovery 1.0, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    takes_secret_in_header: bool
    # It names itself in every answer that comes by way of the browser (RFC 9207).
    names_itself: bool


@dataclass
class Memory(Generic[T]):
    """One published document, when it was read, and when reading it last failed."""

    value: T | None = None
    read_at: datetime | None = None
    failed_at: datetime | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Discovery:
    """Reads what a provider publishes, once for all who ask; an outage is bridged by the last."""

    def __init__(self, door: ProviderDoor, clock: Clock) -> None:
        self._door = door
        self._clock = clock
        self._configurations: defaultdict[str, Memory[Configuration]] = defaultdict(Memory)
        self._keys: defaultdict[str, Memory[KeySet]] = defaultdict(Memory)

    async def configuration(self, provider: Provider) -> Configuration:
        """Its addresses; Unavailable when it does not tell, or calls itself something else."""

        async def read() -> Configuration:
            said = await self._door.get(get_well_known_url(provider.issuer, external=True))
            return self._configuration(provider, said)

        return await self._remembered(self._configurations[provider.key], CONFIGURATION_KEPT, read)

    async def key(self, provider: Provider, uri: str, kid: str | None) -> Key:
        """The key a token names; Malformed when the provider has none of that name."""

        async def read() -> KeySet:
            return _key_set(await self._door.get(uri))

        memory = self._keys[provider.key]
        keys = await self._remembered(memory, KEYS_KEPT, read)
        if not _has(keys, kid):
            keys = await self._remembered(memory, KEYS_ASKED_ANEW, read)
        try:
            return keys.get_by_kid(kid)
        except JoseError as unknown:
            raise refused("unknown_key", provider=provider.key) from unknown

    async def _remembered(
        self, memory: Memory[T], kept: timedelta, read: Callable[[], Awaitable[T]]
    ) -> T:
        async with memory.turn:
            now = self._clock()
            is_new = memory.read_at is not None and now < memory.read_at + kept
            rests = memory.failed_at is not None and now < memory.failed_at + REST
            if not is_new and not rests:
                try:
                    memory.value, memory.read_at = await read(), now
                    memory.failed_at = None
                except Unavailable:
                    memory.failed_at = now
            if memory.value is None:
                raise unavailable()
            return memory.value

    def _configuration(self, provider: Provider, said: Said) -> Configuration:
        told = said.json if said.status == 200 and isinstance(said.json, dict) else {}
        if told.get("issuer") != provider.named:
            raise unavailable()
        checked = self._door.checked
        methods = told.get("token_endpoint_auth_methods_supported")
        userinfo = told.get("userinfo_endpoint")
        return Configuration(
            issuer=provider.named,
            authorization_endpoint=checked(told.get("authorization_endpoint")),
            token_endpoint=checked(told.get("token_endpoint")),
            jwks_uri=checked(told.get("jwks_uri")),
            userinfo_endpoint=None if userinfo is None else checked(userinfo),
            takes_secret_in_header=not isinstance(methods, list) or BASIC in methods,
            names_itself=told.get("authorization_response_iss_parameter_supported") is True,
        )


def _key_set(said: Said) -> KeySet:
    """The keys that verify signatures; one that we do not understand is passed over (RFC 7517)."""
    listed = said.json.get("keys") if said.status == 200 and isinstance(said.json, dict) else None
    found = [key for one in listed or [] if (key := _key(one)) is not None]
    if not found:
        raise unavailable()
    return KeySet(found)


def _key(told: Any) -> Key | None:
    if not isinstance(told, Mapping) or told.get("use", "sig") != "sig":
        return None
    if told.get("kty") not in ("RSA", "EC"):  # a shared secret is no key to publish
        return None
    if told["kty"] == "RSA" and len(str(told.get("n", ""))) < RSA_LETTERS:
        return None
    try:
        return JWKRegistry.import_key(dict(told))
    except (JoseError, ValueError, TypeError):
        return None


def _has(keys: KeySet, kid: str | None) -> bool:
    try:
        return bool(keys.get_by_kid(kid))
    except JoseError:
        return False
