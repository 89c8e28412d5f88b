"""Values of an attribute that are worth trying: where none of them fits, no other does."""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any, TypeGuard

from .comparing import comparison, moment
from .conditions import MOMENTS, NUMBERS, Condition, Op, Scalar
from .worlds import Kind, World

# A comparison, and whether it is to hold.
Literal = tuple[Condition, bool]
# A value, and whether what is not understood can be tried with it as well.
Candidate = tuple[Any, bool]

LISTED = frozenset({Op.IS, Op.IS_NOT})
UNDERSTOOD = frozenset({Op.PRESENT, Op.ABSENT}) | LISTED | NUMBERS | MOMENTS
INSTANT = timedelta(microseconds=1)
LARGE = 1e300  # whole numbers beyond are tried by themselves alone
MOST_MINUTES = 1439  # a zone is less than a day from UTC


def candidates(literals: Sequence[Literal], world: World) -> Iterator[Candidate]:
    """What an attribute could be to meet comparisons, beside missing."""
    values = world.values
    if world.kind in (Kind.LIST, Kind.ANYTHING):
        yield _fullest(literals, values), values is not None
    if world.kind is Kind.LIST:
        return
    pinned = _pinned(literals) if values is None else values
    for value in _beside(literals) if pinned is None else pinned:
        if _is_of(world.kind, value):
            yield value, pinned is not None


def understood(literals: Iterable[Literal], value: Any) -> tuple[Literal, ...]:
    """Those of the comparisons whose answer for a value goes for all that are like it."""
    if isinstance(value, list):  # all but these two are false of a list, whatever it holds
        return tuple(one for one in literals if one[0].op not in LISTED or _is_strict(one[0]))
    return tuple(one for one in literals if one[0].op in UNDERSTOOD and _is_strict(one[0]))


def _is_strict(condition: Condition) -> bool:
    return not (condition.loose or condition.ignore_case)


def _is_of(kind: Kind, value: Any) -> bool:
    if kind is Kind.YES_NO:
        return isinstance(value, bool)
    if kind is Kind.NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return kind is Kind.ANYTHING or isinstance(value, str)


def _pinned(literals: Sequence[Literal]) -> Sequence[Scalar] | None:
    """The values it can only be, when some comparison says so."""
    for condition, wanted in literals:
        if condition.op in LISTED and _is_strict(condition) and (condition.op is Op.IS) is wanted:
            return condition.values
    return None


def _fullest(literals: Sequence[Literal], values: Sequence[Scalar] | None) -> list[Scalar]:
    """The list that holds all it may; one with less meets nothing more."""
    barring = [
        (condition, comparison(condition), wanted)
        for condition, wanted in literals
        if condition.op in LISTED
        and (condition.op is Op.IS) is not wanted
        and (values is not None or _is_strict(condition))
    ]
    named = [one for condition, _ in literals if condition.op in LISTED for one in condition.values]
    return [
        one
        for one in (named if values is None else values)
        if all(test({told.attribute or "": [one]}) is wanted for told, test, wanted in barring)
    ]


def _beside(literals: Sequence[Literal]) -> Iterator[Scalar]:
    """Values that are named, those between and next to them, and others."""
    named = [value for condition, _ in literals for value in condition.values]
    yield from (True, False, "\0another", *named)
    numbers = [one for one in named if _is_a_number(one)]
    yield from (one + step for one in numbers if isinstance(one, int) for step in (-1, 1))
    places = [float(one) for one in numbers if abs(one) < LARGE]
    if any(condition.op in MOMENTS for condition, _ in literals):
        moments = {at for one in named if (at := moment(one)) is not None}
        yield from (_spelled(at, named) for at in _around(sorted(moments)))
        places += [at.timestamp() + seconds for at in moments for seconds in (-1, -1e-3, 1e-3, 1)]
    places = sorted({0.0, *places})
    yield from ((one + other) / 2 for one, other in pairwise(places))
    for one in places:
        yield from (math.nextafter(one, -math.inf), math.nextafter(one, math.inf))
    yield from (places[0] - 1, places[-1] + 1)


def _is_a_number(value: Scalar) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and value - value == 0


def _around(moments: Sequence[datetime]) -> Iterator[datetime]:
    """Moments between others, and just beside them."""
    yield from (one + (other - one) / 2 for one, other in pairwise(moments))
    for at in moments:
        for step in (-INSTANT, INSTANT):
            try:
                yield at + step
            except OverflowError:  # time has an end, and nothing is beyond it
                continue


def _spelled(at: datetime, barred: Sequence[Scalar]) -> str:
    """A moment as text that is none of these, which the zone is free for."""
    spellings = (
        at.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
        for minutes in range(MOST_MINUTES)
    )
    return next(text for text in spellings if text not in barred)
