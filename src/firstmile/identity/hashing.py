"""Our own password hashes: bcrypt, and argon2id by setting."""

import os
from dataclasses import dataclass
from typing import ClassVar, Protocol

import bcrypt
from argon2 import Type, extract_parameters, low_level
from argon2.exceptions import VerifyMismatchError

from firstmile.identity.settings import IdentitySettings

SALT_BYTES = 16
HASH_BYTES = 32


class Scheme(Protocol):
    """A way to hash a prepared password, dear enough that guessing is slow."""

    name: ClassVar[str]

    def hash(self, prepared: bytes) -> str:
        """The hash to keep, with its salt and its costs in it."""

    def fits(self, prepared: bytes, hashed: str) -> bool:
        """Whether `hashed` was made of this password, whatever it cost."""

    def is_cheaper(self, hashed: str) -> bool:
        """Whether `hashed` cost less than one costs now."""

    def as_settings(self) -> str:
        """The environment that chooses this scheme at these costs."""


@dataclass(frozen=True)
class Bcrypt:
    """bcrypt: `cost` doublings of its work (Provos and Mazières, 1999)."""

    name: ClassVar[str] = "bcrypt-hmac-sha256"

    cost: int

    def hash(self, prepared: bytes) -> str:
        return bcrypt.hashpw(prepared, bcrypt.gensalt(self.cost)).decode()

    def fits(self, prepared: bytes, hashed: str) -> bool:
        return bcrypt.checkpw(prepared, hashed.encode())

    def is_cheaper(self, hashed: str) -> bool:
        return int(hashed.split("$")[2]) < self.cost

    def as_settings(self) -> str:
        return f"PASSWORD_HASH=bcrypt BCRYPT_COST={self.cost}"


@dataclass(frozen=True)
class Argon2id:
    """argon2id: `passes` over `memory_kib` of memory by `lanes` threads (RFC 9106)."""

    name: ClassVar[str] = "argon2id-hmac-sha256"

    memory_kib: int
    passes: int
    lanes: int

    def hash(self, prepared: bytes) -> str:
        return low_level.hash_secret(
            prepared,
            salt=os.urandom(SALT_BYTES),
            time_cost=self.passes,
            memory_cost=self.memory_kib,
            parallelism=self.lanes,
            hash_len=HASH_BYTES,
            type=Type.ID,
        ).decode()

    def fits(self, prepared: bytes, hashed: str) -> bool:
        try:
            return low_level.verify_secret(hashed.encode(), prepared, Type.ID)
        except VerifyMismatchError:
            return False

    def is_cheaper(self, hashed: str) -> bool:
        costs = extract_parameters(hashed)
        return costs.memory_cost < self.memory_kib or costs.time_cost < self.passes

    def as_settings(self) -> str:
        costs = f"ARGON2_MEMORY_KIB={self.memory_kib} ARGON2_PASSES={self.passes}"
        return f"PASSWORD_HASH=argon2id {costs}"


# How each kind of our hashes is checked; what they cost is in the hashes.
SCHEMES: dict[str, Scheme] = {
    scheme.name: scheme for scheme in (Bcrypt(cost=12), Argon2id(19456, passes=2, lanes=1))
}


def chosen_scheme(settings: IdentitySettings) -> Scheme:
    """The way new passwords are hashed."""
    if settings.password_hash == "argon2id":  # noqa: S105  the name of a scheme
        return Argon2id(
            settings.argon2_memory_kib, settings.argon2_passes, lanes=settings.argon2_lanes
        )
    return Bcrypt(settings.bcrypt_cost)
