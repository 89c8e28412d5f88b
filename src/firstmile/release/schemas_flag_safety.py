"""The JSON of proposals, previews and of what there is to tidy up."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from firstmile.release.debt import Debt
from firstmile.release.models import Oversight, Proposal
from firstmile.release.preview import Preview
from firstmile.release.store_usage import Unknown
from firstmile.targeting.flags import Flag, Segment


class FourEyesIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Whether an environment asks for a second person, and why."""

    four_eyes: bool
    reason: str


class ReasonIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Why."""

    reason: str


class DocumentIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """One thing that should change: a whole flag or segment, the end of one, or `fourEyes`."""

    flag: Flag | None = None
    segment: Segment | None = None
    archive: str | None = None
    delete_segment: str | None = None
    four_eyes: bool | None = None


class ProposalIn(DocumentIn, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A change for a second person, why, and the revision that was looked at."""

    reason: str
    seen: int | None = None


class ProposalOut(msgspec.Struct, rename="camel"):
    """A change that waits for a second person; `seen` is the revision it builds on."""

    id: UUID
    environment: str
    subject: str
    key: str
    flag: Flag | None
    segment: Segment | None
    four_eyes: bool | None
    seen: int | None
    author_id: UUID | None
    reason: str
    proposed_at: datetime
    state: str
    decider_id: UUID | None
    decider_reason: str
    decided_at: datetime | None

    @classmethod
    def of(cls, one: Proposal) -> "ProposalOut":
        """As it is kept."""
        change = one.change
        return cls(
            id=one.id,
            environment=change.environment,
            subject=change.subject,
            key=change.key,
            flag=change.after if isinstance(change.after, Flag) else None,
            segment=change.after if isinstance(change.after, Segment) else None,
            four_eyes=change.after.four_eyes if isinstance(change.after, Oversight) else None,
            seen=change.seen,
            author_id=change.author.user_id,
            reason=change.reason,
            proposed_at=one.proposed_at,
            state=one.state,
            decider_id=one.decided_by.user_id if one.decided_by else None,
            decider_reason=one.decided_reason,
            decided_at=one.decided_at,
        )


class ProposalsOut(msgspec.Struct, rename="camel"):
    """Proposals, the newest first."""

    items: list[ProposalOut]


class TurnOut(msgspec.Struct, rename="camel"):
    """So many go from one variant to another, null being the application's own default."""

    flag: str
    before: str | None
    after: str | None
    count: int
    markets: dict[str, int]


class PreviewOut(msgspec.Struct, rename="camel"):
    """What would change among `seen` units that the asked process answered lately.

    `others` follow from what is changed; `notAsked` of them are not in `turns`. Attributes in
    `unknown` are read by the change and kept of nobody so far, so they count as missing.
    """

    seen: int
    changing: int
    turns: list[TurnOut]
    others: list[str]
    not_asked: int
    unknown: list[str]

    @classmethod
    def of(cls, one: Preview) -> "PreviewOut":
        """As it was found."""
        turns = [
            TurnOut(turn.flag, turn.before, turn.after, turn.count, dict(turn.markets))
            for turn in one.turns
        ]
        return cls(
            one.seen, one.changing, turns, list(one.others), one.not_asked, list(one.unknown)
        )


class FlagDebtOut(msgspec.Struct, rename="camel"):
    """A flag to tidy up: why, since when, and how often it served what within 14 days."""

    key: str
    sign: str
    since: date | None
    variant: str | None
    count: int
    owner: str


class UnknownOut(msgspec.Struct, rename="camel"):
    """A key that programs ask for and that is no flag."""

    key: str
    count: int
    first_asked_at: datetime
    last_asked_at: datetime


class DebtOut(msgspec.Struct, rename="camel"):
    """What there is to tidy up."""

    flags: list[FlagDebtOut]
    unknown: list[UnknownOut]

    @classmethod
    def of(cls, found: list[Debt], unknown: list[Unknown]) -> "DebtOut":
        """As it was found."""
        return cls(
            [
                FlagDebtOut(one.key, one.sign, one.since, one.variant, one.count, one.owner)
                for one in found
            ],
            [
                UnknownOut(one.key, one.count, one.first_asked_at, one.last_asked_at)
                for one in unknown
            ],
        )
