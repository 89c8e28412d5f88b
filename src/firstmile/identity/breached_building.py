"""Builds the filter of stolen passwords from a list, in bounded memory."""

import os
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Literal

from firstmile.identity.breached import (
    FINGERPRINT,
    HEADER,
    MAGIC,
    PREFIX_BYTES,
    START,
    bits_for,
    place_of,
    prefix_of,
)

Format = Literal["plain", "hibp"]
# A shorter password is refused for its length, so it need not be on the list.
SHORTEST = 8
SHA1_HEX = 40
# So many prefixes are sorted in memory at once.
RUN = 1_000_000
READ_BYTES = 1 << 20


class ListBroken(ValueError):
    """A line that is not of the format; its text says which."""


def build_filter(
    source: BinaryIO, target: Path, form: Format, *, seen: int = 1, run: int = RUN
) -> int:
    """Write the filter of the passwords in `source` to `target`; how many it holds.

    Of a list with counts only those that were seen so often. Takes 8 bytes a password of the
    folder for temporary files. A list that is sorted by hash, as that of Have I Been Pwned is, is
    read straight through; another is sorted in pieces. Raises ListBroken for a line of another
    format. The target is replaced whole or not at all.
    """
    prefixes = _of_plain(source) if form == "plain" else _of_hashes(source, seen)
    with tempfile.TemporaryDirectory(prefix="firstmile-passwords-") as folder:
        runs = Runs(Path(folder))
        for piece in _pieces(prefixes, run):
            runs.add(piece)
        return _write(runs, target)


class Runs:
    """Sorted prefixes in files, one file for as long as the next piece goes on where it ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: list[Path] = []
        self._last = 0

    def add(self, piece: "array[int]") -> None:
        """Keep a sorted piece."""
        if not self._files or piece[0] < self._last:
            self._files.append(self._folder / str(len(self._files)))
        with self._files[-1].open("ab") as file:
            piece.tofile(file)
        self._last = piece[-1]

    def distinct(self) -> Iterator[int]:
        """Every prefix once, in order."""
        before = -1
        for prefix in merge(*map(_read, self._files)):
            if prefix != before:
                yield prefix
            before = prefix


def _write(runs: Runs, target: Path) -> int:
    bits = bits_for(sum(1 for _ in runs.distinct()))
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as body, unfinished.open("r+b") as index:
            body.seek(HEADER.size + START.size * (2**bits + 1))
            index.seek(HEADER.size)
            kept = _fill(index, body, _places(runs, bits), 2**bits)
            index.seek(0)
            index.write(HEADER.pack(MAGIC, bits, kept))
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return kept


def _fill(index: BinaryIO, body: BinaryIO, places: Iterable[tuple[int, int]], buckets: int) -> int:
    """Write the fingerprints, and where each bucket's begin; an empty one begins as the next."""
    kept = begun = 0
    for bucket, fingerprint in places:
        if bucket >= begun:
            index.write(START.pack(kept) * (bucket + 1 - begun))
            begun = bucket + 1
        body.write(FINGERPRINT.pack(fingerprint))
        kept += 1
    index.write(START.pack(kept) * (buckets + 1 - begun))
    return kept


def _places(runs: Runs, bits: int) -> Iterator[tuple[int, int]]:
    """The bucket and fingerprint of each prefix; of two that are equal the first."""
    before = None
    for prefix in runs.distinct():
        place = place_of(prefix, bits)
        if place != before:
            yield place
        before = place


def _of_plain(source: BinaryIO) -> Iterator[int]:
    for line in source:
        password = line.rstrip(b"\r\n")
        if len(password.decode(errors="replace")) >= SHORTEST:
            yield prefix_of(password)


def _of_hashes(source: BinaryIO, seen: int) -> Iterator[int]:
    """Lines of `SHA1:count`, as the downloader of Have I Been Pwned writes them."""
    for number, line in enumerate(source, start=1):
        hexadecimal, _, count = line.rstrip(b"\r\n").partition(b":")
        try:
            prefix, times = int(hexadecimal[: 2 * PREFIX_BYTES], 16), int(count or b"1")
        except ValueError as broken:
            raise ListBroken(_misread(number)) from broken
        if len(hexadecimal) != SHA1_HEX:
            raise ListBroken(_misread(number))
        if times >= seen:
            yield prefix


def _misread(number: int) -> str:
    return f"line {number} is not the 40 digits of a SHA-1, a colon and a count"


def _pieces(prefixes: Iterable[int], run: int) -> Iterator["array[int]"]:
    numbers = iter(prefixes)
    while piece := array("Q", sorted(islice(numbers, run))):
        yield piece


def _read(path: Path) -> Iterator[int]:
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            yield from array("Q", chunk)
