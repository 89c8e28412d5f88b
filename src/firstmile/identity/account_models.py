"""A wish for another address, and what has become of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from firstmile.kernel.ids import UserId


@dataclass(frozen=True)
class AddressChange:
    """From one address to another: confirmed by the new one, taken back by the old one."""

    user_id: UserId
    id: UUID
    old_email: str
    new_email: str
    asked_at: datetime
    confirm_until: datetime
    revert_until: datetime
    confirmed_at: datetime | None = None
    cancelled_at: datetime | None = None
    reverted_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether the new address may still confirm it."""
        ends = (self.confirmed_at, self.cancelled_at, self.reverted_at)
        return now < self.confirm_until and all(end is None for end in ends)

    def is_revertible(self, now: datetime) -> bool:
        """Whether the old address may still take it back; a cancelled one too.

        Whoever asked for a change and thought better of it had the account in their hands.
        """
        return now < self.revert_until and self.reverted_at is None
