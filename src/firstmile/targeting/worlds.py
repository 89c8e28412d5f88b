"""What there can be of an attribute, as far as it is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from .conditions import Scalar


class Kind(StrEnum):
    """What the values of an attribute are; of `anything` they may be lists as well."""

    ANYTHING = "anything"
    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes_no"
    LIST = "list"


@dataclass(frozen=True)
class World:
    """Values of a kind, or lists of them: these `values` alone, or any when there are none.

    Without `is_always` somebody may have none.
    """

    kind: Kind = Kind.ANYTHING
    values: tuple[Scalar, ...] | None = None
    is_always: bool = False


Worlds = Mapping[str, World]
ANYTHING = World()
