"""Flags of other systems: what every importer gives, and what it refuses."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import msgspec

from firstmile.targeting.conditions import Condition, Op, Scalar, Share
from firstmile.targeting.contexts import TARGETING_KEY
from firstmile.targeting.flags import Flag, Rule, Segment, Serve, Type
from firstmile.targeting.soundness import KEY, of_flag, of_segment

D = TypeVar("D", Flag, Segment)

ALWAYS = Condition(all_of=())
NEVER = Condition(any_of=())


class NotCarried(Exception):
    """Something of a flag cannot be said here so that it answers as it did there."""


@dataclass(frozen=True)
class Remark:
    """What is to be known of a flag or a segment, by its key."""

    key: str
    text: str


@dataclass(frozen=True)
class Imported:
    """What a file comes to: `refused` is left out whole, `notes` differ in what they say."""

    flags: tuple[Flag, ...] = ()
    segments: tuple[Segment, ...] = ()
    refused: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()


def gathered(
    wanted: Iterable[tuple[str, Callable[[], Iterable[Flag]]]],
    segments: Iterable[Segment],
) -> Imported:
    """The flags that could be carried over, each with those it stands on, and why others not."""
    flags: dict[str, Flag] = {}
    refused: dict[str, str] = {}
    for key, make in wanted:
        try:
            made = list(make())
        except NotCarried as reason:
            refused[key] = str(reason)
            continue
        except (TypeError, ValueError, LookupError, AttributeError) as broken:
            refused[key] = f"cannot be read: {broken!r}"
            continue
        for flag in made:
            if flag.key in flags:
                refused[key] = f"{flag.key} is there twice"
            flags[flag.key] = flag
    sound = checked(Imported(tuple(flags.values()), tuple(segments)))
    told = tuple(Remark(key, text) for key, text in refused.items())
    return replace(sound, refused=told + sound.refused)


def checked(found: Imported) -> Imported:
    """What makes sense here too; the rest is refused, and whatever stands on it."""
    refused: list[Remark] = []
    flags = {flag.key: flag for flag in found.flags}
    segments = {segment.key: segment for segment in found.segments}
    while True:
        names = segments.keys()
        bad_segments = _wrong(segments, partial(of_segment, segments=names))
        bad_flags = _wrong(flags, partial(of_flag, flags=dict(flags), segments=names))
        if not bad_segments and not bad_flags:
            break
        refused += [Remark(f"segment {key}", text) for key, text in bad_segments.items()]
        refused += [Remark(key, text) for key, text in bad_flags.items()]
        segments = {key: one for key, one in segments.items() if key not in bad_segments}
        flags = {key: one for key, one in flags.items() if key not in bad_flags}
    return Imported(tuple(flags.values()), tuple(segments.values()), tuple(refused), found.notes)


def all_of(*conditions: Condition) -> Condition:
    """That all hold; those that always do are left out."""
    said: list[Condition] = []
    for one in conditions:
        said += one.all_of if one.all_of is not None else [one]
    return said[0] if len(said) == 1 else Condition(all_of=tuple(said))


def any_of(*conditions: Condition) -> Condition:
    """That one holds at least."""
    return conditions[0] if len(conditions) == 1 else Condition(any_of=conditions)


def none_of(*conditions: Condition) -> Condition:
    """That none holds."""
    return Condition(none_of=conditions) if conditions else ALWAYS


def compared(
    attribute: str, op: Op, *values: Scalar, ignore_case: bool = False, loose: bool = False
) -> Condition:
    """A comparison."""
    return Condition(
        attribute=attribute, op=op, values=values, ignore_case=ignore_case, loose=loose
    )


def anybody(salt: str, by: str = TARGETING_KEY) -> Condition:
    """Whoever can be told apart by an attribute."""
    return Condition(share=Share(salt, by=by))


def switch(
    key: str, rules: Iterable[tuple[Condition, bool]], *, enabled: bool, **given: Any
) -> Flag:
    """A flag that is on for whom a rule says so, the first that holds, and off for the others."""
    listed = list(rules)
    rest = "off"
    if listed and listed[-1][0] == ALWAYS:
        rest = _word(listed.pop()[1])
    while listed and _word(listed[-1][1]) == rest:
        listed.pop()
    made = tuple(Rule(when, Serve(variant=_word(is_on))) for when, is_on in listed)
    return Flag(key, enabled=enabled, rules=made, serve=Serve(variant=rest), **given)


def named_values(values: Iterable[Any]) -> tuple[Type, dict[str, Any]]:
    """The type of some values, and each value once, by a name one recognises it by.

    Raises NotCarried when they are of several types.
    """
    kinds, named = set(), dict[str, Any]()
    for value in values:
        kinds.add(type_of(value))
        if name_of(named, value) is None:
            named[_new_name(named, value)] = value
    if len(kinds) != 1:
        raise NotCarried("its values are of several types")
    return kinds.pop(), named


def name_of(named: Mapping[str, Any], value: Any) -> str | None:
    """The name of a value among those that have one."""
    wanted = msgspec.json.encode(value)
    return next((name for name, one in named.items() if msgspec.json.encode(one) == wanted), None)


def type_of(value: Any) -> Type:
    """The type of a value; NotCarried for null, which is no value here."""
    if isinstance(value, bool):
        return Type.BOOLEAN
    if isinstance(value, str):
        return Type.STRING
    if isinstance(value, int | float):
        return Type.NUMBER
    if isinstance(value, dict | list):
        return Type.OBJECT
    raise NotCarried("null is one of its values")


def known_key(key: str) -> str:
    """A key that flags may have here; NotCarried for another."""
    if not KEY.fullmatch(key):
        raise NotCarried("its key has letters that keys here do not have")
    return key


def _wrong(
    documents: Mapping[str, D], faults: Callable[[D], Iterator[tuple[str, str]]]
) -> dict[str, str]:
    return {
        key: "; ".join(f"{at} {what}" for at, what in found)
        for key, one in documents.items()
        if (found := list(faults(one)))
    }


def _word(is_on: bool) -> str:  # noqa: FBT001  it is the value of a flag
    return "on" if is_on else "off"


def _new_name(named: Mapping[str, Any], value: Any) -> str:
    if isinstance(value, bool):
        return _word(value)
    text = value if isinstance(value, str) else str(value)
    is_short = isinstance(value, str | int | float) and text == text.strip() and 0 < len(text) <= 40
    if is_short and text.isprintable() and text not in named:
        return text
    return f"value-{len(named)}"
