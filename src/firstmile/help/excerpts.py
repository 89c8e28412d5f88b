"""The place of a text that answers a question, in pieces of plain text."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache

from firstmile.help.words import folded

WORD = re.compile(r"\w+")
LENGTH = 180  # characters: three lines of a panel
SHORT = 3  # letters; a shorter stem marks only the word that is just that


@dataclass(frozen=True)
class Piece:
    """Some text; `is_hit` when it is a word that was asked for."""

    text: str
    is_hit: bool = False


def excerpt(text: str, stems: Collection[str], length: int = LENGTH) -> list[Piece]:
    """The part of a text with most of what was asked for, its words marked.

    `stems` are folded beginnings of words. The pieces joined are plain text out of `text`, with
    an ellipsis where it was cut.
    """
    wanted = _beginning(stems)
    hits = [(one.start(), one.end()) for one in WORD.finditer(text) if wanted(_plain(one[0]))]
    begin, end = _window(text, hits, length)
    pieces: list[Piece] = []
    at = begin
    for first, last in hits:
        if first < begin or last > end:
            continue
        if first > at:
            pieces.append(Piece(text[at:first]))
        pieces.append(Piece(text[first:last], is_hit=True))
        at = last
    if at < end:
        pieces.append(Piece(text[at:end]))
    return _cut(pieces, is_begun=begin > 0, is_ended=end < len(text))


def _beginning(stems: Collection[str]) -> Callable[[str], object]:
    """Whether a folded word begins with one of these; a short stem has to be all of it."""
    written = [re.escape(one) if len(one) > SHORT else rf"{re.escape(one)}\Z" for one in stems]
    return re.compile("|".join(written) or r"\Z\w").match


@lru_cache(maxsize=50_000)  # the words of a thousand articles, which every search reads again
def _plain(word: str) -> str:
    return folded(word)


def _window(text: str, hits: list[tuple[int, int]], length: int) -> tuple[int, int]:
    """Where to cut: at the start, unless a later place holds more different words."""
    if len(text) <= length:
        return 0, len(text)
    best, begin = -1, 0
    for first, _ in [(0, 0), *hits]:
        start = max(0, min(first - length // 4, len(text) - length))
        within = {text[a:b].lower() for a, b in hits if a >= start and b <= start + length}
        if len(within) > best:
            best, begin = len(within), start
    return _at_words(text, begin, begin + length)


def _at_words(text: str, begin: int, end: int) -> tuple[int, int]:
    if begin > 0:
        space = text.find(" ", begin, begin + LENGTH // 4)
        begin = space + 1 if space >= 0 else begin
    if end < len(text):
        space = text.rfind(" ", end - LENGTH // 4, end)
        end = space if space > begin else end
    return begin, end


def _cut(pieces: list[Piece], *, is_begun: bool, is_ended: bool) -> list[Piece]:
    before = [Piece("… ")] if is_begun else []
    after = [Piece(" …")] if is_ended else []
    return [*before, *pieces, *after]
