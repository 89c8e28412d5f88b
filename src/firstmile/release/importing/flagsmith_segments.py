"""The segments of Flagsmith, and its percentages as places."""

import math
import re
from typing import Any

import msgspec

from firstmile.release.importing.reading import (
    NEVER,
    NotCarried,
    all_of,
    any_of,
    compared,
    none_of,
)
from firstmile.targeting.conditions import Condition, Op, Share
from firstmile.targeting.contexts import TARGETING_KEY
from firstmile.targeting.flags import Segment
from firstmile.targeting.hashing import Hash

PLACES = 9998
_ORDER = {
    "GREATER_THAN": (Op.MORE, Op.VERSION_MORE),
    "GREATER_THAN_INCLUSIVE": (Op.MORE_OR_EQUAL, Op.VERSION_MORE_OR_EQUAL),
    "LESS_THAN": (Op.LESS, Op.VERSION_LESS),
    "LESS_THAN_INCLUSIVE": (Op.LESS_OR_EQUAL, Op.VERSION_LESS_OR_EQUAL),
}
_ANSWERS: dict[str, tuple[bool, ...]] = {
    "GREATER_THAN": (),
    "GREATER_THAN_INCLUSIVE": (True,),
    "LESS_THAN": (False,),
    "LESS_THAN_INCLUSIVE": (True, False),
}
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_SPELLED = r"^-?[0-9]+(\.[0-9]+)?$"
_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?")


def segment_of(given: Any, environment: str) -> Segment:
    """A segment; NotCarried when one of its rules cannot be said."""
    reading = _Rules(str(given["id"]), environment)
    rules = given.get("rules") or []
    when = all_of(*(reading.rule(rule) for rule in rules)) if rules else NEVER
    return Segment(f"flagsmith-{given['id']}", description=given.get("name") or "", when=when)


def limit_below(percentage: float) -> int:
    """The first place whose percentage is not below this one, as the engine's floats compare."""
    return _first(lambda at: at / PLACES * 100 >= percentage, percentage)


def limit_through(percentage: float) -> int:
    """The first place whose percentage is above this one."""
    return _first(lambda at: at / PLACES * 100 > percentage, percentage)


def share_of_places(salt: str, begin: int, end: int) -> Condition:
    """The units that fall from a place up to another."""
    if end <= begin:
        return NEVER
    share = Share(
        salt,
        begin=math.floor(begin * 100_000 / PLACES) / 1000,
        end=math.floor(end * 100_000 / PLACES) / 1000,
        hash_version=Hash.FLAGSMITH,
    )
    return Condition(share=share)


def _first(is_past: Any, percentage: float) -> int:
    at = min(max(int(percentage * PLACES / 100) - 2, 0), PLACES)
    while at < PLACES and not is_past(at):
        at += 1
    return at


class _Rules:
    """The rules of one segment."""

    def __init__(self, segment: str, environment: str) -> None:
        self._salt = f"{segment},{environment}_"

    def rule(self, given: Any) -> Condition:
        """A rule: its conditions, and its rules, hold all, any or none."""
        joined = {"ALL": all_of, "ANY": any_of, "NONE": none_of}[given["type"]]
        conditions = [self._condition(one) for one in given.get("conditions") or ()]
        rules = [self.rule(one) for one in given.get("rules") or ()]
        return all_of(*(joined(*parts) for parts in (conditions, rules) if parts))

    def _condition(self, given: Any) -> Condition:
        operator, value = given["operator"], given.get("value")
        name = given.get("property_") or given.get("property") or ""
        if operator == "PERCENTAGE_SPLIT":
            if name and name != "$.identity.key":
                raise NotCarried("it splits by a trait")
            return share_of_places(self._salt, 0, limit_through(float(value)))
        attribute = _attribute(name)
        if operator in ("IS_SET", "IS_NOT_SET"):
            return compared(attribute, Op.PRESENT if operator == "IS_SET" else Op.ABSENT)
        if operator == "IN":
            return _in(attribute, value)
        if operator == "REGEX":
            return compared(attribute, Op.MATCHES, f"^(?:{value})", loose=True)
        return _comparison(attribute, operator, str(value))


def _attribute(name: str) -> str:
    if name == "$.identity.identifier":
        return TARGETING_KEY
    if name.startswith("$."):
        raise NotCarried(f"it reads {name}")
    return name


def _in(attribute: str, value: Any) -> Condition:
    values = value
    if isinstance(value, str):
        values = msgspec.json.decode(value) if value.startswith("[") else value.split(",")
    texts = [one if isinstance(one, str) else str(one) for one in values]
    numbers = [int(one) for one in texts if _WHOLE.fullmatch(one) and str(int(one)) == one]
    # No text reads as a number there: 1.5 is in no list, and 007 is 7.
    texts = [one for one in texts if not _DECIMAL.fullmatch(one)] + [str(one) for one in numbers]
    return compared(attribute, Op.IS, *texts, *numbers) if texts else NEVER


def _comparison(attribute: str, operator: str, value: str) -> Condition:
    if operator in ("CONTAINS", "NOT_CONTAINS"):
        found = compared(attribute, Op.CONTAINS, value)
        return all_of(_is_word(attribute), none_of(found) if "NOT" in operator else found)
    if operator in ("EQUAL", "NOT_EQUAL"):
        return _equal(attribute, value, is_not=operator == "NOT_EQUAL")
    if operator in _ORDER:
        return _ordered(attribute, operator, value)
    raise NotCarried(f"there is no {operator} here")


def _is_word(attribute: str) -> Condition:
    """A text that spells no number; one that does is a number to Flagsmith."""
    return all_of(
        compared(attribute, Op.CONTAINS, ""), none_of(compared(attribute, Op.MATCHES, _SPELLED))
    )


def _equal(attribute: str, value: str, *, is_not: bool) -> Condition:
    """The value is read as what the trait is: a word, a number, or yes or no."""
    if value.endswith(":semver"):
        found = compared(attribute, Op.VERSION_IS, value.removesuffix(":semver"))
        is_version = compared(attribute, Op.VERSION_MORE_OR_EQUAL, "0.0.0-0")
        return all_of(is_version, none_of(found)) if is_not else found
    answer = compared(attribute, Op.IS, value not in ("False", "false"))
    if not _DECIMAL.fullmatch(value):
        same = any_of(all_of(_is_word(attribute), compared(attribute, Op.IS, value)), answer)
        if not is_not:
            return same
        # A number that is compared with a word is neither equal nor unequal to it.
        is_answer = compared(attribute, Op.IS, *(True, False))
        return all_of(any_of(_is_word(attribute), is_answer), none_of(same))
    number = all_of(
        compared(attribute, Op.MORE_OR_EQUAL, float(value), loose=True),
        compared(attribute, Op.LESS_OR_EQUAL, float(value), loose=True),
    )
    if not is_not:
        return any_of(number, answer)
    if not _WHOLE.fullmatch(value):
        raise NotCarried(f"it holds for what is not {value}, but for no whole number")
    return all_of(compared(attribute, Op.PRESENT), none_of(number, answer))


def _ordered(attribute: str, operator: str, value: str) -> Condition:
    of_number, of_version = _ORDER[operator]
    if value.endswith(":semver"):
        return compared(attribute, of_version, value.removesuffix(":semver"))
    if not _DECIMAL.fullmatch(value):
        raise NotCarried("it compares texts by their order")
    number = compared(attribute, of_number, float(value), loose=True)
    # Yes and no are compared too, as what is larger and smaller, with yes for any number.
    answers = _ANSWERS[operator]
    return any_of(number, compared(attribute, Op.IS, *answers)) if answers else number
