"""Flags and segments as data: the JSON that is stored, sent, exported and imported."""

from datetime import date
from enum import StrEnum
from typing import Any

import msgspec

from .conditions import Condition, Document
from .contexts import TARGETING_KEY
from .hashing import Hash

WHOLE = 100_000  # a hundred percent, in the thousandths of a percent that a share is kept in
ANYWHERE = "*"


class Kind(StrEnum):
    """What a flag is for, which tells how long it may live."""

    RELEASE = "release"
    EXPERIMENT = "experiment"
    OPERATIONAL = "operational"
    PERMISSION = "permission"


class Type(StrEnum):
    """The type of a flag's values."""

    BOOLEAN = "boolean"
    STRING = "string"
    NUMBER = "number"
    OBJECT = "object"


class Unknown(StrEnum):
    """What holds while nobody can say how a flag stands now."""

    LAST = "last"
    OFF = "off"
    ON = "on"
    CODE_DEFAULT = "code_default"


class Weight(Document, frozen=True):
    """A variant and its weight beside the others; their order decides where a unit falls."""

    variant: str
    weight: int


class Serve(Document, frozen=True):
    """What a unit is served: one variant, or one of several by weight.

    `rollout_percentage` of the units are served at all; the others fall through. With a variant
    alone and 100 percent nothing is hashed. Growing the percentage keeps everybody who was in it.
    """

    variant: str | None = None
    weights: tuple[Weight, ...] = ()
    rollout_percentage: float = 100.0
    by: str = TARGETING_KEY
    salt: str | None = None  # the key of the flag when it is not said
    hash_version: Hash = Hash.MURMUR3


class Rule(Document, frozen=True):
    """Who meets the condition is served so; the first rule that serves somebody decides."""

    when: Condition
    serve: Serve
    id: str = ""
    description: str = ""


class Prerequisite(Document, frozen=True):
    """Another flag, and the variants of it that are needed for this one to be on."""

    flag: str
    variants: tuple[str, ...]


class Flag(Document, frozen=True):
    """A flag in one environment.

    Who is on the whitelist gets `on_variant`. Outside its markets, with a prerequisite that is
    not met, or past the percentage of `serve`, everybody gets `off_variant`. No off variant
    means that the application's own default holds.
    """

    key: str
    type: Type = Type.BOOLEAN
    variants: dict[str, Any] = msgspec.field(default_factory=lambda: {"on": True, "off": False})
    enabled: bool = False
    on_variant: str = "on"
    off_variant: str | None = "off"
    user_whitelist: tuple[str, ...] = ()
    markets: tuple[str, ...] = (ANYWHERE,)
    prerequisites: tuple[Prerequisite, ...] = ()
    rules: tuple[Rule, ...] = ()
    serve: Serve = Serve(variant="on")
    on_unknown: Unknown = Unknown.LAST
    is_public: bool = False  # browsers may ask for it
    kind: Kind = Kind.RELEASE
    description: str = ""
    owner: str = ""
    expires_on: date | None = None
    tags: tuple[str, ...] = ()


class Segment(Document, frozen=True):
    """People by a name: those who are listed, and those who meet the condition."""

    key: str
    description: str = ""
    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    when: Condition | None = None


class Reason(StrEnum):
    """Why a value was served, in the words of OpenFeature."""

    STATIC = "STATIC"
    DEFAULT = "DEFAULT"
    TARGETING_MATCH = "TARGETING_MATCH"
    SPLIT = "SPLIT"
    DISABLED = "DISABLED"
    STALE = "STALE"
    CACHED = "CACHED"
    UNKNOWN = "UNKNOWN"
    ERROR = "ERROR"


class ErrorCode(StrEnum):
    """Why no value could be served, in the words of OpenFeature."""

    FLAG_NOT_FOUND = "FLAG_NOT_FOUND"
    TARGETING_KEY_MISSING = "TARGETING_KEY_MISSING"
    INVALID_CONTEXT = "INVALID_CONTEXT"
    PARSE_ERROR = "PARSE_ERROR"
    TYPE_MISMATCH = "TYPE_MISMATCH"
    GENERAL = "GENERAL"


def is_same(one: Document | None, other: Document | None) -> bool:
    """Whether two documents are the same as JSON is: to Python alone `true` is 1."""
    return msgspec.json.encode(one) == msgspec.json.encode(other)
