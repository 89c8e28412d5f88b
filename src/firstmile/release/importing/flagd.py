"""Flags of flagd, from its flag definitions (schema of flagd 0.16, fractional version 2)."""

from collections.abc import Callable, Iterable
from typing import Any

from firstmile.release.importing.flagd_logic import Logic, constant, variable
from firstmile.release.importing.reading import (
    ALWAYS,
    Imported,
    NotCarried,
    all_of,
    anybody,
    gathered,
    known_key,
    none_of,
    type_of,
)
from firstmile.targeting.conditions import Condition
from firstmile.targeting.contexts import TARGETING_KEY
from firstmile.targeting.flags import Flag, Rule, Serve, Weight


def from_flagd(document: Any) -> Imported:
    """The flags of a file that flagd reads."""
    flags = document.get("flags") if isinstance(document, dict) else None
    if not isinstance(flags, dict):
        raise NotCarried("This is no file of flagd: it has no flags.")
    shared = document.get("$evaluators") or {}

    def made(key: str, flag: Any) -> Callable[[], Iterable[Flag]]:
        return lambda: [_Definition(key, flag, shared).flag()]

    return gathered([(key, made(key, one)) for key, one in sorted(flags.items())], ())


class _Definition:
    """One definition on its way to a flag."""

    def __init__(self, key: str, given: Any, shared: Any) -> None:
        self._key = known_key(key)
        self._given = given
        self._logic = Logic(key, shared)
        self._variants: dict[str, Any] = given["variants"]
        self._rules: list[Rule] = []

    def flag(self) -> Flag:
        """The flag: each way through its targeting a rule, then the default."""
        kinds = {type_of(value) for value in self._variants.values()}
        if len(kinds) != 1:
            raise NotCarried("its variants are of several types")
        default = self._given.get("defaultVariant")
        if default is not None and default not in self._variants:
            raise NotCarried(f"its default {default!r} is none of its variants")
        if targeting := self._given.get("targeting"):
            self._lead(self._logic.resolved(targeting), ALWAYS)
        first = next(iter(self._variants))
        rest = Serve(variant=default) if default else Serve(variant=first, rollout_percentage=0)
        return Flag(
            self._key,
            type=kinds.pop(),
            variants=self._variants,
            enabled=self._given.get("state") == "ENABLED",
            on_variant="on" if "on" in self._variants else default or first,
            off_variant=None,
            rules=tuple(self._rules),
            serve=rest,
        )

    def _lead(self, expression: Any, when: Condition) -> bool:
        """Add the rules of an expression for whom `when` holds; whether it leaves nobody out."""
        if expression is None:
            return False
        if isinstance(expression, str | bool):
            name = expression if isinstance(expression, str) else str(expression).lower()
            if name not in self._variants:
                raise NotCarried(f"it serves {name!r}, which is none of its variants")
            self._rules.append(Rule(when, Serve(variant=name)))
            return True
        operator, given = self._logic.parts(expression)
        if operator == "if":
            return self._branch(given, when)
        if operator == "fractional":
            return self._split(given, when)
        if {"true", "false"} <= set(self._variants):
            return self._branch([expression, "true", "false"], when)
        raise NotCarried(f"its targeting ends in {operator!r}, which names no variant")

    def _branch(self, given: list[Any], when: Condition) -> bool:
        is_total, passed = True, list[Condition]()
        while len(given) > 1:
            condition, result, *given = given
            holds = self._logic.condition(condition)
            if not self._lead(self._logic.resolved(result), all_of(when, *passed, holds)):
                is_total = False
                # Who comes to nothing here has the default, whatever comes after it.
                passed.append(none_of(holds))
        rest = self._logic.resolved(given[0]) if given else None
        return self._lead(rest, all_of(when, *passed)) and is_total

    def _split(self, given: list[Any], when: Condition) -> bool:
        by, salt = TARGETING_KEY, self._key
        if given and not isinstance(given[0], list):
            by, salt = self._bucket(given[0])
            given = given[1:]
        weights = [self._weight(one) for one in given]
        if sum(one.weight for one in weights) > 0:
            serve = Serve(weights=tuple(weights), by=by, salt=None if salt == self._key else salt)
            self._rules.append(Rule(all_of(when, anybody(salt, by)), serve))
        return False

    def _bucket(self, given: Any) -> tuple[str, str]:
        """What is hashed: an attribute, or a text and an attribute."""
        if isinstance(given, dict) and (parts := given.get("cat")):
            if not isinstance(parts, list) or len(parts) < 2:
                raise NotCarried("it hashes something other than a text and an attribute")
            salt = "".join(self._text(part) for part in parts[:-1])
            return self._attribute(parts[-1]), salt
        return self._attribute(given), ""

    def _text(self, given: Any) -> str:
        if variable(given) == "$flagd.flagKey":
            return self._key
        if not isinstance(given, str):
            raise NotCarried("it hashes several attributes together")
        return given

    def _attribute(self, given: Any) -> str:
        name = variable(given)
        if name is None or name.startswith("$flagd."):
            raise NotCarried("it hashes something other than an attribute")
        return name

    def _weight(self, given: Any) -> Weight:
        name, *rest = given if isinstance(given, list) else [given]
        weight = rest[0] if rest else 1
        if not constant(name) or not constant(weight) or name not in self._variants:
            raise NotCarried("one of its weights is computed, or of no variant")
        if isinstance(weight, bool) or weight != int(weight):
            raise NotCarried("one of its weights is no whole number")
        return Weight(name, max(int(weight), 0))
