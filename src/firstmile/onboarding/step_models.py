"""Steps, their states, and the person who takes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import DEFAULT
from firstmile.onboarding.requirements import Need, needs_of


class Status(StrEnum):
    """The state of a step. `locked` is never stored: it follows from the other steps."""

    TODO = "todo"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    SKIPPED = "skipped"
    SNOOZED = "snoozed"
    LOCKED = "locked"


SETTLED = frozenset({Status.DONE, Status.SKIPPED})
LONGEST_SNOOZE = timedelta(days=366)


@dataclass(frozen=True)
class Definition:
    """One step as it is defined, with its texts by language.

    `fact` is what completes it by happening; `by_person` says that a person's word is enough.
    """

    key: str
    version: int
    titles: Mapping[str, str]
    descriptions: Mapping[str, str]
    required: bool = True
    weight: int = 1
    roles: frozenset[str] = frozenset()
    markets: frozenset[str] = frozenset()
    requires: tuple[str, ...] = ()
    fact: str | None = None
    by_person: bool = False
    href: str = ""
    requires_any: tuple[Need, ...] = ()

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """Everything that comes before it."""
        return needs_of(self.requires, self.requires_any)

    def title(self, language: str) -> str:
        """The title in a language, or in the default one."""
        return self.titles.get(language) or self.titles[DEFAULT]

    def description(self, language: str) -> str:
        """The description in a language, or in the default one."""
        return self.descriptions.get(language) or self.descriptions[DEFAULT]


@dataclass(frozen=True)
class State:
    """Where a person is with one step; `row_version` 0 is a step nobody touched."""

    status: Status = Status.TODO
    version: int = 0
    row_version: int = 0
    snoozed_until: datetime | None = None


UNTOUCHED = State()


@dataclass(frozen=True)
class Traveller:
    """What onboarding knows of a person."""

    user_id: UserId
    roles: frozenset[str] = frozenset()
    market: str | None = None
    facts: frozenset[str] = frozenset()
    activated_at: datetime | None = None

    def may_take(self, step: Definition) -> bool:
        """Whether the step is for them. Who has no role yet may still get the one it asks for."""
        fits_role = not step.roles or not self.roles or bool(step.roles & self.roles)
        fits_market = not step.markets or "*" in step.markets or self.market in step.markets
        return fits_role and fits_market
