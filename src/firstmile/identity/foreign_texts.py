"""Reads the ways in which other systems write a password hash down."""

import base64
import binascii
import re
from collections.abc import Callable

import msgspec

from firstmile.identity.foreign import (
    AnyForeign,
    Digest,
    ForeignArgon2,
    ForeignBcrypt,
    ForeignPbkdf2,
    ForeignScrypt,
    HashRefused,
    read_kept,
)

MAX_TEXT = 2000
# A number written as its logarithm is below this, and no N of scrypt is: Kratos writes N as `ln`.
MAX_LOGARITHM = 31


def read_hash(text: str) -> AnyForeign:
    """The hash that `text` writes down; raises HashRefused with the reason when we take it not.

    Takes bcrypt, argon2i and argon2id, PBKDF2 and scrypt: in the PHC string format as passlib,
    Kratos and Auth0 write it, as Django writes them, and Firebase's scrypt as Kratos and
    Supabase keep it.
    """
    if len(text) > MAX_TEXT:
        raise HashRefused("a hash of an unknown kind")
    kind, _, rest = text.strip().removeprefix("$").partition("$")
    reader = READERS.get(kind)
    if reader is None:
        raise HashRefused(f"a hash of the kind {_kind(kind)}")
    try:
        return reader(kind, rest)
    except HashRefused:
        raise
    except (ValueError, KeyError) as broken:
        raise HashRefused(f"{_kind(kind)} that cannot be read") from broken


def _bcrypt(kind: str, rest: str) -> AnyForeign:
    return _checked(ForeignBcrypt(f"${kind}${rest}"))


def _django_bcrypt(kind: str, rest: str) -> AnyForeign:
    return _checked(ForeignBcrypt(rest, of_sha256=kind == "bcrypt_sha256"))


def _argon2(kind: str, rest: str) -> AnyForeign:
    fields = rest.split("$")
    version = _numbers(fields.pop(0))["v"] if fields[0].startswith("v=") else 16
    costs, salt, hashed = fields
    costs_of = _numbers(costs)
    return _checked(
        ForeignArgon2(
            variant="id" if kind == "argon2id" else "i",
            version=19 if version == 19 else 16,
            memory_kib=costs_of["m"],
            passes=costs_of["t"],
            lanes=costs_of["p"],
            salt=_bytes(salt),
            hashed=_bytes(hashed),
        )
    )


def _django_argon2(_: str, rest: str) -> AnyForeign:
    kind, _, fields = rest.partition("$")
    if kind not in ("argon2i", "argon2id"):
        raise HashRefused(f"a hash of the kind {_kind(kind)}")
    return _argon2(kind, fields)


def _pbkdf2(kind: str, rest: str) -> AnyForeign:
    costs, salt, hashed = rest.split("$")
    return _checked(
        ForeignPbkdf2(
            digest=_digest(kind.partition("-")[2] or "sha1"),
            iterations=_numbers(costs)["i"] if "=" in costs else int(costs),
            salt=_bytes(salt),
            hashed=_bytes(hashed),
        )
    )


def _django_pbkdf2(kind: str, rest: str) -> AnyForeign:
    iterations, salt, hashed = rest.split("$")
    return _checked(
        ForeignPbkdf2(
            digest=_digest(kind.partition("_")[2]),
            iterations=int(iterations),
            salt=salt.encode(),
            hashed=_bytes(hashed),
        )
    )


def _scrypt(_: str, rest: str) -> AnyForeign:
    if "=" not in rest.partition("$")[0]:
        return _django_scrypt(rest)
    costs, salt, hashed = rest.split("$")
    costs_of = _numbers(costs)
    return _checked(
        ForeignScrypt(
            cost=_power(costs_of["ln"]),
            block=costs_of["r"],
            lanes=costs_of["p"],
            salt=_bytes(salt),
            hashed=_bytes(hashed),
        )
    )


def _django_scrypt(rest: str) -> AnyForeign:
    cost, salt, block, lanes, hashed = rest.split("$")
    return _checked(ForeignScrypt(int(cost), int(block), int(lanes), salt.encode(), _bytes(hashed)))


def _kratos_firebase(_: str, rest: str) -> AnyForeign:
    costs, salt, hashed, separator, signer_key = rest.split("$")
    return _firebase(_numbers(costs), "ln", salt, hashed, (separator, signer_key))


def _supabase_firebase(_: str, rest: str) -> AnyForeign:
    costs, salt, hashed = rest.split("$")
    words = dict(one.split("=", 1) for one in costs.split(","))
    keys = (words.pop("ss"), words.pop("sk"))
    return _firebase({name: int(value) for name, value in words.items()}, "n", salt, hashed, keys)


def _firebase(
    costs: dict[str, int], logarithm: str, salt: str, hashed: str, keys: tuple[str, str]
) -> AnyForeign:
    separator, signer_key = keys
    return _checked(
        ForeignScrypt(
            cost=_power(costs[logarithm]),
            block=costs["r"],
            lanes=costs["p"],
            salt=_bytes(salt) + _bytes(separator),
            hashed=_bytes(hashed),
            signer_key=_bytes(signer_key),
        )
    )


def _checked(made: AnyForeign) -> AnyForeign:
    """The same, once its lengths were held against its type, as when it is read back."""
    return read_kept(msgspec.json.encode(made))


def _digest(name: str) -> Digest:
    digest: Digest = msgspec.convert(name, Digest)
    return digest


def _numbers(text: str) -> dict[str, int]:
    """`m=19456,t=2` as numbers by their letters."""
    return {name: int(value) for name, value in (one.split("=") for one in text.split(","))}


def _power(logarithm: int) -> int:
    return 2**logarithm if 0 <= logarithm < MAX_LOGARITHM else logarithm


def _bytes(text: str) -> bytes:
    """Base64 with or without its padding; passlib writes a point for the plus."""
    bare = text.rstrip("=").replace(".", "+")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error as broken:
        raise ValueError("no base64") from broken


def _kind(name: str) -> str:
    """A name from a file, as it may stand in a report."""
    return name if re.fullmatch(r"[\w-]{1,24}", name) else "unknown"


READERS: dict[str, Callable[[str, str], AnyForeign]] = {
    "2a": _bcrypt,
    "2b": _bcrypt,
    "2y": _bcrypt,
    "bcrypt": _django_bcrypt,
    "bcrypt_sha256": _django_bcrypt,
    "argon2i": _argon2,
    "argon2id": _argon2,
    "argon2": _django_argon2,
    "pbkdf2": _pbkdf2,
    "pbkdf2-sha1": _pbkdf2,
    "pbkdf2-sha256": _pbkdf2,
    "pbkdf2-sha512": _pbkdf2,
    "pbkdf2_sha1": _django_pbkdf2,
    "pbkdf2_sha256": _django_pbkdf2,
    "scrypt": _scrypt,
    "firescrypt": _kratos_firebase,
    "fbscrypt": _supabase_firebase,
}
