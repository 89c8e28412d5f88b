"""Whom a `when:` means, as far as that can be told without asking anybody."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Protocol

from firstmile.kernel.languages import N_
from firstmile.onboarding.files.fields import FACTS, ROLES
from firstmile.targeting.conditions import Condition, attributes_in
from firstmile.targeting.satisfying import can_be_met, contradicted, is_met_by_all
from firstmile.targeting.worlds import Kind, World, Worlds

ANYWHERE = "*"
# What Firstmile knows of everybody itself; all else is what the customer's server tells.
OWN: Worlds = {
    "roles": World(Kind.LIST, ROLES, is_always=True),
    "facts": World(Kind.LIST, tuple(FACTS), is_always=True),
    "market": World(Kind.TEXT),
}
ALIKE = 0.88  # of 1: `role` and `roles` are, `marketing` and `market` are not

# What is wrong, and the attributes it is about.
Wrong = tuple[str, str]


class Meant(Protocol):
    """A step or a route: whom it is for, and where."""

    @property
    def when(self) -> Condition | None: ...
    @property
    def markets(self) -> frozenset[str]: ...


def why_nobody(meant: Meant) -> Wrong | None:
    """Why nobody can meet the `when:` of a step or route; None when somebody can."""
    if meant.when is None or (asked := contradicted(_whole(meant), OWN)) is None:
        return None
    if can_be_met(meant.when, OWN):
        return N_("nobody can meet `when:` and `markets:` together"), "market"
    if not asked:
        return N_("nobody can meet this `when:`"), ""
    return N_("nobody can meet this `when:`, whatever their {about}"), ", ".join(asked)


def is_for_everybody(when: Condition) -> bool:
    """Whether everybody meets it."""
    return is_met_by_all(when, OWN)


def can_meet(one: Meant, other: Meant) -> bool:
    """Whether somebody can be meant by both."""
    return can_be_met(Condition(all_of=(_whole(one), _whole(other))), OWN)


def foreign_attributes(when: Condition) -> Iterator[str]:
    """The attributes it asks for that the customer's server tells, each once."""
    yield from (name for name in dict.fromkeys(attributes_in(when)) if name not in OWN)


def looks_like(name: str, known: frozenset[str]) -> str | None:
    """The name that is meant, if this is one that is written almost so."""
    by_small = {one.lower(): one for one in sorted(known)}
    found = get_close_matches(name.lower(), by_small, n=1, cutoff=ALIKE)
    return by_small[found[0]] if found else None


def _whole(meant: Meant) -> Condition:
    """Its condition with its markets, which are none of those of somebody who said none."""
    parts: tuple[Condition, ...] = () if meant.when is None else (meant.when,)
    if meant.markets and ANYWHERE not in meant.markets:
        parts += (Condition(attribute="market", values=tuple(sorted(meant.markets))),)
    return Condition(all_of=parts)
