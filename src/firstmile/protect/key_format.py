"""How a key is written, so that a foreign text or a typo is known without asking anybody."""

import re
import string
import zlib

PREFIX = "fmk"  # of a project
LABEL_LENGTH = 8
CHECK_LENGTH = 6
# `fmk_<label>_<secret>_<checksum>`: one word to double-click, and one pattern to search leaks for.
PATTERN = re.compile(r"((fm[a-z])_[0-9A-Za-z]{8}_[0-9A-Za-z_-]{43}_)([0-9A-Za-z]{6})")
DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
LABELS = len(DIGITS) ** LABEL_LENGTH


def written(label: str, secret: str, prefix: str = PREFIX) -> str:
    """The key as it is shown, with its checksum (CRC-32 in base 62, six digits)."""
    body = f"{prefix}_{label}_{secret}_"
    return body + _checksum(body)


def is_well_written(text: str, *prefixes: str) -> bool:
    """Whether this could be one of our keys; of a project's when no prefix is named."""
    found = PATTERN.fullmatch(text)
    return (
        found is not None
        and found[2] in (prefixes or (PREFIX,))
        and _checksum(found[1]) == found[3]
    )


def label_of(number: int) -> str:
    """The part of a key that may be shown, from a random number below `LABELS`."""
    return _base_62(number, LABEL_LENGTH)


def _checksum(body: str) -> str:
    return _base_62(zlib.crc32(body.encode()), CHECK_LENGTH)


def _base_62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(DIGITS))
        digits.append(DIGITS[digit])
    return "".join(reversed(digits))
