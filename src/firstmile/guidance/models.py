"""What authors write: tips, tours, announcements and gates, as documents of one shape."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from firstmile.kernel.languages import DEFAULT, N_
from firstmile.kernel.refusals import Conflict, NotFound
from firstmile.targeting.conditions import Condition, Document

KEY = re.compile(r"[a-z][a-z0-9-]{1,63}")
HIGHEST, USUAL = 100, 50  # of priorities


class Kind(StrEnum):
    """What a content is."""

    TIP = "tip"
    TOUR = "tour"
    ANNOUNCEMENT = "announcement"
    GATE = "gate"


class Delivery(StrEnum):
    """How it comes before somebody's eyes."""

    TOOLTIP = "tooltip"
    INLINE = "inline"
    BANNER = "banner"
    POPUP = "popup"


class Times(StrEnum):
    """How often one person gets to see it."""

    ONCE = "once"
    UNTIL_INTERACTED = "until_interacted"
    EVERY = "every"


class Frequency(Document, frozen=True):
    """How often one person gets to see it; `days` is for `every`."""

    times: Times = Times.UNTIL_INTERACTED
    days: int | None = None


class Wording(Document, frozen=True):
    """The texts in one language: `body` is the subset of Markdown, `action` words of a link."""

    title: str = ""
    body: str = ""
    action: str = ""


Wordings = dict[str, Wording]


class Step(Document, frozen=True):
    """A step of a tour: what it points at and on which route, with its texts by language."""

    key: str
    words: Wordings
    target: str | None = None
    route: str | None = None
    href: str | None = None


class Needs(Document, frozen=True):
    """What a gate asks for; all of it. Of several roles one is enough."""

    roles: tuple[str, ...] = ()
    permission: str | None = None
    steps: tuple[str, ...] = ()
    flag: str | None = None


class Content(Document, frozen=True):
    """A tip, a tour, an announcement or a gate, whole: what an edition of it is."""

    key: str
    kind: Kind
    words: Wordings
    delivery: Delivery = Delivery.TOOLTIP
    target: str | None = None
    interrupts: bool = False
    routes: tuple[str, ...] = ()
    when: Condition | None = None
    flag: str | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    priority: int = USUAL
    frequency: Frequency = msgspec.field(default_factory=Frequency)
    href: str | None = None
    steps: tuple[Step, ...] = ()
    needs: Needs | None = None

    @property
    def takes_attention(self) -> bool:
        """Whether it interrupts: a tour and a popup always do."""
        by_nature = self.kind is Kind.TOUR or self.delivery is Delivery.POPUP
        return self.kind is not Kind.GATE and (self.interrupts or by_nature)

    @property
    def targets(self) -> list[str]:
        """Everything it points at."""
        found = [self.target, *(step.target for step in self.steps)]
        return [one for one in found if one]


def in_language(words: Wordings, language: str) -> Wording:
    """The texts in a language, else in the default one."""
    return words.get(language) or words.get(DEFAULT) or Wording()


@dataclass(frozen=True)
class Author:
    """Who changes something: a person, or a part of the service by its name."""

    name: str
    user_id: UUID | None = None


@dataclass(frozen=True)
class Draft:
    """What is being written of a content; `row_version` is what a change of it has `seen`."""

    content: Content
    row_version: int
    author: str
    saved_at: datetime
    archived_at: datetime | None = None


@dataclass(frozen=True)
class Edition:
    """A version of a content, which never changes."""

    content: Content
    version: int
    author: str
    made_at: datetime


class Act(StrEnum):
    """What a line of the ledger tells."""

    PUBLISHED = "published"
    ROLLED_BACK = "rolled_back"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Entry:
    """A line of the ledger: who put which version into force where, when and why."""

    number: int
    environment: str
    key: str
    act: Act
    version: int | None
    before: int | None
    author: str
    author_id: UUID | None
    reason: str
    at: datetime
    override: str = ""


def no_such_content() -> NotFound:
    """The answer for a content that is not there."""
    return NotFound(N_("There is no such content."))


def nothing_before() -> Conflict:
    """The answer where nothing was in force before."""
    return Conflict(N_("Nothing was published here before."), error="nothing_before")
