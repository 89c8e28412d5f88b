"""Keyed hashes and sealed values: what the database may hold of a secret."""

import hmac
import os
from collections.abc import Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_ID_BYTES = 4


class Vault:
    """Derives every key of the service from the secret key, and from its predecessors.

    The first secret signs and seals; the others still read. A copy of the database without
    the secret holds no value that opens anything.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets:
            raise ValueError("a vault needs at least one secret")
        self._roots = [sha256(secret.encode()).digest() for secret in secrets]

    def digest(self, purpose: str, value: str | bytes) -> bytes:
        """The keyed hash (HMAC-SHA-256, RFC 2104) of a bearer value: 32 bytes."""
        return _mac(self._key(self._roots[0], purpose), value)

    def digests(self, purpose: str, value: str | bytes) -> list[bytes]:
        """The keyed hash under every secret that is still accepted, newest first."""
        return [_mac(self._key(root, purpose), value) for root in self._roots]

    def seal(self, purpose: str, value: bytes) -> bytes:
        """`value` encrypted with AES-256-GCM: key id, nonce and ciphertext in one string."""
        key = self._key(self._roots[0], purpose)
        nonce = os.urandom(NONCE_BYTES)
        return _key_id(key) + nonce + AESGCM(key).encrypt(nonce, value, purpose.encode())

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """The value that was sealed; ValueError when no accepted secret opens it."""
        key_id, rest = sealed[:KEY_ID_BYTES], sealed[KEY_ID_BYTES:]
        for root in self._roots:
            key = self._key(root, purpose)
            if _key_id(key) == key_id:
                try:
                    return AESGCM(key).decrypt(
                        rest[:NONCE_BYTES], rest[NONCE_BYTES:], purpose.encode()
                    )
                except InvalidTag as tampered:
                    raise ValueError("a sealed value was changed") from tampered
        raise ValueError("a sealed value was written with a secret that is no longer given")

    def _key(self, root: bytes, purpose: str) -> bytes:
        return _mac(root, f"firstmile:{purpose}")


def _mac(key: bytes, value: str | bytes) -> bytes:
    return hmac.digest(key, value.encode() if isinstance(value, str) else value, "sha256")


def _key_id(key: bytes) -> bytes:
    return sha256(key).digest()[:KEY_ID_BYTES]
