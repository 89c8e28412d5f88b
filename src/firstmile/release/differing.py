"""What differs between a flag or a segment before a change and after it, field by field."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

import msgspec

from firstmile.targeting.flags import Flag, Rule, Segment


class Kind(StrEnum):
    """In which way something differs."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Difference:
    """One thing that differs. `place` is its name in the JSON; `number` that of a rule, from 1.

    `before` and `after` are JSON values: of lists only what was added or taken out of them.
    """

    kind: Kind
    place: str
    before: Any = None
    after: Any = None
    number: int | None = None
    name: str | None = None  # of a variant


LISTS = ("userWhitelist", "markets", "tags", "included", "excluded", "prerequisites")


def differences(before: Flag | Segment | None, after: Flag | Segment | None) -> list[Difference]:
    """Everything that differs; nothing for what begins or ends, which is told as a whole."""
    if before is None or after is None:
        return []
    found = [*_of_fields(before, after)]
    if isinstance(before, Flag) and isinstance(after, Flag):
        found += _of_serve(_json(before.serve), _json(after.serve), "serve", None)
        found += _of_variants(before, after)
        found += _of_rules(before.rules, after.rules)
    return found


def _of_fields(before: Flag | Segment, after: Flag | Segment) -> Iterator[Difference]:
    for name in before.__struct_fields__:
        one, other = getattr(before, name), getattr(after, name)
        if one == other or name in ("serve", "rules", "variants"):
            continue
        place = msgspec.structs.fields(type(before))
        encoded = next(field.encode_name for field in place if field.name == name)
        if encoded in LISTS:
            gone = [_json(item) for item in one if item not in other]
            new = [_json(item) for item in other if item not in one]
            if new:
                yield Difference(Kind.ADDED, encoded, None, new)
            if gone:
                yield Difference(Kind.REMOVED, encoded, gone, None)
            if not new and not gone:
                yield Difference(Kind.CHANGED, encoded, _json(one), _json(other))
        else:
            yield Difference(Kind.CHANGED, encoded, _json(one), _json(other))


def _of_serve(
    before: dict[str, Any], after: dict[str, Any], place: str, number: int | None
) -> Iterator[Difference]:
    defaults = {"rolloutPercentage": 100.0, "by": "targetingKey", "hashVersion": "murmur3"}
    for name in ("variant", "weights", "rolloutPercentage", "by", "salt", "hashVersion"):
        one, other = (side.get(name, defaults.get(name)) for side in (before, after))
        if one != other:
            yield Difference(Kind.CHANGED, f"{place}.{name}", one, other, number)


def _of_variants(before: Flag, after: Flag) -> Iterator[Difference]:
    for name in (*before.variants, *(one for one in after.variants if one not in before.variants)):
        if name not in after.variants:
            yield Difference(Kind.REMOVED, "variants", before.variants[name], None, None, name)
        elif name not in before.variants:
            yield Difference(Kind.ADDED, "variants", None, after.variants[name], None, name)
        elif _exact(before.variants[name]) != _exact(after.variants[name]):
            yield Difference(
                Kind.CHANGED, "variants", before.variants[name], after.variants[name], None, name
            )


def _of_rules(before: tuple[Rule, ...], after: tuple[Rule, ...]) -> Iterator[Difference]:
    """Rules that stayed are found by what they say; in their place others are told as changed."""
    matcher = SequenceMatcher(None, [*map(_exact, before)], [*map(_exact, after)], autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            continue
        both = min(i2 - i1, j2 - j1)
        for step in range(both):
            yield from _of_rule(before[i1 + step], after[j1 + step], j1 + step + 1)
        for place in range(i1 + both, i2):
            yield Difference(Kind.REMOVED, "rules", _json(before[place]), None, place + 1)
        for place in range(j1 + both, j2):
            yield Difference(Kind.ADDED, "rules", None, _json(after[place]), place + 1)


def _of_rule(before: Rule, after: Rule, number: int) -> Iterator[Difference]:
    if before.when != after.when:
        one, other = _json(before.when), _json(after.when)
        yield Difference(Kind.CHANGED, "rules.when", one, other, number)
    yield from _of_serve(_json(before.serve), _json(after.serve), "rules.serve", number)
    if before.description != after.description:
        yield Difference(
            Kind.CHANGED, "rules.description", before.description, after.description, number
        )


def _json(value: Any) -> Any:
    return msgspec.to_builtins(value)


def _exact(value: Any) -> bytes:
    """As text, because `True == 1` and a flag's values may be either."""
    return msgspec.json.encode(value, order="deterministic")
