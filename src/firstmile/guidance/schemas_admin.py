"""The JSON of contents, what is published, and the ledger, for those who write them."""

from datetime import datetime
from uuid import UUID

import msgspec

from firstmile.guidance.lint import Finding
from firstmile.guidance.models import Content, Draft, Edition, Entry


class FindingOut(msgspec.Struct, rename="camel"):
    """Something to look at; a `broken` or an `error` is in the way of publishing."""

    level: str
    code: str
    at: str
    message: str
    about: str

    @classmethod
    def of(cls, one: Finding) -> "FindingOut":
        """As it was found."""
        return cls(one.level, one.code, one.at, one.message, one.about)


class DraftOut(msgspec.Struct, rename="camel"):
    """A content as it is written now, and which version is in force where."""

    content: Content
    row_version: int
    author: str
    saved_at: datetime
    archived_at: datetime | None
    published: dict[str, int]
    findings: list[FindingOut]

    @classmethod
    def of(cls, draft: Draft, published: dict[str, int], found: list[Finding]) -> "DraftOut":
        """As it is kept."""
        return cls(
            draft.content,
            draft.row_version,
            draft.author,
            draft.saved_at,
            draft.archived_at,
            published,
            [FindingOut.of(one) for one in found],
        )


class DraftsOut(msgspec.Struct, rename="camel"):
    """Every content, by its key."""

    items: list[DraftOut]


class DraftIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A whole content, and the row version that was looked at; 0 for a new one."""

    content: Content
    seen: int


class PublishIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Where and why, of the draft that was looked at; `override` says why an error may stand."""

    environment: str
    reason: str
    seen: int
    override: str = ""


class RollBackIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Where and why; to the version before, or to this one."""

    environment: str
    reason: str
    version: int | None = None


class WithdrawIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Where and why."""

    environment: str
    reason: str


class EditionOut(msgspec.Struct, rename="camel"):
    """A version of a content, which never changes."""

    content: Content
    version: int
    author: str
    made_at: datetime

    @classmethod
    def of(cls, one: Edition) -> "EditionOut":
        """As it is kept."""
        return cls(one.content, one.version, one.author, one.made_at)


class EditionsOut(msgspec.Struct, rename="camel"):
    """The versions of a content, the newest first."""

    items: list[EditionOut]


class EntryOut(msgspec.Struct, rename="camel"):
    """A line of the ledger: who put which version into force where, when and why."""

    number: int
    environment: str
    key: str
    act: str
    version: int | None
    before: int | None
    author: str
    author_id: UUID | None
    reason: str
    override: str
    at: datetime

    @classmethod
    def of(cls, one: Entry) -> "EntryOut":
        """As it is kept."""
        return cls(
            one.number,
            one.environment,
            one.key,
            one.act,
            one.version,
            one.before,
            one.author,
            one.author_id,
            one.reason,
            one.override,
            one.at,
        )


class LedgerOut(msgspec.Struct, rename="camel"):
    """What was published, the newest first; `next` is the cursor of the page after it."""

    items: list[EntryOut]
    next: int | None


class QuietIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Until when nothing interrupts anybody, and why; null to end it."""

    until: datetime | None
    reason: str = ""
