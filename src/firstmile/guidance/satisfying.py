"""Whether anybody can meet a condition: a small search over values, ranges and sets.

It says no only when there is none: what it does not understand counts as possible.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, timedelta
from itertools import combinations, pairwise, product
from typing import Any

from firstmile.targeting.comparing import comparison, moment
from firstmile.targeting.conditions import MOMENTS, NUMBERS, Condition, Op

MOST_WAYS = 500  # ways to meet a condition that are looked at; with more it counts as possible
MOST_OF_A_LIST = 3  # things that a tried list holds together
LISTS = frozenset({"roles", "permissions", "stepsDone", "stepsOpen"})
# What there can be of an attribute, where that is known.
Worlds = Mapping[str, Sequence[Any]]
UNDERSTOOD = {Op.IS, Op.IS_NOT, Op.PRESENT, Op.ABSENT} | NUMBERS | MOMENTS

Literal = tuple[Condition, bool]


class TooMany(Exception):
    """There are more ways than are worth looking at."""


def can_be_met(condition: Condition, worlds: Worlds) -> bool:
    """Whether there can be somebody who meets a condition."""
    try:
        return any(_is_possible(way, worlds) for way in _ways(condition, wanted=True))
    except TooMany:
        return True


def _ways(condition: Condition, *, wanted: bool) -> list[tuple[Literal, ...]]:
    """Every way to meet a condition, or not to: each a set of comparisons that all hold."""
    if not condition.parts and condition.all_of is None and condition.any_of is None:
        return [()] if condition.none_of is not None and wanted else [((condition, wanted),)]
    is_none = condition.none_of is not None
    parts = [_ways(part, wanted=wanted is not is_none) for part in condition.parts]
    is_all = condition.all_of is not None or is_none
    if is_all == wanted:
        return _together(parts)
    return _limited([way for ways in parts for way in ways])


def _together(parts: list[list[tuple[Literal, ...]]]) -> list[tuple[Literal, ...]]:
    found: list[tuple[Literal, ...]] = [()]
    for ways in parts:
        found = _limited([(*one, *other) for one, other in product(found, ways)])
    return found


def _limited(ways: list[tuple[Literal, ...]]) -> list[tuple[Literal, ...]]:
    if len(ways) > MOST_WAYS:
        raise TooMany
    return ways


def _is_possible(way: tuple[Literal, ...], worlds: Worlds) -> bool:
    """Whether all comparisons of a way can hold at once; each attribute is looked at alone."""
    by_attribute: dict[str, list[Literal]] = {}
    for condition, wanted in way:
        if condition.attribute is not None:
            by_attribute.setdefault(condition.attribute, []).append((condition, wanted))
        elif (condition, not wanted) in way or _is_empty_share(condition, wanted=wanted):
            return False
    return all(
        _has_a_value(attribute, literals, worlds) for attribute, literals in by_attribute.items()
    )


def _is_empty_share(condition: Condition, *, wanted: bool) -> bool:
    share = condition.share
    return share is not None and wanted and share.begin >= share.end


def _has_a_value(attribute: str, literals: list[Literal], worlds: Worlds) -> bool:
    if any(condition.op not in UNDERSTOOD or condition.loose for condition, _ in literals):
        return True
    try:
        tests = [(comparison(condition), wanted) for condition, wanted in literals]
    except ValueError:
        return True
    return any(
        all(test({attribute: value}) is wanted for test, wanted in tests)
        for value in _candidates(attribute, literals, worlds)
    )


def _candidates(attribute: str, literals: list[Literal], worlds: Worlds) -> Iterator[Any]:
    """Values worth trying: those that are named, those beside them, none, and another."""
    named = [value for condition, _ in literals for value in condition.values]
    if attribute in LISTS:
        things = list(dict.fromkeys(named))
        for size in range(min(len(things), MOST_OF_A_LIST) + 1):
            yield from (list(some) for some in combinations(things, size))
        yield things
        return
    if attribute in worlds:
        yield from worlds[attribute]
        return
    yield from (None, "\0another", *named)
    numbers = sorted(one for one in named if isinstance(one, int | float))
    for one in numbers:
        yield from (one - 1, one - 1e-6, one + 1e-6, one + 1)
    yield from ((one + other) / 2 for one, other in pairwise(numbers))
    moments = [at for one in named if isinstance(one, str) and (at := moment(one)) is not None]
    for at in moments:
        for beside in (at - timedelta(milliseconds=1), at + timedelta(milliseconds=1)):
            yield beside.astimezone(UTC).isoformat()
