"""Steps, their states, and the person who takes them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import DEFAULT
from firstmile.onboarding.deadlines import Due
from firstmile.onboarding.leaves import Asks, Leaf
from firstmile.onboarding.requirements import Need, needs_of
from firstmile.onboarding.verifying import Called, Counted, Judged, Verdict
from firstmile.targeting.comparing import Predicate
from firstmile.targeting.compiling import compiled_condition
from firstmile.targeting.conditions import Condition
from firstmile.targeting.contexts import Context


class Status(StrEnum):
    """The state of a step. `locked` is never stored: it follows from the other steps."""

    TODO = "todo"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    SKIPPED = "skipped"
    SNOOZED = "snoozed"
    LOCKED = "locked"


class Scope(StrEnum):
    """Whether everybody has a step for themselves, or the members of a project have it together."""

    USER = "user"
    PROJECT = "project"


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
    when: Condition | None = None
    due: Due | None = None
    event: Counted | None = None
    call: Called | None = None
    scope: Scope = Scope.USER

    @property
    def is_shared(self) -> bool:
        """Whether the members of a project have it together."""
        return self.scope is Scope.PROJECT

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """Everything that comes before it."""
        return needs_of(self.requires, self.requires_any)

    @cached_property
    def is_meant(self) -> Predicate | None:
        """Whether a context meets its condition; compiled once, with the definition."""
        return None if self.when is None else compiled_condition(self.when, {})

    @property
    def verified_by(self) -> str:
        """Who says that it is done."""
        if self.call is not None:
            return "call"
        if self.event is not None:
            return "event"
        return "person" if self.by_person else "fact"

    def title(self, language: str) -> str:
        """The title in a language, or in the default one."""
        return self.titles.get(language) or self.titles[DEFAULT]

    def description(self, language: str) -> str:
        """The description in a language, or in the default one."""
        return self.descriptions.get(language) or self.descriptions[DEFAULT]


class Doer(NamedTuple):
    """Who did a step of a project, by the name they gave; no name when they gave none."""

    user_id: UserId
    name: str


@dataclass(frozen=True)
class State:
    """Where a person, or a project, is with one step; `row_version` 0 is a step nobody touched.

    `asked_by` is the member who said that it is done, until a server has found so.
    """

    status: Status = Status.TODO
    version: int = 0
    row_version: int = 0
    snoozed_until: datetime | None = None
    verdict: Verdict | None = None
    done_by: Doer | None = None
    asked_by: UserId | None = None

    @property
    def is_pending(self) -> bool:
        """Whether a server is to say if it is done."""
        return self.verdict is not None and self.verdict.state is Judged.PENDING

    @property
    def is_reopened(self) -> bool:
        """Whether a server opened it again, and it was not settled since."""
        return self.verdict is not None and self.verdict.state is Judged.REOPENED


UNTOUCHED = State()


@dataclass(frozen=True)
class Attributes:
    """What the customer's server says of a person, as JSON: `{"plan": "pro", "seats": 12}`."""

    text: str = "{}"

    @cached_property
    def known(self) -> Mapping[str, Any]:
        """Each by its name."""
        found: Mapping[str, Any] = msgspec.json.decode(self.text)
        return found


NOTHING_SAID = Attributes()


@dataclass(frozen=True)
class Membership:
    """The project whose steps a person shares: what they are in it, and what is true of it.

    `name` is what its members know them by.
    """

    project_id: UUID
    project: str
    role: str
    name: str = ""
    facts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Traveller:
    """What onboarding knows of a person."""

    user_id: UserId
    roles: frozenset[str] = frozenset()
    market: str | None = None
    facts: frozenset[str] = frozenset()
    activated_at: datetime | None = None
    attributes: Attributes = NOTHING_SAID
    started_at: datetime | None = None
    membership: Membership | None = None

    @cached_property
    def context(self) -> Context:
        """What conditions may ask about; what we know ourselves comes before what we are told."""
        own = {"roles": sorted(self.roles), "facts": sorted(self.facts), "market": self.market}
        return {**self.attributes.known, **own}

    def may_take(self, step: Definition) -> bool:
        """Whether the step is for them."""
        return all(leaf.holds for leaf in self.leaves_of(step))

    def leaves_of(self, step: Definition) -> Iterator[Leaf]:
        """What a step asks of who they are. Who has no role may still get the one it asks for."""
        if step.roles:
            roles = self.roles_for(step)
            yield Leaf(Asks.ROLE, not roles or bool(step.roles & roles), step.roles, roles)
        yield from self.leaves_in(step.markets)
        if step.is_meant is not None:
            yield Leaf(Asks.CONDITION, step.is_meant(self.context), when=step.when)

    def roles_for(self, step: Definition) -> frozenset[str]:
        """What they are where the step is: in its project, or in any."""
        if not step.is_shared:
            return self.roles
        return frozenset({self.membership.role} if self.membership else ())

    def facts_for(self, step: Definition) -> frozenset[str]:
        """What is true of them, or of the project the step is in."""
        if not step.is_shared:
            return self.facts
        return self.membership.facts if self.membership else frozenset()

    def leaves_in(self, markets: frozenset[str]) -> Iterator[Leaf]:
        """Whether their market is one of these; none named are all."""
        if markets:
            held = frozenset({self.market} if self.market else ())
            yield Leaf(Asks.MARKET, "*" in markets or bool(held & markets), markets, held)
