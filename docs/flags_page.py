# ruff: noqa: INP001
"""The reference of flags: every field, comparison and algorithm, from the code that has them."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from markdown import page, table

from firstmile.targeting import conditions, flags
from firstmile.targeting.conditions import Op
from firstmile.targeting.hashing import NOT_INDEPENDENT, Hash

DOCUMENTS = (
    flags.Flag,
    flags.Prerequisite,
    flags.Rule,
    flags.Serve,
    flags.Weight,
    conditions.Condition,
    conditions.Share,
    flags.Segment,
)

OPS: dict[Op, str] = {
    Op.IS: "it is one of the values; a list is when it holds one of them",
    Op.IS_NOT: "it is none of the values, or is missing",
    Op.CONTAINS: "it is a text with one of the values in it",
    Op.STARTS_WITH: "it is a text that starts with one of the values",
    Op.ENDS_WITH: "it is a text that ends with one of the values",
    Op.MATCHES: "it is a text in which a pattern of RE2 is found",
    Op.LESS: "it is a number below the value",
    Op.LESS_OR_EQUAL: "it is a number, at most the value",
    Op.MORE: "it is a number above the value",
    Op.MORE_OR_EQUAL: "it is a number, at least the value",
    Op.BEFORE: "it is a moment before the value: RFC 3339, or seconds since 1970",
    Op.AFTER: "it is a moment after the value",
    Op.VERSION_IS: "it is the same version by semver.org 2.0.0; 1.4 is 1.4.0",
    Op.VERSION_LESS: "it is a lower version",
    Op.VERSION_LESS_OR_EQUAL: "it is a lower version or the same",
    Op.VERSION_MORE: "it is a higher version",
    Op.VERSION_MORE_OR_EQUAL: "it is a higher version or the same",
    Op.VERSION_SAME_MAJOR: "it is a version with the same first number",
    Op.VERSION_SAME_MINOR: "it is a version with the same first two numbers",
    Op.WITHIN: "it is an IP address within one of the networks",
    Op.PRESENT: "it is there, and not null",
    Op.ABSENT: "it is missing, or null",
}

HASHES: dict[Hash, tuple[str, str]] = {
    Hash.MURMUR3: ("2^32", "new flags; flagd's fractional, version 2"),
    Hash.GROWTHBOOK_1: ("1,000", "flags of GrowthBook with hashVersion 1"),
    Hash.GROWTHBOOK_2: ("10,000", "flags of GrowthBook with hashVersion 2"),
    Hash.UNLEASH: ("100", "rollouts of Unleash"),
    Hash.UNLEASH_VARIANTS: ("the sum of the weights", "variants of Unleash"),
    Hash.FLAGSMITH: ("9,998", "flags of Flagsmith; the salt ends with its comma"),
    Hash.LAUNCHDARKLY: ("2^60 - 1", "flags of LaunchDarkly, written by hand"),
}


def flags_page() -> str:
    """The page."""
    ops = [(f"`{op}`", f"{OPS[op]}") for op in Op]
    hashes = [(f"`{one}`", *HASHES[one], "no" if one in NOT_INDEPENDENT else "yes") for one in Hash]
    return page(
        "Flags",
        "Every field of a flag, every comparison, and every algorithm that finds a share.",
        "What is left out has its default. A file of `firstmile flags export` and the API hold"
        " these same documents. [How-to](../how-to/flags.md).",
        *map(_document, DOCUMENTS),
        f"## Comparisons\n\nA comparison holds when …\n\n{table(['`op`', 'Holds when'], ops)}",
        "## Algorithms\n\nA flag keeps its `hashVersion` for life. Under an algorithm that is not"
        " independent, who is in one flag tells something of who is in another.\n\n"
        + table(["`hashVersion`", "Places", "For", "Independent across flags"], hashes),
    )


def _document(kind: type[msgspec.Struct]) -> str:
    said = _in_json(" ".join((kind.__doc__ or "").split()))
    rows = list(_fields(kind))
    return f"## {kind.__name__}\n\n{said}\n\n{table(['Field', 'Kind', 'When left out'], rows)}"


def _in_json(text: str) -> str:
    """A text with its fields named as JSON names them."""
    return re.sub(r"`(\w+)`", lambda found: f"`{_camel(found[1])}`", text)


def _camel(name: str) -> str:
    """`off_variant` as `offVariant`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _fields(kind: type[msgspec.Struct]) -> Iterator[tuple[str, str, str]]:
    for field in msgspec.structs.fields(kind):
        yield f"`{field.encode_name}`", _kind(field.type), _default(field)


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "needed"
    made = field.default_factory
    value = field.default if made is msgspec.NODEFAULT else made()
    return "nothing" if value in (None, "", ()) else f"`{msgspec.json.encode(value).decode()}`"


def _kind(annotation: Any) -> str:
    schema = msgspec.json.schema(annotation)
    return _word(schema, schema.get("$defs", {}))


def _word(schema: dict[str, Any], defined: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        listed = defined[name].get("enum")
        return " or ".join(f"`{one}`" for one in sorted(listed)) if listed else name
    if "anyOf" in schema:
        words = [_word(one, defined) for one in schema["anyOf"]]
        return " or ".join(word for word in words if word != "null")
    if schema.get("type") == "array":
        return f"list of {_word(schema.get('items', {}), defined)}"
    if schema.get("format") == "date":
        return "date"
    return str(schema.get("type", "anything"))
