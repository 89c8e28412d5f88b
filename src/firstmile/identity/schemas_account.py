"""The JSON of changes to one's own account."""

from datetime import datetime

from firstmile.identity.account_models import AddressChange
from firstmile.identity.models import User
from firstmile.identity.schemas import Text, Wire


class PasswordChangeIn(Wire):
    """The new password; the present one may stand for a credential that was shown lately."""

    new_password: Text
    current_password: Text | None = None


class PendingAddress(Wire):
    """An address that waits to be confirmed from its own mailbox."""

    email: str
    asked_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, change: AddressChange) -> "PendingAddress":
        """The wire form of an open change."""
        return cls(
            email=change.new_email, asked_at=change.asked_at, expires_at=change.confirm_until
        )


class AddressOut(Wire):
    """One's own address, and the one that is wanted instead."""

    email: str
    pending: PendingAddress | None

    @classmethod
    def of(cls, user: User, change: AddressChange | None) -> "AddressOut":
        """The wire form of an account's address."""
        return cls(email=user.email, pending=PendingAddress.of(change) if change else None)


class Reverted(Wire):
    """The change is taken back; this token sets a password, as one from a reset link does."""

    password_token: str


class DeletionOut(Wire):
    """When the account will be deleted."""

    deletion_at: datetime
