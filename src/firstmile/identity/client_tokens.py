"""The codes and tokens an application is given, written and read."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.util import create_half_hash

from firstmile.identity.clients import Scope
from firstmile.identity.openid import USERINFO, Issuer
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.signing import ALGORITHM, SigningKeys
from firstmile.identity.store_grants import Grant
from firstmile.kernel.secrets import Vault

ID_TOKEN = "JWT"  # noqa: S105  the `typ` of one
MAC_BYTES = 32
LONGEST = 4000


class Purpose(StrEnum):
    """What a bearer value of ours is good for; the MAC of one never fits the other."""

    CODE = "authorization_code"
    REFRESH = "client_refresh"


@dataclass(frozen=True)
class Named:
    """What a bearer value says of itself, not believed yet."""

    grant_id: UUID
    generation: int
    mac: bytes


@dataclass(frozen=True)
class Given:
    """What an application takes home from a code or a refresh."""

    access_token: str
    seconds: int
    scopes: Sequence[str]
    id_token: str
    refresh_token: str | None


class ClientTokens:
    """Writes and reads what applications carry.

    A code or refresh token is the sign-in's id, a generation and a MAC over both with the
    sign-in's own salt: one use each, and nothing kept. Access and ID tokens are JWTs; an access
    token is for userinfo alone, so that it opens nothing of our own API; with the scope `guide`
    it is for the application's own server too, and opens what `guided` names.
    """

    def __init__(
        self, vault: Vault, keys: SigningKeys, settings: IdentitySettings, issuer: Issuer
    ) -> None:
        self._vault = vault
        self._keys = keys
        self._settings = settings
        self._audience = f"{issuer.url}{USERINFO}"

    def bearer(self, purpose: Purpose, grant: Grant) -> str:
        """The code, or the refresh token of the present generation."""
        named = _named(grant.id, grant.generation)
        mac = self._vault.digest(purpose, grant.salt + named)
        return base64.urlsafe_b64encode(named + mac).decode().rstrip("=")

    def is_ours(self, purpose: Purpose, grant: Grant, given: Named) -> bool:
        """Whether we wrote it, for this purpose and this sign-in."""
        value = grant.salt + _named(given.grant_id, given.generation)
        digests = self._vault.digests(purpose, value)
        return any(hmac.compare_digest(given.mac, digest) for digest in digests)

    def given(
        self, grant: Grant, scopes: Sequence[str], now: datetime, *, nonce: str | None = None
    ) -> Given:
        """Tokens for a sign-in; a refresh token only where there may be one."""
        access_token = self._keys.sign(
            {
                "sub": str(grant.user_id),
                "client_id": str(grant.client_id),
                "sid": str(grant.id),
                "scope": " ".join(scopes),
            },
            now,
            audience=self._audience_of(grant, scopes),
        )
        is_lasting = "offline_access" in grant.scopes
        return Given(
            access_token=access_token,
            seconds=self._settings.access_token_seconds,
            scopes=scopes,
            id_token=self._id_token(grant, access_token, now, nonce),
            refresh_token=self.bearer(Purpose.REFRESH, grant) if is_lasting else None,
        )

    def claims_of(self, access_token: str, now: datetime) -> dict[str, Any] | None:
        """What an access token for userinfo says; None for any other token."""
        if len(access_token) > LONGEST:
            return None
        return self._keys.verify(access_token, now, audience=self._audience)

    def hint(self, id_token: str) -> dict[str, Any] | None:
        """What an ID token of ours says, however old it is."""
        return self._keys.read(id_token, kind=ID_TOKEN) if len(id_token) <= LONGEST else None

    def _audience_of(self, grant: Grant, scopes: Sequence[str]) -> str | list[str]:
        if Scope.GUIDE in scopes:
            return [self._audience, str(grant.client_id)]
        return self._audience

    def _id_token(self, grant: Grant, access_token: str, now: datetime, nonce: str | None) -> str:
        """OpenID Connect Core, section 2; `sid` as in Back-Channel Logout, section 2.1."""
        claims: dict[str, Any] = {
            "sub": str(grant.user_id),
            "sid": str(grant.id),
            "auth_time": int(grant.auth_time.timestamp()),
            "acr": grant.acr,
            "amr": list(grant.amr),
            "at_hash": create_half_hash(access_token, ALGORITHM).decode(),
        }
        if nonce is not None:
            claims["nonce"] = nonce
        return self._keys.sign(claims, now, audience=str(grant.client_id), kind=ID_TOKEN)


def named_by(value: str) -> Named | None:
    """What a code or refresh token says of itself; None when it is neither."""
    try:
        raw = base64.urlsafe_b64decode(value.encode("ascii") + b"=" * (-len(value) % 4))
    except (binascii.Error, ValueError):
        return None
    if len(raw) != 16 + 4 + MAC_BYTES:
        return None
    return Named(UUID(bytes=raw[:16]), int.from_bytes(raw[16:20], "big"), raw[20:])


def answers_challenge(verifier: str, challenge: str) -> bool:
    """Whether this is the verifier behind a challenge by SHA-256 (RFC 7636, 4.6)."""
    try:
        made: str = create_s256_code_challenge(verifier)
    except UnicodeEncodeError:
        return False
    return hmac.compare_digest(made, challenge)


def _named(grant_id: UUID, generation: int) -> bytes:
    return grant_id.bytes + generation.to_bytes(4, "big")
