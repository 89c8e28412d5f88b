"""What identity announces of staff and those they help."""

from datetime import datetime
from uuid import UUID

from firstmile.kernel.events import PersonalEvent


class ResetLinkSent(PersonalEvent, frozen=True):
    """Staff had a link mailed that sets a new password."""

    staff_id: UUID


class VerificationLinkSent(PersonalEvent, frozen=True):
    """Staff had another link mailed that confirms the address."""

    staff_id: UUID


class SessionsEnded(PersonalEvent, frozen=True):
    """Staff ended every session of the person."""

    staff_id: UUID
    count: int


class AccountLocked(PersonalEvent, frozen=True):
    """Staff closed the account: nothing opens it until staff do."""

    staff_id: UUID
    reason: str


class AccountUnlocked(PersonalEvent, frozen=True):
    """Staff opened the account again."""

    staff_id: UUID


class ImpersonationBegan(PersonalEvent, frozen=True):
    """Staff look at the product in the place of the person, for the reason they gave."""

    staff_id: UUID
    session_id: UUID
    reason: str
    ends_at: datetime


class ImpersonationEnded(PersonalEvent, frozen=True):
    """They have left the person's place."""

    staff_id: UUID
    session_id: UUID
