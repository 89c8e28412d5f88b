"""What a step or a route waits for: steps, any of which is enough, with why and where to go."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fix:
    """How to meet a requirement: a page to open, or the step to prefer."""

    href: str | None = None
    step: str | None = None


@dataclass(frozen=True)
class Need:
    """One requirement: any of these steps is enough. `reasons` says why, by language."""

    any_of: tuple[str, ...]
    reasons: Mapping[str, str] = field(default_factory=dict)
    fix: Fix | None = None

    @property
    def toward(self) -> tuple[str, ...]:
        """The steps to lead somebody to: the preferred one when it is among them."""
        step = self.fix and self.fix.step
        return (step,) if step in self.any_of and step else self.any_of


def needs_of(plain: tuple[str, ...], groups: tuple[Need, ...]) -> tuple[Need, ...]:
    """All requirements as groups: each plain key is one of its own, and all must be met."""
    return (*(Need((key,)) for key in plain), *groups)
