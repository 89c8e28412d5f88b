"""Another address for an account: asked for, confirmed by the new one, taken back by the old."""

import base64
import binascii
import hmac
from datetime import timedelta
from uuid import UUID

from firstmile.identity import store, store_account, store_factors
from firstmile.identity.account_mails import AccountMails
from firstmile.identity.account_models import AddressChange
from firstmile.identity.events import (
    AccountDeleted,
    EmailChangeAsked,
    EmailChangeCancelled,
    EmailChanged,
    EmailChangeReverted,
)
from firstmile.identity.models import CONTESTED, Complaints, Purpose, key_of
from firstmile.identity.recovery import Recovery
from firstmile.identity.sessions import Sessions
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.tokens import token_invalid
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Invalid, TooMany
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work, Works

ASK_TO_CONFIRM = "ask_to_confirm_address"
CONFIRM = "confirm_address"
REVERT = "revert_address"
DAY = timedelta(days=1)
ID_BYTES = 16


class AddressChanges:
    """Moves an account from one address to another.

    The links carry the id of the change and a MAC over it: the row says what is still open, and
    nothing in it is a link.
    """

    def __init__(
        self,
        vault: Vault,
        recovery: Recovery,
        sessions: Sessions,
        mails: AccountMails,
        settings: IdentitySettings,
    ) -> None:
        self._vault = vault
        self._recovery = recovery
        self._sessions = sessions
        self._mails = mails
        self._settings = settings

    async def ask(self, work: Work, user_id: UserId, email: str) -> AddressChange:
        """Note the wish, tell the present address, and write to the new one by a job.

        An address that has an account gets no mail, and the answer does not tell. Raises Invalid,
        and TooMany beyond those of a day.
        """
        complaints = Complaints()
        address = complaints.email(
            "email", email, with_test_domains=self._settings.with_test_domains
        )
        complaints.raise_any()
        await store.lock_user(work.db, user_id)
        user = await store.user_by_id(work.db, user_id)
        if key_of(address) == key_of(user.email):
            raise Invalid.field("email", N_("This is your address already."))
        await self._spare_mailboxes(work, user_id)
        await store_account.cancel_change(work.db, user_id, work.now)
        settings = self._settings
        change = AddressChange(
            user_id=user_id,
            id=new_id(),
            old_email=user.email,
            new_email=address,
            asked_at=work.now,
            confirm_until=work.now + timedelta(hours=settings.address_change_hours),
            revert_until=work.now + timedelta(days=settings.address_revert_days),
        )
        await store_account.add_change(work.db, change)
        await self._mails.address_asked(work, user, change, self._token(REVERT, change.id))
        work.enqueue(ASK_TO_CONFIRM, str(change.id))
        work.announce(EmailChangeAsked(user_id=user_id, change_id=change.id))
        return change

    async def ask_to_confirm(self, work: Work, change_id: str) -> None:
        """Write to the new address, unless it has an account. Runs as a job."""
        change = await store_account.change_by_id(work.db, UUID(change_id))
        if change is None or not change.is_open(work.now):
            return
        if await store.user_by_email(work.db, change.new_email) is None:
            user = await store.user_by_id(work.db, change.user_id)
            token = self._token(CONFIRM, change.id)
            await self._mails.confirm_address(work, user, change, token)

    async def cancel(self, work: Work, user_id: UserId) -> None:
        """Leave the address as it is; the link in the new mailbox opens nothing any more."""
        change_id = await store_account.cancel_change(work.db, user_id, work.now)
        if change_id is not None:
            work.announce(EmailChangeCancelled(user_id=user_id, change_id=change_id))

    async def confirm(self, work: Work, token: str) -> AddressChange:
        """The new address is theirs from now on; links sent to the old one open nothing any more.

        Raises Malformed for a link that opens nothing, and Conflict when the address got an
        account meanwhile: then nothing changes.
        """
        asked = await self._held(work, CONFIRM, token)
        change = await store_account.confirm_change(work.db, asked.user_id, asked.id, work.now)
        if change is None:
            raise token_invalid()
        await self._move(work, change.user_id, change.new_email)
        user = await store.user_by_id(work.db, change.user_id)
        await self._mails.address_changed(work, user, change, self._token(REVERT, change.id))
        work.announce(EmailChanged(user_id=change.user_id, change_id=change.id))
        return change

    async def revert(self, work: Work, token: str) -> str:
        """Back to the old address, for whoever reads its mail; a token that sets a password.

        No session is left and no password fits: whoever asked for the change may know it. Raises
        Malformed for a link that opens nothing, and Conflict when the address is taken.
        """
        asked = await self._held(work, REVERT, token)
        user_id = asked.user_id
        change = await store_account.revert_change(work.db, user_id, asked.id, work.now)
        if change is None:
            raise token_invalid()
        user = await store.user_by_id(work.db, user_id)
        if key_of(user.email) != key_of(change.old_email):
            await self._free(work, change)
            await self._move(work, user_id, change.old_email)
        await store.set_password(work.db, user_id, CONTESTED, work.now)
        await store_factors.change_epoch(work.db, user_id, of_factors=True)
        await self._sessions.end_all(work, user_id, "address_reverted")
        work.announce(EmailChangeReverted(user_id=user_id, change_id=change.id))
        user = await store.user_by_id(work.db, user_id)
        return await self._recovery.ticket(work, user) or ""

    async def to_confirm(self, works: Works, token: str) -> AddressChange | None:
        """The change that this link would confirm; looking does not use it up."""
        change = await self._seen(works, CONFIRM, token)
        return change if change is not None and change.is_open(works.clock()) else None

    async def to_revert(self, works: Works, token: str) -> AddressChange | None:
        """The change that this link would take back; looking does not use it up."""
        change = await self._seen(works, REVERT, token)
        return change if change is not None and change.is_revertible(works.clock()) else None

    async def _spare_mailboxes(self, work: Work, user_id: UserId) -> None:
        """Each wish writes to a mailbox that may be anybody's."""
        asked = await store_account.asked_since(work.db, user_id, work.now - DAY)
        most = self._settings.address_changes_per_day
        if len(asked) >= most:
            wait = asked[-most] + DAY - work.now
            raise TooMany(
                N_("You have asked for many changes today. Try again tomorrow."),
                error="too_many_address_changes",
                retry_after=max(1, int(wait.total_seconds())),
            )

    async def _move(self, work: Work, user_id: UserId, email: str) -> None:
        if not await store_account.set_address(work.db, user_id, email, work.now):
            raise Conflict(
                N_("This address has an account of its own by now, so nothing was changed."),
                error="address_taken",
            )
        for purpose in Purpose:
            await store.void_tokens(work.db, user_id, purpose, work.now)
        await self._sessions.changed(work, user_id)

    async def _free(self, work: Work, change: AddressChange) -> None:
        """Make room at the old address: nobody holds it by registering and proving nothing."""
        newcomer = await store_account.remove_newcomer(
            work.db, change.old_email, since=change.asked_at
        )
        if newcomer is not None:
            work.announce(AccountDeleted(user_id=newcomer))

    async def _held(self, work: Work, purpose: str, token: str) -> AddressChange:
        """The change of this link, with its account held; raises Malformed when there is none."""
        change_id = self._read(purpose, token)
        change = change_id and await store_account.change_by_id(work.db, change_id)
        if not change:
            raise token_invalid()
        await store.lock_user(work.db, change.user_id)
        return change

    async def _seen(self, works: Works, purpose: str, token: str) -> AddressChange | None:
        change_id = self._read(purpose, token)
        if change_id is None:
            return None
        async with works.database.lease() as db:
            return await store_account.change_by_id(db, change_id)

    def _token(self, purpose: str, change_id: UUID) -> str:
        signed = change_id.bytes + self._vault.digest(purpose, change_id.bytes)
        return base64.urlsafe_b64encode(signed).decode().rstrip("=")

    def _read(self, purpose: str, token: str) -> UUID | None:
        """The id in a link of ours; None for any other text."""
        try:
            signed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            return None
        named, signature = signed[:ID_BYTES], signed[ID_BYTES:]
        if any(hmac.compare_digest(signature, one) for one in self._vault.digests(purpose, named)):
            return UUID(bytes=named)
        return None
