"""What identity announces about accounts."""

from datetime import datetime
from uuid import UUID

from firstmile.kernel.events import Event, PersonalEvent


class UserRegistered(PersonalEvent, frozen=True):
    """Somebody asked for an account."""


class UserImported(PersonalEvent, frozen=True):
    """An account was taken over from another system, with its address verified there or not."""

    is_verified: bool


class EmailVerified(PersonalEvent, frozen=True):
    """The address belongs to the person."""


class PasswordChanged(PersonalEvent, frozen=True):
    """The password is another one, and every session has ended."""


class SignedIn(PersonalEvent, frozen=True):
    """A session began."""

    session_id: UUID
    methods: list[str]
    device_name: str
    network: str
    is_new_device: bool


class SteppedUp(PersonalEvent, frozen=True):
    """The person showed a credential again; the session goes on under another id."""

    method: str
    session_id: UUID
    former_session_id: UUID


class DeviceTrusted(PersonalEvent, frozen=True):
    """A browser stands for the second factor for a while."""

    device_id: UUID


class ProviderConnected(PersonalEvent, frozen=True):
    """The person can sign in by another service; the account may have begun with it."""

    provider: str
    is_first: bool


class ProviderDisconnected(PersonalEvent, frozen=True):
    """Another service opens the account no more."""

    provider: str


class PasskeyAdded(PersonalEvent, frozen=True):
    """The person can sign in with one more passkey."""

    name: str


class PasskeyRenamed(PersonalEvent, frozen=True):
    """A passkey is called something else."""

    name: str


class PasskeyRemoved(PersonalEvent, frozen=True):
    """A passkey opens nothing any more."""

    name: str


class PasskeyCloneSuspected(PersonalEvent, frozen=True):
    """A passkey counted backwards, as two authenticators with one key would."""

    name: str


class TotpAdded(PersonalEvent, frozen=True):
    """An authenticator app stands beside the first factor from now on."""


class TotpRemoved(PersonalEvent, frozen=True):
    """The authenticator app is gone."""


class RecoveryCodesMade(PersonalEvent, frozen=True):
    """The person was given recovery codes, with a new factor or alone; the old ones are void."""

    with_factor: bool


class RecoveryCodeUsed(PersonalEvent, frozen=True):
    """A recovery code stood beside the first factor; so many are left."""

    left: int


class SecondFactorLocked(PersonalEvent, frozen=True):
    """Wrong codes were tried, so often that no more are heard for a while."""

    method: str


class DevicesForgotten(PersonalEvent, frozen=True):
    """No browser stands for the second factor any more."""

    count: int


class SignedOut(PersonalEvent, frozen=True):
    """A session was ended, by its person or for the reason given."""

    session_id: UUID
    reason: str


class OtherSessionsEnded(PersonalEvent, frozen=True):
    """The person ended every session but the one they did it from."""

    count: int


class SignedOutEverywhere(PersonalEvent, frozen=True):
    """Every session of the person has ended, but one when it is named."""

    reason: str
    kept_session_id: UUID | None


class RefreshReused(PersonalEvent, frozen=True):
    """An old refresh token came back: the session is ended, for it may be in two hands."""

    session_id: UUID


class ProfileCompleted(PersonalEvent, frozen=True):
    """The profile holds all we ask for."""


class MarketChosen(PersonalEvent, frozen=True):
    """The person said where they are."""

    market: str


class StaffGranted(PersonalEvent, frozen=True):
    """The person is staff in this role from now on, or staff no more."""

    role: str | None


class SignInPaused(PersonalEvent, frozen=True):
    """Too many wrong passwords in a row: the address is closed to browsers not known to it."""


class SignInReopened(PersonalEvent, frozen=True):
    """The person opened it again by the link in their mail."""


class EmailChangeAsked(PersonalEvent, frozen=True):
    """The person wants another address; both addresses were written to."""

    change_id: UUID


class EmailChangeCancelled(PersonalEvent, frozen=True):
    """They do not want it any more."""

    change_id: UUID


class EmailChanged(PersonalEvent, frozen=True):
    """The new address was confirmed and is theirs."""

    change_id: UUID


class EmailChangeReverted(PersonalEvent, frozen=True):
    """The former address took the change back; every session ended, and the password with them."""

    change_id: UUID


class AvatarChanged(PersonalEvent, frozen=True):
    """The person has another picture, or none."""


class AccountDeletionAsked(PersonalEvent, frozen=True):
    """The person wants their account deleted; until then they may keep it."""

    deletion_at: datetime


class AccountKept(PersonalEvent, frozen=True):
    """An account that was to be deleted stays."""


class AccountDeleted(Event, frozen=True):
    """An account is gone, and whatever others keep of its person goes too."""

    user_id: UUID
