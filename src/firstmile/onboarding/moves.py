"""What becomes of steps when their definitions change: renamed, merged, split, dropped, added."""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec


class Rename(msgspec.Struct, frozen=True, tag="rename", tag_field="move"):
    """A step has another key; whatever people did on it goes along."""

    source: str
    into: str


class Merge(msgspec.Struct, frozen=True, tag="merge", tag_field="move"):
    """Several steps become one, which is done when all of them are, or any."""

    sources: tuple[str, ...]
    into: str
    done: Literal["all", "any"]


class Split(msgspec.Struct, frozen=True, tag="split", tag_field="move"):
    """A step becomes several; who has done it has done each of them."""

    source: str
    into: tuple[str, ...]


class Drop(msgspec.Struct, frozen=True, tag="drop", tag_field="move"):
    """A step goes, with what people did on it."""

    key: str


class Add(msgspec.Struct, frozen=True, tag="add", tag_field="move"):
    """A step comes, done for those who have done another step, or of whom a fact is true."""

    key: str
    step: str | None = None
    fact: str | None = None


class Reset(msgspec.Struct, frozen=True, tag="reset", tag_field="move"):
    """Everybody has to do a step again."""

    key: str


Move = Rename | Merge | Split | Drop | Add | Reset


def needed(move: Move) -> tuple[str, ...]:
    """The keys there must be before a move."""
    if isinstance(move, Merge):
        return move.sources
    if isinstance(move, Rename | Split):
        return (move.source,)
    return () if isinstance(move, Add) else (move.key,)


def made(move: Move) -> tuple[str, ...]:
    """The keys there are after a move that need not have been there before."""
    if isinstance(move, Rename | Merge):
        return (move.into,)
    if isinstance(move, Split):
        return move.into
    return (move.key,) if isinstance(move, Add) else ()


def gone(move: Move) -> frozenset[str]:
    """The keys that stand for nothing after a move."""
    left = {*needed(move)} - {*made(move)}
    return frozenset() if isinstance(move, Reset) else frozenset(left)


def inverse(moves: Sequence[Move]) -> tuple[Move, ...]:
    """The moves that lead back, the last first.

    What was dropped, added or reset is not to be had from the states alone: the journal of the
    edition knows it.
    """
    return tuple(back for move in reversed(moves) for back in _back(move))


def _back(move: Move) -> tuple[Move, ...]:
    if isinstance(move, Rename):
        return (Rename(move.into, move.source),)
    if isinstance(move, Merge):
        return (Split(move.into, move.sources),)
    if isinstance(move, Split):
        return (Merge(move.into, move.source, "all"),)
    return ()


def linked(moves: Iterable[Move], key: str) -> frozenset[str]:
    """The keys whose states flow into or out of a key, itself among them."""
    together = {key}
    ties = [{*needed(move), *made(move)} for move in moves]
    while True:
        wider = together.union(*(tie for tie in ties if tie & together))
        if wider == together:
            return frozenset(together)
        together = wider
