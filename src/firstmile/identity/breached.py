"""The list of stolen passwords: asked offline, from a compact file."""

import mmap
import struct
from hashlib import sha1
from pathlib import Path

# The file: this header; where each bucket's part begins, as 4 bytes a bucket and one more for the
# end; then for each password two bytes of its SHA-1, sorted within the bucket. A bucket is named
# by the first bits of the SHA-1, so a password costs 18 to 20 bits and asking costs one page.
HEADER = struct.Struct(">8sBxxxI")
START = struct.Struct(">I")
FINGERPRINT = struct.Struct(">H")
MAGIC = b"FMSTOLEN"
PREFIX_BYTES = 8
FINGERPRINT_BITS = 16
# A password that is in no list is taken for one that is once in 65,536 / 8 = 8,192 times at most.
FULLEST_BUCKET = 8
SHIPPED = Path(__file__).parent / "lists" / "stolen-passwords.filter"


class FilterBroken(ValueError):
    """A file that is no filter of ours, or not all of one."""


class StolenPasswords:
    """A filter file, mapped into memory and shared by every process that reads it."""

    def __init__(self, path: Path = SHIPPED) -> None:
        with path.open("rb") as file:
            head = file.read(HEADER.size)
            try:
                magic, self._bits, self.count = HEADER.unpack(head)
            except struct.error as short:
                raise FilterBroken(f"{path} is no filter of passwords") from short
            if magic != MAGIC or self._bits > 32:
                raise FilterBroken(f"{path} is no filter of passwords")
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._body = HEADER.size + START.size * (2**self._bits + 1)
        if len(self._bytes) != self._body + FINGERPRINT.size * self.count:
            raise FilterBroken(f"{path} is not whole")

    def __contains__(self, password: str) -> bool:
        """Whether a password is on the list; wrong once in 8,192 times for one that is not."""
        bucket, fingerprint = place_of(prefix_of(password.encode()), self._bits)
        start, end = struct.unpack_from(">II", self._bytes, HEADER.size + START.size * bucket)
        size = FINGERPRINT.size
        part = self._bytes[self._body + size * start : self._body + size * end]
        return any((fingerprint,) == one for one in FINGERPRINT.iter_unpack(part))


def prefix_of(password: bytes) -> int:
    """The first 64 bits of a password's SHA-1, which is how the lists of breaches are written."""
    return int.from_bytes(sha1(password, usedforsecurity=False).digest()[:PREFIX_BYTES])


def place_of(prefix: int, bits: int) -> tuple[int, int]:
    """The bucket of a password among `2**bits`, and its fingerprint in there."""
    rest = 8 * PREFIX_BYTES - bits
    fingerprint = (prefix >> (rest - FINGERPRINT_BITS)) & (2**FINGERPRINT_BITS - 1)
    return prefix >> rest, fingerprint


def bits_for(count: int) -> int:
    """The bits that name a bucket, so that on average no bucket is fuller than it may be."""
    return max(0, (-(-count // FULLEST_BUCKET) - 1).bit_length())
