"""The conditions of GrowthBook, which look like MongoDB's, as ours."""

from collections.abc import Iterator
from typing import Any

from firstmile.release.importing.reading import NEVER, NotCarried, all_of, any_of, compared, none_of
from firstmile.targeting.conditions import Condition, Op
from firstmile.targeting.contexts import TARGETING_KEY

_NUMBERS = {
    "$lt": Op.LESS,
    "$lte": Op.LESS_OR_EQUAL,
    "$gt": Op.MORE,
    "$gte": Op.MORE_OR_EQUAL,
}
_VERSIONS = {
    "$veq": Op.VERSION_IS,
    "$vlt": Op.VERSION_LESS,
    "$vlte": Op.VERSION_LESS_OR_EQUAL,
    "$vgt": Op.VERSION_MORE,
    "$vgte": Op.VERSION_MORE_OR_EQUAL,
}
_PATTERNS = {
    "$regex": (False, False),
    "$regexi": (False, True),
    "$notRegex": (True, False),
    "$notRegexi": (True, True),
}
_LISTS = {
    "$in": (False, False),
    "$nin": (True, False),
    "$ini": (False, True),
    "$nini": (True, True),
}


def attribute_of(name: str) -> str:
    """The attribute that one of GrowthBook is read from."""
    return TARGETING_KEY if name == "id" else name


class Conditions:
    """Reads conditions, with the saved groups they may name."""

    def __init__(self, groups: Any) -> None:
        self._groups = groups

    def read(self, given: Any, within: frozenset[str] = frozenset()) -> Condition:
        """A condition; NotCarried when it cannot be said."""
        if not isinstance(given, dict):
            raise NotCarried("one of its conditions is no object")
        return all_of(*(self._entry(key, value, within) for key, value in given.items()))

    def _entry(self, key: str, value: Any, within: frozenset[str]) -> Condition:
        if key == "$and":
            return all_of(*(self.read(one, within) for one in value))
        if key == "$or":
            return any_of(*(self.read(one, within) for one in value)) if value else all_of()
        if key == "$nor":
            return none_of(*(self.read(one, within) for one in value)) if value else NEVER
        if key == "$not":
            return none_of(self.read(value, within))
        if key == "$savedGroup":
            return self._group(value, within)
        if key.startswith("$"):
            raise NotCarried(f"there is no {key} here")
        return self._value(attribute_of(key), value)

    def _value(self, attribute: str, value: Any) -> Condition:
        if not isinstance(value, dict):
            return _equal(attribute, value)
        if not all(key.startswith("$") for key in value):
            raise NotCarried("it compares an attribute with an object")
        return all_of(*(self._operator(attribute, *one) for one in value.items()))

    def _operator(self, attribute: str, operator: str, value: Any) -> Condition:
        if operator in ("$eq", "$ne"):
            same = _equal(attribute, value)
            return none_of(same) if operator == "$ne" else same
        if operator == "$not":
            return none_of(self._value(attribute, value))
        if operator in ("$inGroup", "$notInGroup"):
            listed = _in(attribute, self._listed(value))
            return listed if operator == "$inGroup" else none_of(listed)
        if operator in _LISTS:
            is_not, folds = _LISTS[operator]
            if not isinstance(value, list):
                raise NotCarried(f"its {operator} has no list")
            listed = _in(attribute, value, ignore_case=folds)
            return none_of(listed) if is_not else listed
        return _comparison(attribute, operator, value)

    def _listed(self, name: str) -> list[Any]:
        group = self._groups.get(name, [])
        values = group.get("values") if isinstance(group, dict) else group
        if not isinstance(values, list):
            raise NotCarried(f"its group {name} is no list")
        return values

    def _group(self, reference: Any, within: frozenset[str]) -> Condition:
        name = reference["id"]
        group = self._groups.get(name)
        if not isinstance(group, dict) or name in within:
            raise NotCarried(f"its group {name} is missing, or names itself")
        if group.get("type") == "condition":
            return self.read(group["condition"], within | {name})
        if group.get("type") != "list":
            raise NotCarried(f"its group {name} is of a kind that is not known")
        attribute = reference.get("attributeKey", group.get("attributeKey"))
        return _in(attribute_of(attribute), group["values"])


def _equal(attribute: str, value: Any) -> Condition:
    if value is None:
        return compared(attribute, Op.ABSENT)
    if isinstance(value, list | dict):
        raise NotCarried("it compares an attribute with a list")
    return compared(attribute, Op.IS, value)


def _in(attribute: str, values: list[Any], *, ignore_case: bool = False) -> Condition:
    def parts() -> Iterator[Condition]:
        if scalars := [one for one in values if isinstance(one, str | int | float | bool)]:
            yield compared(attribute, Op.IS, *scalars, ignore_case=ignore_case)
        if None in values:
            yield compared(attribute, Op.ABSENT)

    found = list(parts())
    return any_of(*found) if found else NEVER


def _comparison(attribute: str, operator: str, value: Any) -> Condition:
    if operator == "$exists":
        return compared(attribute, Op.PRESENT if value else Op.ABSENT)
    if operator in _NUMBERS:
        if isinstance(value, str):
            raise NotCarried(f"it compares texts by their order ({operator})")
        return compared(attribute, _NUMBERS[operator], value)
    if operator in _PATTERNS:
        is_not, folds = _PATTERNS[operator]
        found = compared(attribute, Op.MATCHES, value, ignore_case=folds)
        return none_of(found) if is_not else found
    if operator in _VERSIONS or operator == "$vne":
        found = compared(attribute, _VERSIONS.get(operator, Op.VERSION_IS), value)
        return none_of(found) if operator == "$vne" else found
    raise NotCarried(f"there is no {operator} here")
