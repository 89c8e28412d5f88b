"""Where a unit falls: every algorithm by which a share of units is found.

A flag pins its `hash_version`: the same unit falls to the same place for as long as the flag
lives, and a flag that is imported keeps the algorithm it came with. Only `murmur3` is for new
flags. It is what flagd calls fractional bucketing, version 2.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from hashlib import md5, sha1

import mmh3

Position = Callable[[str], int]

UNLEASH_VARIANTS_SEED = 86028157  # so that a variant does not depend on who is in the rollout


class Hash(StrEnum):
    """The algorithms, by the names that flags pin."""

    MURMUR3 = "murmur3"
    GROWTHBOOK_1 = "growthbook-1"
    GROWTHBOOK_2 = "growthbook-2"
    UNLEASH = "unleash"
    UNLEASH_VARIANTS = "unleash-variants"
    FLAGSMITH = "flagsmith"
    LAUNCHDARKLY = "launchdarkly"


# The steps in which a percentage can be counted, where they are coarser than a thousandth.
FINEST = {Hash.UNLEASH: 1000, Hash.GROWTHBOOK_1: 100, Hash.GROWTHBOOK_2: 10}
# Those under which one flag's share tells something of another's: not for new flags.
NOT_INDEPENDENT = frozenset({Hash.GROWTHBOOK_1})


def bound(version: Hash, salt: str, weight: int) -> tuple[Position, int]:
    """The function from a unit to its place for this salt, and the number of places.

    `weight` is the sum of the weights that share the places; only algorithms whose places
    depend on it look at it.
    """
    return _BOUND[version](salt, weight)


def _murmur3(salt: str, _: int) -> tuple[Position, int]:
    """MurmurHash3 x86 32 with seed 0 of salt and unit; all 2^32 values are places."""
    hashed = mmh3.hash
    return lambda unit: hashed(_utf8(salt + unit), 0, False), 2**32  # noqa: FBT003  signed, by position


def _growthbook_1(salt: str, _: int) -> tuple[Position, int]:
    return lambda unit: _fnv1a(unit + salt) % 1000, 1000


def _growthbook_2(salt: str, _: int) -> tuple[Position, int]:
    return lambda unit: _fnv1a(str(_fnv1a(salt + unit))) % 10_000, 10_000


def _unleash(salt: str, _: int) -> tuple[Position, int]:
    hashed = mmh3.hash
    return lambda unit: hashed(_utf8(f"{salt}:{unit}"), 0, False) % 100, 100  # noqa: FBT003


def _unleash_variants(salt: str, weight: int) -> tuple[Position, int]:
    hashed, places = mmh3.hash, max(weight, 1)
    return (
        lambda unit: hashed(_utf8(f"{salt}:{unit}"), UNLEASH_VARIANTS_SEED, False) % places,  # noqa: FBT003
        places,
    )


def _flagsmith(salt: str, _: int) -> tuple[Position, int]:
    """MD5 modulo 9999; who falls to the last of its 9999 values is hashed again, repeated.

    The salt holds the comma, and whatever Flagsmith puts before an identifier.
    """

    def position(unit: str) -> int:
        text = whole = f"{salt}{unit}"
        while (place := int(md5(_utf8(whole)).hexdigest(), 16) % 9999) == 9998:  # noqa: S324
            whole = f"{whole},{text}"
        return place

    return position, 9998


def _launchdarkly(salt: str, _: int) -> tuple[Position, int]:
    """The first 60 bits of SHA-1; the last value of all falls to the last place."""
    last = 2**60 - 2

    def position(unit: str) -> int:
        return min(int(sha1(_utf8(f"{salt}.{unit}")).hexdigest()[:15], 16), last)  # noqa: S324

    return position, 2**60 - 1


_BOUND: dict[Hash, Callable[[str, int], tuple[Position, int]]] = {
    Hash.MURMUR3: _murmur3,
    Hash.GROWTHBOOK_1: _growthbook_1,
    Hash.GROWTHBOOK_2: _growthbook_2,
    Hash.UNLEASH: _unleash,
    Hash.UNLEASH_VARIANTS: _unleash_variants,
    Hash.FLAGSMITH: _flagsmith,
    Hash.LAUNCHDARKLY: _launchdarkly,
}


def _fnv1a(text: str) -> int:
    """FNV-1a of 32 bits over the UTF-16 units of a text, as GrowthBook's JavaScript has it."""
    value = 0x811C9DC5
    for unit in text.encode() if text.isascii() else _utf16(text):
        value = ((value ^ unit) * 0x01000193) & 0xFFFFFFFF
    return value


def _utf16(text: str) -> Iterable[int]:
    return memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H")


def _utf8(text: str) -> bytes:
    """Half a character, which JSON can spell, is hashed as the sign for what cannot be read."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
