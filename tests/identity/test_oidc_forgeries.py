"""ID tokens that are forged: each is refused for its own reason."""

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwe, jws, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from tests.identity.hostile_provider import (
    KEY,
    OTHER_KEY,
    SECRET,
    Claims,
    HostileProvider,
)
from tests.identity.test_oidc_client import Relying, hostile, relying

__all__ = ["hostile", "relying"]


def part(told: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")


def unsigned(_: HostileProvider, claims: Claims) -> str:
    return f"{part({'alg': 'none'})}.{part(claims)}."


def unsigned_in_capitals(_: HostileProvider, claims: Claims) -> str:
    return f"{part({'alg': 'NONE', 'kid': 'one'})}.{part(claims)}."


def by_the_public_key(_: HostileProvider, claims: Claims) -> str:
    """The old trick: what is published to verify with, used as a shared secret."""
    body = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(claims)}"
    signature = hmac.digest(KEY.as_pem(private=False), body.encode(), "sha256")
    return f"{body}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def by_the_clients_secret(_: HostileProvider, claims: Claims) -> str:
    secret = OctKey.import_key(SECRET.encode())
    return jwt.encode({"alg": "HS256", "kid": "one"}, claims, secret, algorithms=["HS256"])


def by_another_key(_: HostileProvider, claims: Claims, **header: Any) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one", **header}, claims, OTHER_KEY)


def by_a_key_it_brings_along(hostile: HostileProvider, claims: Claims) -> str:
    published, brought = (ECKey.generate_key("P-256", {"kid": "one"}) for _ in range(2))
    hostile.published = [published.as_dict(private=False)]
    header = {"alg": "ES256", "kid": "one", "jwk": brought.as_dict(private=False)}
    return jwt.encode(header, claims, brought)


def by_a_key_it_points_to(hostile: HostileProvider, claims: Claims) -> str:
    return by_another_key(hostile, claims, jku=f"{hostile.issuer}/other-keys")


def by_an_unknown_key(hostile: HostileProvider, claims: Claims) -> str:
    return by_another_key(hostile, claims, kid="../../one")


def by_a_key_of_another_kind(_: HostileProvider, claims: Claims) -> str:
    key = ECKey.generate_key("P-256", {"kid": "one"}, private=True)
    return jwt.encode({"alg": "ES256", "kid": "one"}, claims, key)


def with_changed_claims(hostile: HostileProvider, claims: Claims) -> str:
    head, _, signature = jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY).split(".")
    return f"{head}.{part({**claims, 'sub': 'victim'})}.{signature}"


def with_a_critical_word(_: HostileProvider, claims: Claims) -> str:
    head = part({"alg": "RS256", "kid": "one", "crit": ["exp"], "exp": 1})
    return f"{head}.{part(claims)}.AAAA"


def sealed_for_somebody(_: HostileProvider, claims: Claims) -> str:
    header = {"alg": "RSA-OAEP", "enc": "A256GCM", "kid": "one"}
    key = RSAKey.import_key({**KEY.as_dict(private=False), "use": "enc"})
    return jwe.encrypt_compact(header, json.dumps(claims), key)


def no_token_at_all(_: HostileProvider, __: Claims) -> str:
    return "<script>alert(1)</script>"


def nested_without_end(_: HostileProvider, __: Claims) -> str:
    return jws.serialize_compact({"alg": "RS256", "kid": "one"}, b"[" * 90_000, KEY)


FORGED: dict[Callable[[HostileProvider, Claims], str], str] = {
    unsigned: "UnsupportedAlgorithmError",
    unsigned_in_capitals: "UnsupportedAlgorithmError",
    by_the_public_key: "UnsupportedAlgorithmError",
    by_the_clients_secret: "UnsupportedAlgorithmError",
    by_another_key: "BadSignatureError",
    by_a_key_it_brings_along: "BadSignatureError",
    by_a_key_it_points_to: "BadSignatureError",
    by_an_unknown_key: "unknown_key",
    by_a_key_of_another_kind: "InvalidKeyTypeError",
    with_changed_claims: "BadSignatureError",
    with_a_critical_word: "UnsupportedHeaderError",
    sealed_for_somebody: "DecodeError",
    no_token_at_all: "DecodeError",
    nested_without_end: "RecursionError",
}


@pytest.mark.asvs("9.1.1", "9.1.2", "9.1.3")
@pytest.mark.parametrize("forge", FORGED, ids=lambda forge: str(forge.__name__))
async def test_a_token_is_refused_that_is_signed(
    forge: Callable[[HostileProvider, Claims], str], relying: Relying
) -> None:
    relying.hostile.signs = forge

    assert (await relying.refusal())[0] == FORGED[forge]
    assert "/other-keys" not in relying.hostile.asked
