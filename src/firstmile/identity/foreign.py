"""Password hashes that other systems made: what they may cost, and whether a password fits."""

import hashlib
import hmac
import math
from typing import Annotated, Literal

import bcrypt
import msgspec
from argon2 import Type, low_level
from argon2.exceptions import HashingError
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msgspec import Meta

BCRYPT_BYTES = 72
MAX_BCRYPT_COST = 14
MAX_MEMORY_KIB = 256 * 1024
MAX_PASSES = 16
MAX_LANES = 8
MAX_ARGON2_WORK = 1024 * 1024  # KiB times passes: half a second to a second of a core
MAX_ITERATIONS = 2_000_000
MAX_SCRYPT_WORK = 2**22  # N times r times p: four times what OWASP asks for
SIGNATURE_KEY_BYTES = 32

Digest = Literal["sha1", "sha256", "sha512"]
Salt = Annotated[bytes, Meta(max_length=1024)]
# Of a shorter hash another password fits by chance.
Hashed = Annotated[bytes, Meta(min_length=16, max_length=128)]


class HashRefused(ValueError):
    """A hash that is not taken; its text says why, to the operator."""


class Foreign(msgspec.Struct, frozen=True, tag_field="kind"):
    """A hash with its salt and its costs; made only within the bounds of this file."""

    def __post_init__(self) -> None:
        if reason := self.excess():
            raise HashRefused(reason)

    def excess(self) -> str | None:
        """Why checking it would cost more than a sign-in may, if it would."""
        raise NotImplementedError

    def fits(self, password: bytes) -> bool:
        """Whether it was made of this password."""
        raise NotImplementedError


class ForeignBcrypt(Foreign, frozen=True, tag="bcrypt"):
    """bcrypt of the password itself, or as Django does it of the hex of its SHA-256."""

    hashed: Annotated[str, Meta(pattern=r"^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$")]
    of_sha256: bool = False

    def excess(self) -> str | None:
        cost = int(self.hashed[4:6])
        return None if 4 <= cost <= MAX_BCRYPT_COST else f"bcrypt of cost {cost}"

    def fits(self, password: bytes) -> bool:
        if self.of_sha256:
            password = hashlib.sha256(password).hexdigest().encode()
        # The system that made it read as far: to the 72nd byte, or to a NUL.
        seen = password.partition(b"\0")[0][:BCRYPT_BYTES]
        return bcrypt.checkpw(seen, self.hashed.encode())


class ForeignArgon2(Foreign, frozen=True, tag="argon2"):
    """argon2i or argon2id (RFC 9106)."""

    variant: Literal["i", "id"]
    version: Literal[16, 19]
    memory_kib: int
    passes: int
    lanes: int
    salt: Annotated[bytes, Meta(min_length=8, max_length=1024)]
    hashed: Hashed

    def excess(self) -> str | None:
        is_within = (
            8 <= self.memory_kib <= MAX_MEMORY_KIB
            and 1 <= self.passes <= MAX_PASSES
            and 1 <= self.lanes <= MAX_LANES
            and self.memory_kib * self.passes <= MAX_ARGON2_WORK
        )
        costs = f"m={self.memory_kib},t={self.passes},p={self.lanes}"
        return None if is_within else f"argon2 of {costs}"

    def fits(self, password: bytes) -> bool:
        try:
            found = low_level.hash_secret_raw(
                password,
                self.salt,
                time_cost=self.passes,
                memory_cost=self.memory_kib,
                parallelism=self.lanes,
                hash_len=len(self.hashed),
                type=Type.I if self.variant == "i" else Type.ID,
                version=self.version,
            )
        except HashingError:
            return False
        return hmac.compare_digest(found, self.hashed)


class ForeignPbkdf2(Foreign, frozen=True, tag="pbkdf2"):
    """PBKDF2 with HMAC (RFC 8018)."""

    digest: Digest
    iterations: int
    salt: Salt
    hashed: Hashed

    def excess(self) -> str | None:
        blocks = math.ceil(len(self.hashed) / hashlib.new(self.digest).digest_size)
        if 1 <= self.iterations <= MAX_ITERATIONS // blocks:
            return None
        return f"pbkdf2 of {self.iterations} iterations for {len(self.hashed)} bytes"

    def fits(self, password: bytes) -> bool:
        found = hashlib.pbkdf2_hmac(
            self.digest, password, self.salt, self.iterations, len(self.hashed)
        )
        return hmac.compare_digest(found, self.hashed)


class ForeignScrypt(Foreign, frozen=True, tag="scrypt"):
    """scrypt (RFC 7914); with a signer's key it is Firebase's way of using it."""

    cost: int
    block: int
    lanes: int
    salt: Salt
    hashed: Hashed
    signer_key: Salt = b""

    def excess(self) -> str | None:
        is_within = (
            self.cost > 1
            and self.cost.bit_count() == 1
            and self.block >= 1
            and self.lanes >= 1
            and 128 * self.cost * self.block <= MAX_MEMORY_KIB * 1024
            and self.cost * self.block * self.lanes <= MAX_SCRYPT_WORK
        )
        costs = f"N={self.cost},r={self.block},p={self.lanes}"
        return None if is_within else f"scrypt of {costs}"

    def fits(self, password: bytes) -> bool:
        if not self.signer_key:
            return hmac.compare_digest(self._derived(password, len(self.hashed)), self.hashed)
        # The derived key encrypts the project's signer key, and that is the hash.
        key = algorithms.AES(self._derived(password, SIGNATURE_KEY_BYTES))
        encryptor = Cipher(key, modes.CTR(bytes(16))).encryptor()
        return hmac.compare_digest(encryptor.update(self.signer_key), self.hashed)

    def _derived(self, password: bytes, length: int) -> bytes:
        room = 2 * MAX_MEMORY_KIB * 1024
        return hashlib.scrypt(
            password,
            salt=self.salt,
            n=self.cost,
            r=self.block,
            p=self.lanes,
            maxmem=room,
            dklen=length,
        )


AnyForeign = ForeignBcrypt | ForeignArgon2 | ForeignPbkdf2 | ForeignScrypt


def read_kept(text: bytes) -> AnyForeign:
    """The hash of this JSON, which `msgspec.json.encode` wrote; ValueError when it is none."""
    found: AnyForeign = msgspec.json.decode(text, type=AnyForeign)
    return found
