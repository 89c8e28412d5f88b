"""An authenticator in software: makes passkeys and signs with them, honestly or not."""

import base64
import json
import os
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

ORIGIN = "http://localhost:8000"
PRESENT, VERIFIED, CAN_BE_BACKED_UP, BACKED_UP, HAS_KEY = 0x01, 0x04, 0x08, 0x10, 0x40
ES256, EDDSA, RS256 = -7, -8, -257
NAMELESS = UUID(int=0)

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def encoded(value: bytes) -> str:
    """Base64url without padding, as in the W3C's JSON."""
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Key:
    """One passkey, both halves."""

    private: PrivateKey
    algorithm: int
    user_handle: bytes
    id: bytes = field(default_factory=lambda: os.urandom(32))
    count: int = 0

    @classmethod
    def made(cls, algorithm: int, user_handle: bytes) -> "Key":
        private: PrivateKey = ec.generate_private_key(ec.SECP256R1())
        if algorithm == EDDSA:
            private = ed25519.Ed25519PrivateKey.generate()
        elif algorithm == RS256:
            private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return cls(private, algorithm, user_handle)

    @property
    def cose(self) -> dict[int, Any]:
        """The public half as a COSE key (RFC 9053)."""
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            point = self.private.public_key().public_numbers()
            x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
            return {1: 2, 3: self.algorithm, -1: 1, -2: x, -3: y}
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return {
                1: 1,
                3: self.algorithm,
                -1: 6,
                -2: self.private.public_key().public_bytes_raw(),
            }
        numbers = self.private.public_key().public_numbers()
        n, e = numbers.n.to_bytes(256, "big"), numbers.e.to_bytes(3, "big")
        return {1: 3, 3: self.algorithm, -1: n, -2: e}

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return self.private.sign(data, ec.ECDSA(SHA256()))
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(data)
        return self.private.sign(data, padding.PKCS1v15(), SHA256())


@dataclass
class Authenticator:
    """Keeps keys; `lie` overrides what an honest one would say in the next answer.

    What may be lied about: origin, rp_id, challenge, type, cross_origin, flags, count, signature,
    user_handle, id, cose, fmt.
    """

    verifies_person: bool = True
    counts: bool = True
    is_synced: bool = False
    aaguid: UUID = NAMELESS
    algorithm: int = ES256
    keys: list[Key] = field(default_factory=list)

    def create(self, options: dict[str, Any], **lie: Any) -> dict[str, Any]:
        """The answer to `navigator.credentials.create()`, as `toJSON()` writes it."""
        asked = {param["alg"] for param in options["pubKeyCredParams"]}
        assert self.algorithm in asked or "cose" in lie
        excluded = {decoded(one["id"]) for one in options["excludeCredentials"]}
        assert not excluded & {key.id for key in self.keys}, "InvalidStateError"
        key = Key.made(self.algorithm, decoded(options["user"]["id"]))
        key.id = lie.get("id", key.id)
        self.keys.append(key)
        introduced = self.aaguid.bytes + len(key.id).to_bytes(2, "big") + key.id
        introduced += lie.get("cose") or cbor2.dumps(key.cose)
        data = self._data(options["rp"]["id"], key, lie, HAS_KEY) + introduced
        statement = {"fmt": lie.get("fmt", "none"), "attStmt": {}, "authData": data}
        return {
            "id": encoded(key.id),
            "rawId": encoded(key.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encoded(_client("webauthn.create", options, lie)),
                "attestationObject": encoded(cbor2.dumps(statement)),
                "transports": ["internal", "hybrid"],
            },
        }

    def get(self, options: dict[str, Any], key: Key | None = None, **lie: Any) -> dict[str, Any]:
        """The answer to `navigator.credentials.get()`, as `toJSON()` writes it."""
        allowed = {decoded(one["id"]) for one in options["allowCredentials"]}
        key = key or next(one for one in self.keys if not allowed or one.id in allowed)
        if self.counts:
            key.count += 1
        client = _client("webauthn.get", options, lie)
        data = self._data(options["rpId"], key, lie, 0)
        signature = key.sign(data + sha256(client).digest())
        handle = lie.get("user_handle", key.user_handle)
        return {
            "id": encoded(lie.get("id", key.id)),
            "rawId": encoded(lie.get("id", key.id)),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encoded(client),
                "authenticatorData": encoded(lie.get("data", data)),
                "signature": encoded(lie.get("signature", signature)),
                "userHandle": encoded(handle) if handle is not None else None,
            },
        }

    def _data(self, rp_id: str, key: Key, lie: dict[str, Any], more: int) -> bytes:
        flags = PRESENT | (VERIFIED if self.verifies_person else 0) | more
        flags |= (CAN_BE_BACKED_UP | BACKED_UP) if self.is_synced else 0
        flags = lie.get("flags", flags)
        count = lie.get("count", key.count)
        rp_hash = sha256(str(lie.get("rp_id", rp_id)).encode()).digest()
        return bytes(rp_hash + bytes([flags]) + count.to_bytes(4, "big"))


def _client(kind: str, options: dict[str, Any], lie: dict[str, Any]) -> bytes:
    told = {
        "type": lie.get("type", kind),
        "challenge": lie.get("challenge", options["challenge"]),
        "origin": lie.get("origin", ORIGIN),
        "crossOrigin": lie.get("cross_origin", False),
    }
    return json.dumps(told, separators=(",", ":")).encode()
