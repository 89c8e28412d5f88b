"""What is asked of a person, one thing at a time; decisions and explanations read the same."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from firstmile.onboarding.requirements import Need
from firstmile.targeting.conditions import Condition


class Asks(StrEnum):
    """What a leaf is about."""

    ROLE = "role"
    MARKET = "market"
    CONDITION = "condition"


class Leaf(NamedTuple):
    """Something that is asked of who a person is, what they have, and whether that is enough."""

    asks: Asks
    holds: bool
    asked: frozenset[str] = frozenset()
    has: frozenset[str] = frozenset()
    when: Condition | None = None


class Met(NamedTuple):
    """A requirement with those of its steps that are for the person, and whether it is met.

    One none of whose steps is for them never stands in the way.
    """

    need: Need
    mine: tuple[str, ...]
    holds: bool


class Weighed(NamedTuple):
    """All that is asked at one point: of who the person is, and of what they have done.

    It is open when all of it holds; of what does not, the first decides what they are told.
    """

    leaves: Sequence[Leaf]
    needs: Sequence[Met] = ()

    @property
    def holds(self) -> bool:
        """Whether it is open."""
        return all(one.holds for one in self.leaves) and all(one.holds for one in self.needs)

    @property
    def refused_by(self) -> Leaf | None:
        """The first leaf that does not hold."""
        return next((leaf for leaf in self.leaves if not leaf.holds), None)
