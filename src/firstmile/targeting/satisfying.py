"""Whether anybody, or everybody, can meet a condition: a search over values, ranges and lists.

It says no only when there is none: what it does not understand counts as possible.
"""

from collections.abc import Iterable
from itertools import chain, product

from .candidates import Literal, candidates, understood
from .comparing import comparison
from .conditions import Condition
from .worlds import ANYTHING, Worlds

MOST_WAYS = 500  # ways to meet a condition that are looked at; with more it counts as possible
MOST_TRIES = 200_000  # comparisons, some tenths of a second; with more it counts as possible

Way = tuple[Literal, ...]


class TooMuch(Exception):
    """There is more to look at than is worth it."""


def can_be_met(condition: Condition, worlds: Worlds) -> bool:
    """Whether there can be somebody who meets a condition."""
    return contradicted(condition, worlds) is None


def is_met_by_all(condition: Condition, worlds: Worlds) -> bool:
    """Whether there can be nobody who does not meet it."""
    return not can_be_met(Condition(none_of=(condition,)), worlds)


def contradicted(condition: Condition, worlds: Worlds) -> tuple[str, ...] | None:
    """The attributes of which a condition asks what no value is; None when it can be met.

    Empty when it is no attribute's fault: an `anyOf` of nothing, a segment and its opposite.
    """
    search = _Search(worlds)
    try:
        return None if search.ways(condition, wanted=True) else tuple(sorted(search.lacking))
    except TooMuch:
        return None


class _Search:
    """Ways to meet a condition, each a set of comparisons that can all hold at once."""

    def __init__(self, worlds: Worlds) -> None:
        self.lacking: set[str] = set()
        self._worlds = worlds
        self._known: dict[tuple[tuple[int, bool], ...], bool] = {}
        self._tries = 0

    def ways(self, condition: Condition, *, wanted: bool) -> list[Way]:
        """Every way to meet a condition, or not to."""
        if not condition.parts and condition.all_of is None and condition.any_of is None:
            if condition.none_of is None:
                return self._possible([((condition, wanted),)])
            return [()] if wanted else []
        is_none = condition.none_of is not None
        parts = [self.ways(part, wanted=wanted is not is_none) for part in condition.parts]
        is_all = condition.all_of is not None or is_none
        if is_all is not wanted:
            return _limited([way for ways in parts for way in ways])
        found: list[Way] = [()]
        for ways in parts:
            found = self._possible((*one, *other) for one, other in product(found, ways))
        return found

    def _possible(self, ways: Iterable[Way]) -> list[Way]:
        found: list[Way] = []
        for way in ways:
            self._spend(1)
            if self._is_possible(way):
                found.append(way)
            _limited(found)
        return found

    def _is_possible(self, way: Way) -> bool:
        """Whether all comparisons of a way can hold at once; each attribute is looked at alone."""
        by_attribute: dict[str, list[Literal]] = {}
        for condition, wanted in way:
            if condition.attribute is not None:
                by_attribute.setdefault(condition.attribute, []).append((condition, wanted))
            elif (condition, not wanted) in way or _is_empty_share(condition, wanted=wanted):
                return False
        for attribute, literals in by_attribute.items():
            if not self._has_a_value(attribute, literals):
                self.lacking.add(attribute)
                return False
        return True

    def _has_a_value(self, attribute: str, literals: list[Literal]) -> bool:
        # By identity, as to hash ten thousand values again and again takes longer than the search.
        asked = tuple((id(condition), wanted) for condition, wanted in literals)
        if asked not in self._known:
            self._known[asked] = self._search(attribute, literals)
        return self._known[asked]

    def _search(self, attribute: str, literals: list[Literal]) -> bool:
        self._spend(len(literals) * (1 + sum(len(one.values) for one, _ in literals)))
        try:
            tests = {id(condition): comparison(condition) for condition, _ in literals}
        except ValueError:
            return True
        world = self._worlds.get(attribute, ANYTHING)
        tried = candidates(literals, world)
        for value, is_exact in tried if world.is_always else chain([(None, True)], tried):
            asked = literals if is_exact else understood(literals, value)
            if all(tests[id(one)]({attribute: value}) is wanted for one, wanted in asked):
                return True
        return False

    def _spend(self, tries: int) -> None:
        self._tries += tries
        if self._tries > MOST_TRIES:
            raise TooMuch


def _limited(ways: list[Way]) -> list[Way]:
    if len(ways) > MOST_WAYS:
        raise TooMuch
    return ways


def _is_empty_share(condition: Condition, *, wanted: bool) -> bool:
    share = condition.share
    return share is not None and wanted and share.begin >= share.end
