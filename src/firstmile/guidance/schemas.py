"""The JSON that embeds send and are answered."""

from datetime import datetime
from uuid import UUID

import msgspec

from firstmile.guidance.attention import Tips
from firstmile.guidance.explaining import Verdict
from firstmile.guidance.leasing import Lease
from firstmile.guidance.noting import Happened, Happening

MOST_EVENTS = 50


class LeaseIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What would be shown, and the session of the browser, which its tabs share."""

    key: str
    version: int
    session: UUID


class LeaseOut(msgspec.Struct, rename="camel"):
    """The leave to show it until a moment; `shown` confirms it."""

    lease: UUID
    until: datetime

    @classmethod
    def of(cls, lease: Lease) -> "LeaseOut":
        """As it was given."""
        return cls(lease.id, lease.until)


class HappeningIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """One thing that happened; `id` is a UUIDv7 made when it did."""

    id: UUID
    key: str
    version: int
    kind: Happened
    step: str | None = None
    reason: str | None = None
    target: str | None = None
    lease: UUID | None = None

    def happening(self) -> Happening:
        """As the rules know it."""
        return Happening(
            self.id,
            self.key,
            self.version,
            self.kind,
            self.step,
            self.reason,
            self.target,
            self.lease,
        )


class HappeningsIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What happened, in its order; at most fifty at once."""

    events: list[HappeningIn]
    session: UUID | None = None


class TakenOut(msgspec.Struct, rename="camel"):
    """How many of them were new."""

    taken: int


class PreferencesIn(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """How much somebody wants of it: `all`, `fewer` or `off`."""

    tips: Tips


class ExplainedOut(msgspec.Struct, rename="camel"):
    """Why a content is shown on a route, or is not."""

    key: str
    route: str
    environment: str
    verdict: Verdict
