"""The constraints of Unleash as conditions."""

from collections.abc import Callable
from typing import Any

from firstmile.release.importing.reading import NEVER, NotCarried, all_of, any_of, compared, none_of
from firstmile.targeting.conditions import Condition, Op, Scalar
from firstmile.targeting.contexts import TARGETING_KEY

# Unleash takes whole versions alone, where a comparison here takes 1.4 for 1.4.0.
WHOLE_VERSION = r"^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$"

_TEXTS = {
    "STR_STARTS_WITH": Op.STARTS_WITH,
    "STR_ENDS_WITH": Op.ENDS_WITH,
    "STR_CONTAINS": Op.CONTAINS,
}
_NUMBERS = {
    "NUM_GT": Op.MORE,
    "NUM_GTE": Op.MORE_OR_EQUAL,
    "NUM_LT": Op.LESS,
    "NUM_LTE": Op.LESS_OR_EQUAL,
}
_MOMENTS = {"DATE_AFTER": Op.AFTER, "DATE_BEFORE": Op.BEFORE}
_VERSIONS = {
    "SEMVER_EQ": Op.VERSION_IS,
    "SEMVER_GT": Op.VERSION_MORE,
    "SEMVER_GTE": Op.VERSION_MORE_OR_EQUAL,
    "SEMVER_LT": Op.VERSION_LESS,
    "SEMVER_LTE": Op.VERSION_LESS_OR_EQUAL,
}


def attribute_of(name: str) -> str:
    """The attribute that a field of Unleash's context is read from."""
    return TARGETING_KEY if name == "userId" else name


def constraint(given: Any) -> Condition:
    """A constraint as a condition; NotCarried when it cannot be said."""
    attribute, operator = attribute_of(given["contextName"]), given["operator"]
    if attribute == "currentTime":
        raise NotCarried("it compares the time of asking, for which there are schedules here")
    for operators, made in _MADE:
        if operator in operators:
            condition = made(attribute, given)
            return none_of(condition) if given.get("inverted") else condition
    raise NotCarried(f"there is no {operator} here")


def _in(attribute: str, given: Any) -> Condition:
    values = given.get("values") or ()
    listed = compared(attribute, Op.IS, *values, loose=True) if values else NEVER
    return none_of(listed) if given["operator"] == "NOT_IN" else listed


def _text(attribute: str, given: Any) -> Condition:
    values, fold = given.get("values") or (), bool(given.get("caseInsensitive"))
    if not values:
        return NEVER
    return compared(attribute, _TEXTS[given["operator"]], *values, loose=True, ignore_case=fold)


def _number(attribute: str, given: Any) -> Condition:
    limit = float(given["value"])
    if given["operator"] == "NUM_EQ":
        return all_of(
            compared(attribute, Op.MORE_OR_EQUAL, limit, loose=True),
            compared(attribute, Op.LESS_OR_EQUAL, limit, loose=True),
        )
    return compared(attribute, _NUMBERS[given["operator"]], limit, loose=True)


def _moment(attribute: str, given: Any) -> Condition:
    return compared(attribute, _MOMENTS[given["operator"]], given["value"])


def _version(attribute: str, given: Any) -> Condition:
    return all_of(
        compared(attribute, Op.MATCHES, WHOLE_VERSION),
        compared(attribute, _VERSIONS[given["operator"]], given["value"]),
    )


def _pattern(attribute: str, given: Any) -> Condition:
    fold = bool(given.get("caseInsensitive"))
    return compared(attribute, Op.MATCHES, given["value"], loose=True, ignore_case=fold)


def _network(attribute: str, given: Any) -> Condition:
    values: list[Scalar] = list(given.get("values") or ())
    return any_of(*(compared(attribute, Op.WITHIN, one) for one in values)) if values else NEVER


_MADE: tuple[tuple[frozenset[str], Callable[[str, Any], Condition]], ...] = (
    (frozenset({"IN", "NOT_IN"}), _in),
    (frozenset(_TEXTS), _text),
    (frozenset({*_NUMBERS, "NUM_EQ"}), _number),
    (frozenset(_MOMENTS), _moment),
    (frozenset(_VERSIONS), _version),
    (frozenset({"REGEX"}), _pattern),
    (frozenset({"IN_CIDR"}), _network),
)
