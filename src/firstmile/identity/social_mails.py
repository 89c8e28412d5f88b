"""The messages about connected accounts: one came or went."""

from firstmile.identity import store
from firstmile.identity.events import ProviderConnected, ProviderDisconnected
from firstmile.identity.mails import Mails, told
from firstmile.identity.providers import Providers
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.work import Work


class SocialMails:
    """Writes to people when another service begins or ceases to open their account."""

    def __init__(self, mails: Mails, providers: Providers, *, base_url: str) -> None:
        self._mails = mails
        self._providers = providers
        self._base_url = base_url

    async def connected(self, work: Work, event: ProviderConnected) -> None:
        """A service opens the account from now on; one the account began with is no news."""
        if not event.is_first:
            await self._write(work, "provider_connected", event)

    async def disconnected(self, work: Work, event: ProviderDisconnected) -> None:
        """A service opens it no more."""
        await self._write(work, "provider_disconnected", event)

    async def _write(
        self, work: Work, kind: str, event: ProviderConnected | ProviderDisconnected
    ) -> None:
        user = await store.user_by_id(work.db, UserId(event.user_id))
        facts = {
            "provider": self._providers.name_of(event.provider),
            "when": told(work.now),
            "connections_link": f"{self._base_url}/account/connections",
            "reset_link": f"{self._base_url}/forgot-password",
        }
        key = f"{kind.replace('_', '-')}-{new_id()}"
        await self._mails.write(work, kind, key=key, user=user, facts=facts)
