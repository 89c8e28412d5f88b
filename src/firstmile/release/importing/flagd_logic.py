"""The conditions of flagd, which are JSONLogic with a few words more, as ours."""

from typing import Any

from firstmile.release.importing.reading import (
    ALWAYS,
    NEVER,
    NotCarried,
    all_of,
    any_of,
    compared,
    none_of,
)
from firstmile.targeting.conditions import Condition, Op

_ORDER = {
    "<": (Op.LESS, ">"),
    "<=": (Op.LESS_OR_EQUAL, ">="),
    ">": (Op.MORE, "<"),
    ">=": (Op.MORE_OR_EQUAL, "<="),
}
_VERSIONS = {
    "=": Op.VERSION_IS,
    "<": Op.VERSION_LESS,
    "<=": Op.VERSION_LESS_OR_EQUAL,
    ">": Op.VERSION_MORE,
    ">=": Op.VERSION_MORE_OR_EQUAL,
    "^": Op.VERSION_SAME_MAJOR,
    "~": Op.VERSION_SAME_MINOR,
}
_TEXTS = {"starts_with": Op.STARTS_WITH, "ends_with": Op.ENDS_WITH}
_JOINED = {"and": all_of, "or": any_of, "!": none_of, "!!": all_of}
_EQUAL = {"==": False, "===": False, "!=": True, "!==": True}


def variable(given: Any) -> str | None:
    """The attribute an expression reads; None for another expression, or one with a default."""
    if isinstance(given, dict) and set(given) == {"var"}:
        name = given["var"]
        name = name[0] if isinstance(name, list) and len(name) == 1 else name
        return name if isinstance(name, str) and name else None
    return None


def constant(given: Any) -> bool:
    """Whether a value is written down, not computed."""
    return isinstance(given, str | int | float | bool)


class Logic:
    """Reads the expressions of a flag, with the evaluators all flags share."""

    def __init__(self, key: str, shared: Any) -> None:
        self._key = key
        self._shared = shared

    def resolved(self, given: Any, within: frozenset[str] = frozenset()) -> Any:
        """An expression, or the evaluator it names."""
        if not isinstance(given, dict) or set(given) != {"$ref"}:
            return given
        name = given["$ref"]
        if name not in self._shared or name in within:
            raise NotCarried(f"its evaluator {name!r} is missing, or names itself")
        return self.resolved(self._shared[name], within | {name})

    def parts(self, given: Any) -> tuple[str, list[Any]]:
        """The operator of an expression, and what it is given."""
        if not isinstance(given, dict) or len(given) != 1:
            raise NotCarried("one of its expressions has not one operator")
        operator, values = next(iter(given.items()))
        return operator, values if isinstance(values, list) else [values]

    def condition(self, given: Any) -> Condition:
        """An expression as a condition; NotCarried when it cannot be said."""
        given = self.resolved(given)
        if isinstance(given, bool):
            return ALWAYS if given else NEVER
        operator, values = self.parts(given)
        if operator in _JOINED:
            return _JOINED[operator](*(self.condition(one) for one in values))
        return self._compared(operator, values)

    def _compared(self, operator: str, values: list[Any]) -> Condition:
        if operator in _EQUAL:
            found = self._equal(values, strict=len(operator) == 3 or operator == "===")
            return none_of(found) if _EQUAL[operator] else found
        if operator in _ORDER:
            return self._order(operator, values)
        if operator == "in":
            return self._in(*values)
        if operator in _TEXTS:
            return compared(self._attribute(values[0]), _TEXTS[operator], self._constant(values[1]))
        if operator == "sem_ver":
            return self._version(*values)
        raise NotCarried(f"there is no {operator!r} for conditions here")

    def _equal(self, values: list[Any], *, strict: bool) -> Condition:
        one, other = values
        if variable(one) is None:
            one, other = other, one
        attribute = self._attribute(one)
        if other is None:
            return compared(attribute, Op.ABSENT)
        value = self._constant(other)
        is_loose = not strict and not isinstance(value, bool)
        return compared(attribute, Op.IS, value, loose=is_loose)

    def _order(self, operator: str, values: list[Any]) -> Condition:
        if len(values) == 3:
            low, middle, high = values
            return all_of(
                self._order(operator, [low, middle]), self._order(operator, [middle, high])
            )
        one, other = values
        if variable(one) is None:
            one, other, operator = other, one, _ORDER[operator][1]
        limit = self._constant(other)
        if isinstance(limit, str | bool):
            raise NotCarried("it compares texts by their order")
        return compared(self._attribute(one), _ORDER[operator][0], limit, loose=True)

    def _in(self, needle: Any, haystack: Any) -> Condition:
        haystack = self.resolved(haystack)
        if isinstance(haystack, list):
            if not all(constant(one) for one in haystack):
                raise NotCarried("it looks for something in a list that is computed")
            return compared(self._attribute(needle), Op.IS, *haystack) if haystack else NEVER
        return any_of(  # a part of a text, or a member of a list
            compared(self._attribute(haystack), Op.CONTAINS, self._constant(needle)),
            compared(self._attribute(haystack), Op.IS, self._constant(needle)),
        )

    def _version(self, found: Any, operator: Any, wanted: Any) -> Condition:
        attribute, version = self._attribute(found), self._constant(wanted)
        if operator == "!=":
            # What is no version compares with none, here and there.
            return all_of(
                compared(attribute, Op.VERSION_MORE_OR_EQUAL, "0.0.0-0"),
                none_of(compared(attribute, Op.VERSION_IS, version)),
            )
        if operator not in _VERSIONS:
            raise NotCarried(f"it compares versions by {operator!r}")
        return compared(attribute, _VERSIONS[operator], version)

    def _attribute(self, given: Any) -> str:
        name = variable(self.resolved(given))
        if name is None:
            raise NotCarried("it compares something other than an attribute")
        if name.startswith("$flagd."):
            raise NotCarried(f"it compares {name}, which is no attribute")
        return name

    def _constant(self, given: Any) -> Any:
        if not constant(given):
            raise NotCarried("it compares an attribute with something that is computed")
        return given
