"""What is known of whoever is guided."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import LANGUAGES
from firstmile.targeting.worlds import Kind, World, Worlds

# What a condition may ask about whoever is guided, and what there can be of it.
ATTRIBUTES: Worlds = {
    "known": World(Kind.YES_NO, is_always=True),
    "locale": World(Kind.TEXT, tuple(LANGUAGES), is_always=True),
    "route": World(Kind.TEXT, is_always=True),
    "roles": World(Kind.LIST),
    "permissions": World(Kind.LIST),
    "market": World(Kind.TEXT),
    "staffRole": World(Kind.TEXT),
    "stepsDone": World(Kind.LIST),
    "stepsOpen": World(Kind.LIST),
    "activated": World(Kind.YES_NO),
    "daysSinceSignUp": World(Kind.NUMBER),
    "sessions": World(Kind.NUMBER, is_always=True),
}


@dataclass(frozen=True)
class NextStep:
    """A step of onboarding that somebody could take."""

    key: str
    title: str
    href: str


@dataclass(frozen=True)
class Known:
    """What is known of who asks; of a visitor next to nothing."""

    user_id: UserId | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    undone: Callable[[Iterable[str]], list[str]] = list
    toward: Callable[[Iterable[str]], NextStep | None] = lambda _: None
