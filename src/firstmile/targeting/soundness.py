"""What is wrong with a flag or a segment, each complaint with the place it is about."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from .checking import Complaint, complaints, of_attribute, of_percentage
from .conditions import segments_in
from .flags import Flag, Segment, Serve, Type
from .hashing import Hash
from .waiting import in_circles, longest_chain

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
NAME = re.compile(
    r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,98}[^\s\x00-\x1f\x7f])?"
)  # of a variant
MOST_VARIANTS = 50
MOST_RULES = 100
MOST_LISTED = 100_000
MOST_CHAIN = 20  # flags that wait for one another
MOST_WHOLE = 2**53 - 1  # what a number on the wire can hold exactly

_TYPES: Mapping[Type, tuple[type, ...]] = {
    Type.BOOLEAN: (bool,),
    Type.STRING: (str,),
    Type.NUMBER: (int, float),
    Type.OBJECT: (dict, list),
}


def of_flag(
    flag: Flag, *, flags: Mapping[str, Flag], segments: Collection[str]
) -> Iterator[Complaint]:
    """All that is wrong with a flag, among the `flags` and `segments` of its environment."""
    if not KEY.fullmatch(flag.key):
        yield "key", "takes letters, digits and . _ : - in up to 100 characters"
    yield from _of_variants(flag)
    yield from _of_serve(flag, flag.serve, "serve")
    for place, rule in enumerate(flag.rules):
        yield from complaints(rule.when, f"rules.{place}.when")
        yield from _of_serve(flag, rule.serve, f"rules.{place}.serve")
        for name in segments_in(rule.when):
            if name not in segments:
                yield f"rules.{place}.when", f"names the segment {name!r}, which does not exist"
    if len(flag.rules) > MOST_RULES:
        yield "rules", f"has more than {MOST_RULES} rules"
    if len(flag.user_whitelist) > MOST_LISTED:
        yield "userWhitelist", f"lists more than {MOST_LISTED}; a segment may hold them"
    if not flag.markets:
        yield "markets", "is empty; * stands for all"
    yield from _of_prerequisites(flag, flags)


def of_segment(segment: Segment, *, segments: Collection[str]) -> Iterator[Complaint]:
    """All that is wrong with a segment, among the `segments` of its environment."""
    if not KEY.fullmatch(segment.key):
        yield "key", "takes letters, digits and . _ : - in up to 100 characters"
    for name, listed in (("included", segment.included), ("excluded", segment.excluded)):
        if len(listed) > MOST_LISTED:
            yield name, f"lists more than {MOST_LISTED}"
    if segment.when is not None:
        yield from complaints(segment.when, "when")
        for name in segments_in(segment.when):
            if name not in segments or name == segment.key:
                yield "when", f"names the segment {name!r}, which does not exist or is this one"


def _of_variants(flag: Flag) -> Iterator[Complaint]:
    if not 1 <= len(flag.variants) <= MOST_VARIANTS:
        yield "variants", f"has to be 1 to {MOST_VARIANTS}"
    for name, value in flag.variants.items():
        if not NAME.fullmatch(name):
            yield f"variants.{name}", "has a name of 1 to 100 characters, without space around it"
        if not _is_of(flag.type, value):
            yield f"variants.{name}", f"is no {flag.type}"
    if flag.on_variant not in flag.variants:
        yield "onVariant", "is none of the variants"
    if flag.off_variant is not None and flag.off_variant not in flag.variants:
        yield "offVariant", "is none of the variants"


def _is_of(kind: Type, value: Any) -> bool:
    if isinstance(value, bool):
        return kind is Type.BOOLEAN
    is_large = isinstance(value, int | float) and not -MOST_WHOLE <= value <= MOST_WHOLE
    return isinstance(value, _TYPES[kind]) and not is_large


def _of_serve(flag: Flag, serve: Serve, at: str) -> Iterator[Complaint]:
    if (serve.variant is None) == (not serve.weights):
        yield at, "has to be either a variant or weights"
    names = [one.variant for one in serve.weights]
    for name in (serve.variant, *names):
        if name is not None and name not in flag.variants:
            yield at, f"serves {name!r}, which is none of the variants"
    if len(set(names)) != len(names):
        yield f"{at}.weights", "names a variant twice"
    if any(one.weight < 0 for one in serve.weights):
        yield f"{at}.weights", "has a weight below zero"
    elif serve.weights and not 0 < sum(one.weight for one in serve.weights) < 2**31:
        yield f"{at}.weights", "has to come to more than zero, and less than 2^31"
    finest = Hash.MURMUR3 if serve.weights else serve.hash_version
    yield from of_percentage(serve.rollout_percentage, finest, f"{at}.rolloutPercentage")
    if serve.hash_version is Hash.UNLEASH_VARIANTS and not serve.weights:
        yield f"{at}.hashVersion", "is for weights alone"
    yield from of_attribute(serve.by, f"{at}.by")


def _of_prerequisites(flag: Flag, flags: Mapping[str, Flag]) -> Iterator[Complaint]:
    for place, needed in enumerate(flag.prerequisites):
        other = flags.get(needed.flag)
        if other is None:
            yield f"prerequisites.{place}.flag", "does not exist"
        elif not needed.variants or set(needed.variants) - set(other.variants):
            yield f"prerequisites.{place}.variants", "are none of that flag's"
    if flag.key in set(in_circles({**flags, flag.key: flag})):
        yield "prerequisites", "lead back to this flag"
    elif flag.prerequisites and longest_chain({**flags, flag.key: flag}) > MOST_CHAIN:
        yield "prerequisites", f"make a chain of more than {MOST_CHAIN} flags"
