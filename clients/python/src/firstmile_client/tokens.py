"""Access tokens of Firstmile: verified by its published keys, remembered until they expire."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.jws import CompactSignature, extract_compact, validate_compact
from joserfc.jwt import JWTClaimsRegistry

from firstmile_client.keys import Keys
from firstmile_client.line import AsyncLine, Line, Talk
from firstmile_client.memory import Memory
from firstmile_client.settings import Settings

ALGORITHMS = ["ES256"]  # never what the token asks for (RFC 8725, 3.1)
TYPES = ("at+jwt", "application/at+jwt")  # an access token and no other kind (RFC 9068, 4)
LONGEST = 8192  # characters; servers cut headers there too


class TokenRefused(Exception):
    """Not a valid access token of this Firstmile; the reason is for logs, not for visitors."""


@dataclass(frozen=True)
class Claims:
    """Who the caller is, as Firstmile signed it.

    `raw` holds every claim; times are seconds since 1970.
    """

    subject: str
    session: str
    roles: tuple[str, ...]
    expires_at: float
    key_id: str
    raw: Mapping[str, Any]


class TokenVerifier:
    """Verifies access tokens (RFC 9068) by the key set of the Firstmile at `base_url`."""

    def __init__(self, base_url: str, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()
        self._issuer = (self._settings.issuer or base_url).rstrip("/")
        self._keys = Keys(self._settings)
        self._verified: Memory[bytes, Claims] = Memory(self._settings.remember)
        self.line = Line(base_url, self._settings)
        self.async_line = AsyncLine(base_url, self._settings)

    def verify(self, token: str) -> Claims:
        """The claims of the token; raises TokenRefused. For threads."""
        return self.line.run(self.talk(token))

    async def averify(self, token: str) -> Claims:
        """The claims of the token; raises TokenRefused. For the event loop."""
        return await self.async_line.run(self.talk(token))

    def close(self) -> None:
        """Close the connections `verify` opened."""
        self.line.close()

    async def aclose(self) -> None:
        """Close the connections `averify` opened."""
        await self.async_line.aclose()

    def talk(self, token: str) -> Talk[Claims]:
        """The verification itself, for whichever line runs it."""
        digest = digest_of(token)
        claims = self._verified.get(digest)
        if claims is None:
            claims = yield from self._examine(token)
            self._verified.put(digest, claims)
        elif (yield from self._keys.find(claims.key_id)) is None:
            raise TokenRefused("key withdrawn")
        if claims.expires_at + self._settings.leeway <= self._settings.clock.now():
            self._verified.forget(digest)
            raise TokenRefused("expired")
        return claims

    def _examine(self, token: str) -> Talk[Claims]:
        unsigned = read(token)
        kid = kid_of(unsigned)
        key = yield from self._keys.find(kid)
        if key is None:
            raise TokenRefused("unknown key")
        return self._claims(unsigned, kid, key)

    def _claims(self, unsigned: CompactSignature, kid: str, key: ECKey) -> Claims:
        try:
            if not validate_compact(unsigned, key, ALGORITHMS):
                raise TokenRefused("bad signature")
            claims = json.loads(unsigned.payload)
            if not isinstance(claims, dict):
                raise TokenRefused("no claims")
            self._registry().validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise TokenRefused(type(error).__name__) from error
        return _claims_from(claims, kid)

    def _registry(self) -> JWTClaimsRegistry:
        return JWTClaimsRegistry(
            now=int(self._settings.clock.now()),
            leeway=self._settings.leeway,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._settings.audience},
            sub={"essential": True},
            sid={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )


def digest_of(token: str) -> bytes:
    """What a token is remembered by, so memory holds no usable credential."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def read(token: str) -> CompactSignature:
    """The token taken apart, not believed yet; raises TokenRefused when its form is not ours."""
    if len(token) > LONGEST:
        raise TokenRefused("too long")
    try:
        unsigned = extract_compact(token.encode("ascii"))
        header = unsigned.headers()
    except (JoseError, ValueError, TypeError) as error:
        raise TokenRefused("malformed") from error
    if header.get("alg") not in ALGORITHMS or "crit" in header:
        raise TokenRefused("algorithm")
    if str(header.get("typ")).lower() not in TYPES:
        raise TokenRefused("type")
    return unsigned


def kid_of(unsigned: CompactSignature) -> str:
    """The id of the key the token names; raises TokenRefused when it names none."""
    kid = unsigned.headers().get("kid")
    if not isinstance(kid, str):
        raise TokenRefused("no key named")
    return kid


def _claims_from(claims: dict[str, Any], kid: str) -> Claims:
    roles = claims.get("roles", [])
    if not isinstance(claims["sid"], str) or not isinstance(roles, list):
        raise TokenRefused("claims of another shape")
    return Claims(
        subject=claims["sub"],
        session=claims["sid"],
        roles=tuple(str(role) for role in roles),
        expires_at=float(claims["exp"]),
        key_id=kid,
        raw=claims,
    )
