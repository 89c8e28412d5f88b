"""The keys that sign access tokens, and their staged rotation.

A key is published as `next` before it signs, so that every verifier knows it in time; it signs
as `active`; and it stays published as `retiring` until the last token it signed has expired.
"""

import base64
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from firstmile.identity import store_sessions as store
from firstmile.identity.store_sessions import KeyRow
from firstmile.kernel.database import Database
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work

log = structlog.get_logger()

ALGORITHM = "ES256"
AUDIENCE = "firstmile"
TOKEN_TYPE = "at+jwt"  # noqa: S105  RFC 9068, section 2.1
SEALED_AS = "signing_key"
TOPIC = "signing_keys"


class SigningKeys:
    """The keys as a snapshot in memory, replaced when they are rotated."""

    def __init__(self, vault: Vault, *, issuer: str, token_life: timedelta) -> None:
        self._vault = vault
        self._issuer = issuer
        self._token_life = token_life
        self._active: ECKey | None = None
        self._public: dict[str, ECKey] = {}
        self.jwks: dict[str, Any] = {"keys": []}

    async def load(self, database: Database) -> None:
        """Read the keys."""
        async with database.lease() as db:
            rows = await store.signing_keys(db)
        active = next((row for row in rows if row.state == "active"), None)
        if active is None:
            raise LookupError("no signing key: run `firstmile migrate`")
        self._active = ECKey.import_key(
            msgspec.json.decode(self._vault.open(SEALED_AS, active.private_sealed))
        )
        self._public = {row.kid: ECKey.import_key(dict(row.public_jwk)) for row in rows}
        self.jwks = {"keys": [row.public_jwk for row in rows]}

    def sign(
        self,
        claims: dict[str, Any],
        now: datetime,
        *,
        audience: str | list[str] = AUDIENCE,
        kind: str = TOKEN_TYPE,
        life: timedelta | None = None,
    ) -> str:
        """A token with these claims beside iss, aud, iat and exp.

        By itself an access token of our own API (RFC 9068); a token for others has another
        audience or another `typ`, and never lives longer.
        """
        if self._active is None:
            raise LookupError("the signing keys are not loaded")
        header = {"alg": ALGORITHM, "typ": kind, "kid": self._active.kid}
        issued = int(now.timestamp())
        lives = min(life or self._token_life, self._token_life)
        standard = {
            "iss": self._issuer,
            "aud": audience,
            "iat": issued,
            "exp": issued + int(lives.total_seconds()),
        }
        return jwt.encode(header, {**standard, **claims}, self._active, algorithms=[ALGORITHM])

    def verify(
        self, token: str, now: datetime, *, audience: str = AUDIENCE
    ) -> dict[str, Any] | None:
        """The claims of an access token we signed for this audience, until it expires."""
        claims = self.read(token, kind=TOKEN_TYPE)
        if claims is None or not _is_for(audience, claims.get("aud")):
            return None
        expires = claims.get("exp")
        return claims if isinstance(expires, int) and now.timestamp() < expires else None

    def read(self, token: str, *, kind: str) -> dict[str, Any] | None:
        """The claims of any token of this `typ` we signed, whoever it is for and however old."""
        try:
            kid = _header(token).get("kid")
            key = self._public.get(kid) if isinstance(kid, str) else None
            if key is None:
                return None
            read = jwt.decode(token, key, algorithms=[ALGORITHM])
        except (JoseError, ValueError, RecursionError):
            return None
        is_ours = read.header.get("typ") == kind and read.claims.get("iss") == self._issuer
        return read.claims if is_ours else None


async def ensure_keys(work: Work, vault: Vault) -> None:
    """Make the first key and its successor where there are none."""
    states = {row.state for row in await store.signing_keys(work.db, for_update=True)}
    for state in ("active", "next"):
        if state not in states:
            await store.add_signing_key(work.db, _made(vault, state, work.now), work.now)


async def rotate_keys(work: Work, vault: Vault, *, token_life: timedelta) -> list[KeyRow]:
    """One stage on: retire the active key, use the next, publish a new next; the keys after.

    A key whose last token has expired is dropped. Every key is sealed with the present secret.
    """
    rows = await store.signing_keys(work.db, for_update=True)
    for row in rows:
        if row.state == "retiring" and row.state_since + token_life < work.now:
            await store.drop_signing_key(work.db, row.kid)
        else:
            private = vault.open(SEALED_AS, row.private_sealed)
            await store.reseal_signing_key(work.db, row.kid, vault.seal(SEALED_AS, private))
    for old, new in (("active", "retiring"), ("next", "active")):
        for row in rows:
            if row.state == old:
                await store.move_signing_key(work.db, row.kid, new, work.now)
    await store.add_signing_key(work.db, _made(vault, "next", work.now), work.now)
    return await store.signing_keys(work.db)


def _made(vault: Vault, state: str, now: datetime) -> KeyRow:
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, private=True)
    key.ensure_kid()
    private = msgspec.json.encode(key.as_dict(private=True))
    public = {name: str(value) for name, value in key.as_dict(private=False).items()}
    return KeyRow(str(key.kid), state, public, vault.seal(SEALED_AS, private), now)


def _is_for(audience: str, named: object) -> bool:
    """Whether a token names this audience, alone or among others (RFC 7519, 4.1.3)."""
    return audience in named if isinstance(named, list) else named == audience


def _header(token: str) -> dict[str, Any]:
    encoded = token.split(".", 1)[0]
    header = msgspec.json.decode(_unpadded(encoded))
    return header if isinstance(header, dict) else {}


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
