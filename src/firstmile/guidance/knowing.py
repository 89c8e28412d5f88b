"""What is known of whoever is guided."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from firstmile.kernel.ids import UserId

# What a condition may ask about whoever is guided, and the kind of its value.
ATTRIBUTES = {
    "known": "yes_no",
    "locale": "text",
    "route": "text",
    "roles": "list",
    "permissions": "list",
    "market": "text",
    "staffRole": "text",
    "stepsDone": "list",
    "stepsOpen": "list",
    "activated": "yes_no",
    "daysSinceSignUp": "number",
    "sessions": "number",
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
