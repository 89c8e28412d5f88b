"""Conditions on attributes, as data."""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from .contexts import TARGETING_KEY
from .hashing import Hash

MOST_DEPTH = 12
MOST_VALUES = 10_000
MOST_PATTERN = 500  # characters
MOST_NAME = 200  # characters of an attribute

Scalar = str | int | float | bool


class Op(StrEnum):
    """How an attribute is compared with the values."""

    IS = "is"
    IS_NOT = "is_not"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    MATCHES = "matches"
    LESS = "less"
    LESS_OR_EQUAL = "less_or_equal"
    MORE = "more"
    MORE_OR_EQUAL = "more_or_equal"
    BEFORE = "before"
    AFTER = "after"
    VERSION_IS = "version_is"
    VERSION_LESS = "version_less"
    VERSION_LESS_OR_EQUAL = "version_less_or_equal"
    VERSION_MORE = "version_more"
    VERSION_MORE_OR_EQUAL = "version_more_or_equal"
    VERSION_SAME_MAJOR = "version_same_major"
    VERSION_SAME_MINOR = "version_same_minor"
    WITHIN = "within"
    PRESENT = "present"
    ABSENT = "absent"


TEXTS = frozenset({Op.CONTAINS, Op.STARTS_WITH, Op.ENDS_WITH, Op.MATCHES})
NUMBERS = frozenset({Op.LESS, Op.LESS_OR_EQUAL, Op.MORE, Op.MORE_OR_EQUAL})
MOMENTS = frozenset({Op.BEFORE, Op.AFTER})
VERSIONS = frozenset(op for op in Op if op.startswith("version_"))
WITHOUT_VALUES = frozenset({Op.PRESENT, Op.ABSENT})
WITH_ONE_VALUE = NUMBERS | MOMENTS | VERSIONS


class Document(
    msgspec.Struct,
    frozen=True,
    rename="camel",
    omit_defaults=True,
    forbid_unknown_fields=True,
    gc=False,  # documents are trees, and thousands of them would slow each collection
):
    """Base of what is written as JSON: camelCase, nothing that goes without saying."""


class Share(Document, frozen=True):
    """The units that fall from `begin` percent up to, not including, `end` percent."""

    salt: str
    begin: float = 0.0
    end: float = 100.0
    by: str = TARGETING_KEY
    hash_version: Hash = Hash.MURMUR3


class Condition(Document, frozen=True):
    """One of: a comparison, a segment by its key, a share, or conditions: all, any or none hold.

    A comparison holds when the attribute compares so with any of the values; one that is a list
    itself compares with `is` and `is_not` by what it holds. An attribute that is missing, or of
    another kind than the values, compares with nothing: only `is_not` and `absent` then hold.
    `loose` takes text for the number it spells, and a number or yes and no for their text.
    """

    all_of: "tuple[Condition, ...] | None" = None
    any_of: "tuple[Condition, ...] | None" = None
    none_of: "tuple[Condition, ...] | None" = None
    segment: str | None = None
    share: Share | None = None
    attribute: str | None = None
    op: Op = Op.IS
    values: tuple[Scalar, ...] = ()
    ignore_case: bool = False
    loose: bool = False

    @property
    def parts(self) -> "tuple[Condition, ...]":
        """The conditions within this one."""
        return (self.all_of or ()) + (self.any_of or ()) + (self.none_of or ())


def segments_in(condition: Condition) -> Iterator[str]:
    """The segments a condition names, within its parts too."""
    if condition.segment is not None:
        yield condition.segment
    for part in condition.parts:
        yield from segments_in(part)


def attributes_in(condition: Condition) -> Iterator[str]:
    """The attributes a condition reads, within its parts too; not those of its segments."""
    if condition.attribute is not None:
        yield condition.attribute
    for part in condition.parts:
        yield from attributes_in(part)


def shares_in(condition: Condition) -> Iterator[Share]:
    """The shares a condition asks for, within its parts too; not those of its segments."""
    if condition.share is not None:
        yield condition.share
    for part in condition.parts:
        yield from shares_in(part)
