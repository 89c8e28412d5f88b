"""What becomes of steps when their definitions change: renamed, merged, split, dropped, added."""

from collections.abc import Iterable, Mapping, Sequence
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


def earning(move: Move) -> tuple[str, ...]:
    """The key whose being done makes another one done."""
    return (move.step,) if isinstance(move, Add) and move.step is not None else ()


def sides(
    moves: Sequence[Move], before: Mapping[str, bool], after: Mapping[str, bool]
) -> list[dict[str, bool]]:
    """Of each move which of its steps are of a project, True, and which are of people.

    `before` and `after` say it of the steps there were and will be. What a move makes is what
    becomes of it in the end; of a key that stands for nothing, nothing is said.
    """
    known = dict(before)
    found = []
    for number, move in enumerate(moves, start=1):
        side = {key: known[key] for key in (*needed(move), *earning(move)) if key in known}
        ends = {key: _end(key, moves[number:]) for key in made(move)}
        side |= {key: after[end] for key, end in ends.items() if end is not None and end in after}
        known |= {key: any(side.values()) for key in made(move)}
        found.append(side)
    return found


def parted(
    moves: Sequence[Move], before: Mapping[str, bool], after: Mapping[str, bool]
) -> tuple[tuple[Move, ...], tuple[Move, ...]]:
    """The moves of people, and those of projects, each in their order."""
    told = [any(side.values()) for side in sides(moves, before, after)]
    both = list(zip(moves, told, strict=True))
    of_people = tuple(move for move, is_shared in both if not is_shared)
    return of_people, tuple(move for move, is_shared in both if is_shared)


def inverse(moves: Sequence[Move]) -> tuple[Move, ...]:
    """The moves that lead back, the last first.

    What was dropped, added or reset is not to be had from the states alone: the journal of the
    edition knows it.
    """
    return tuple(back for move in reversed(moves) for back in _back(move))


def renames(moves: Sequence[Move]) -> dict[str, str]:
    """The keys that steps have after some moves, by those they had before."""
    found: dict[str, str] = {}
    for move in moves:
        if isinstance(move, Rename):
            had = next((key for key, now in found.items() if now == move.source), move.source)
            found[had] = move.into
    return found


def _back(move: Move) -> tuple[Move, ...]:
    if isinstance(move, Rename):
        return (Rename(move.into, move.source),)
    if isinstance(move, Merge):
        return (Split(move.into, move.sources),)
    if isinstance(move, Split):
        return (Merge(move.into, move.source, "all"),)
    return ()


def _end(key: str, later: Sequence[Move]) -> str | None:
    """The key that a key has when these moves are made; None when it goes."""
    for move in later:
        if key not in gone(move):
            continue
        if not made(move):
            return None
        key = made(move)[0]
    return key


def linked(moves: Iterable[Move], key: str) -> frozenset[str]:
    """The keys whose states flow into or out of a key, itself among them."""
    together = {key}
    ties = [{*needed(move), *made(move)} for move in moves]
    while True:
        wider = together.union(*(tie for tie in ties if tie & together))
        if wider == together:
            return frozenset(together)
        together = wider
