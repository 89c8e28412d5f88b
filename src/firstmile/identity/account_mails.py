"""The messages about changes to an account: another address, and its end."""

from urllib.parse import quote

from firstmile.identity import store
from firstmile.identity.account_models import AddressChange
from firstmile.identity.events import AccountDeletionAsked
from firstmile.identity.mails import Mails, told
from firstmile.identity.models import User
from firstmile.identity.settings import IdentitySettings
from firstmile.kernel.ids import UserId
from firstmile.kernel.work import Work


class AccountMails:
    """Writes to people, at the address they have and at the one they want or had."""

    def __init__(self, mails: Mails, settings: IdentitySettings, *, base_url: str) -> None:
        self._mails = mails
        self._settings = settings
        self._base_url = base_url

    async def confirm_address(
        self, work: Work, user: User, change: AddressChange, token: str
    ) -> None:
        """To the new address: the link that makes it theirs."""
        facts = {
            "new_email": change.new_email,
            "link": f"{self._base_url}/confirm-email?token={quote(token)}",
            "hours": self._settings.address_change_hours,
        }
        await self._write(work, "email_change_confirm", user, change, change.new_email, facts)

    async def address_asked(
        self, work: Work, user: User, change: AddressChange, token: str
    ) -> None:
        """To the address they have: somebody wants another one, and this takes it back."""
        facts = self._of_former(change, token) | {"when": told(work.now)}
        await self._write(work, "email_change_asked", user, change, change.old_email, facts)

    async def address_changed(
        self, work: Work, user: User, change: AddressChange, token: str
    ) -> None:
        """To both: which address it is from now on. Only the former may take it back."""
        facts: dict[str, object] = {"when": told(work.now), "new_email": change.new_email}
        sign_in: dict[str, object] = {"sign_in_link": f"{self._base_url}/sign-in"}
        former = self._of_former(change, token) | facts
        await self._write(work, "email_changed", user, change, change.new_email, facts | sign_in)
        await self._write(work, "email_changed_former", user, change, change.old_email, former)

    async def deletion(self, work: Work, event: AccountDeletionAsked) -> None:
        """The account will be deleted, and until when it may be kept."""
        user = await store.user_by_id(work.db, UserId(event.user_id))
        facts = {
            "when": told(event.deletion_at),
            "sign_in_link": f"{self._base_url}/sign-in",
        }
        key = f"deletion-{user.id}-{event.deletion_at:%Y%m%d%H%M%S%f}"
        await self._mails.write(work, "deletion", key=key, user=user, facts=facts)

    def _of_former(self, change: AddressChange, token: str) -> dict[str, object]:
        return {
            "new_email": change.new_email,
            "link": f"{self._base_url}/revert-email?token={quote(token)}",
            "until": told(change.revert_until),
        }

    async def _write(
        self,
        work: Work,
        kind: str,
        user: User,
        change: AddressChange,
        to: str,
        facts: dict[str, object],
    ) -> None:
        key = f"{kind.replace('_', '-')}-{change.id}"
        await self._mails.write(work, kind, key=key, user=user, facts=facts, to=to)
