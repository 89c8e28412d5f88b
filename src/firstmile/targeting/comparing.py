"""Comparisons as functions: everything that can be read beforehand is read once."""

import operator
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import re2

from .conditions import (
    MOMENTS,
    NUMBERS,
    TEXTS,
    VERSIONS,
    WITHOUT_VALUES,
    Condition,
    Op,
    Scalar,
)
from .contexts import Context, reader, unit_of
from .versions import Version, parsed

Predicate = Callable[[Context], bool]
Test = Callable[[Any], bool]

MOST_TEXT = 10_000  # characters of an attribute that a pattern is held against
_NUMBER = re.compile(r"[+-]?[0-9]{1,300}(?:\.[0-9]{1,300})?(?:[eE][+-]?[0-9]{1,3})?")

_NUMBER_TESTS: dict[Op, Callable[[Any, Any], bool]] = {
    Op.LESS: operator.lt,
    Op.LESS_OR_EQUAL: operator.le,
    Op.MORE: operator.gt,
    Op.MORE_OR_EQUAL: operator.ge,
    Op.BEFORE: operator.lt,
    Op.AFTER: operator.gt,
    Op.VERSION_IS: operator.eq,
    Op.VERSION_LESS: operator.lt,
    Op.VERSION_LESS_OR_EQUAL: operator.le,
    Op.VERSION_MORE: operator.gt,
    Op.VERSION_MORE_OR_EQUAL: operator.ge,
}


def comparison(condition: Condition) -> Predicate:
    """The function of a comparison; ValueError when its values mean nothing to its `op`."""
    attribute = condition.attribute or ""
    op, values = condition.op, condition.values
    is_plain = not (condition.ignore_case or condition.loose or "." in attribute)
    if op is Op.IS and is_plain and _are_texts(values):
        return _text_in(attribute, frozenset(values))
    read, test = reader(attribute), _test(condition)
    if condition.loose:
        test = _loosened(test, number_of if op in NUMBERS else text_of)
    if op is Op.IS_NOT:
        return lambda context: not test(read(context))
    return lambda context: test(read(context))


def moment(value: object) -> datetime | None:
    """A moment as RFC 3339 text, or as seconds since 1970; None for what is none. UTC if unsaid."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def pattern(text: str) -> Any:
    """A compiled pattern of RE2, which takes linear time; ValueError when it is none."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options=options)
    except re2.error as broken:
        raise ValueError(str(broken)) from broken


def text_of(value: Any) -> Any:
    """A number or a yes or no as the text that JSON has for it; anything else as it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return unit_of(value)
    return value


def number_of(value: Any) -> Any:
    """A text as the number it spells; anything else as it is."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    return value


def _loosened(test: Test, read_as: Callable[[Any], Any]) -> Test:
    def loose(found: Any) -> bool:
        if isinstance(found, list | tuple):
            return test([read_as(one) for one in found])
        return test(read_as(found))

    return loose


def _are_texts(values: Sequence[Scalar]) -> bool:
    return all(isinstance(value, str) for value in values)


def _text_in(attribute: str, wanted: frozenset[Scalar]) -> Predicate:
    """The comparison that is made most often, in one step."""

    def holds(context: Context) -> bool:
        found = context.get(attribute)
        if found.__class__ is str:
            return found in wanted
        return isinstance(found, list | tuple) and any(
            one.__class__ is str and one in wanted for one in found
        )

    return holds


def _test(condition: Condition) -> Test:
    op, values = condition.op, condition.values
    if op in WITHOUT_VALUES:
        return _is_there if op is Op.PRESENT else _is_not_there
    if op in TEXTS:
        return _text_test(op, values, ignore_case=condition.ignore_case)
    for ops, made in _MADE:
        if op in ops:
            return made(op, values)
    if condition.loose:
        values = tuple(text_of(value) for value in values)
    return _equal(values, ignore_case=condition.ignore_case)


def _is_there(found: Any) -> bool:
    return found is not None


def _is_not_there(found: Any) -> bool:
    return found is None


def _equal(values: Sequence[Scalar], *, ignore_case: bool) -> Test:
    """Strict as JSON is: `true` is not 1, and "1" is not 1."""

    def key(value: Any) -> tuple[bool, Any]:
        folds = ignore_case and isinstance(value, str)
        return isinstance(value, bool), value.lower() if folds else value

    wanted = frozenset(map(key, values))

    def test(found: Any) -> bool:
        if isinstance(found, list | tuple):
            return any(_is_scalar(one) and key(one) in wanted for one in found)
        return _is_scalar(found) and key(found) in wanted

    return test


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


def _text_test(op: Op, values: Sequence[Scalar], *, ignore_case: bool) -> Test:
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) < len(values):
        raise ValueError("is no text")
    if op is Op.MATCHES:
        return _pattern_test([f"(?i){text}" if ignore_case else text for text in texts])
    wanted = tuple(text.lower() for text in texts) if ignore_case else tuple(texts)

    def fold(found: str) -> str:
        return found.lower() if ignore_case else found

    if op is Op.STARTS_WITH:
        return lambda found: isinstance(found, str) and fold(found).startswith(wanted)
    if op is Op.ENDS_WITH:
        return lambda found: isinstance(found, str) and fold(found).endswith(wanted)
    return lambda found: isinstance(found, str) and any(one in fold(found) for one in wanted)


def _pattern_test(texts: list[str]) -> Test:
    patterns = [pattern(text) for text in texts]

    def test(found: Any) -> bool:
        if not isinstance(found, str):
            return False
        read = found[:MOST_TEXT].encode(errors="replace")
        return any(one.search(read) for one in patterns)

    return test


def _number_test(op: Op, values: Sequence[Scalar]) -> Test:
    compare, limit = _NUMBER_TESTS[op], values[0]
    if isinstance(limit, bool | str):
        raise ValueError("is no number")  # noqa: TRY004  it is told with the others
    return lambda found: (
        isinstance(found, int | float) and found.__class__ is not bool and compare(found, limit)
    )


def _moment_test(op: Op, values: Sequence[Scalar]) -> Test:
    compare, limit = _NUMBER_TESTS[op], moment(values[0])
    if limit is None:
        raise ValueError("is no moment such as 2026-12-01T09:00:00Z")
    return lambda found: (at := moment(found)) is not None and compare(at, limit)


def _version_test(op: Op, values: Sequence[Scalar]) -> Test:
    limit = parsed(values[0])
    if limit is None:
        raise ValueError("is no version such as 1.4.0")
    if op in (Op.VERSION_SAME_MAJOR, Op.VERSION_SAME_MINOR):
        return _same_version(limit, 1 if op is Op.VERSION_SAME_MAJOR else 2)
    compare = _NUMBER_TESTS[op]
    return lambda found: (version := parsed(found)) is not None and compare(version, limit)


def _same_version(wanted: Version, length: int) -> Test:
    return lambda found: (
        (version := parsed(found)) is not None and version[:length] == wanted[:length]
    )


def _network_test(_: Op, values: Sequence[Scalar]) -> Test:
    networks: list[IPv4Network | IPv6Network] = [
        ip_network(str(value), strict=False) for value in values
    ]

    def test(found: Any) -> bool:
        try:
            address = ip_address(found) if isinstance(found, str) else None
        except ValueError:
            return False
        if isinstance(address, IPv6Address):
            address = address.ipv4_mapped or address
        return address is not None and any(address in network for network in networks)

    return test


_MADE = (
    (NUMBERS, _number_test),
    (MOMENTS, _moment_test),
    (VERSIONS, _version_test),
    (frozenset({Op.WITHIN}), _network_test),
)
