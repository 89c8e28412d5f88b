"""The messages about second factors: one came or went, a code was used, or wrong ones tried."""

from collections.abc import Mapping
from uuid import UUID

from firstmile.identity import store
from firstmile.identity.events import (
    PasskeyAdded,
    PasskeyCloneSuspected,
    PasskeyRemoved,
    RecoveryCodesMade,
    RecoveryCodeUsed,
    SecondFactorLocked,
    TotpAdded,
    TotpRemoved,
)
from firstmile.identity.mails import Mails, told
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.work import Work

FactorChanged = TotpAdded | TotpRemoved | PasskeyAdded | PasskeyRemoved | RecoveryCodesMade


class FactorMails:
    """Writes to people whenever what their account asks for is another thing than before."""

    def __init__(self, mails: Mails, *, base_url: str) -> None:
        self._mails = mails
        self._base_url = base_url

    async def changed(self, work: Work, event: FactorChanged) -> None:
        """A factor came or went, or new recovery codes were made (ASVS 5.0, 6.3.7)."""
        if isinstance(event, RecoveryCodesMade) and event.with_factor:
            return  # the mail about the factor says it
        name = event.name if isinstance(event, PasskeyAdded | PasskeyRemoved) else ""
        facts = {"change": event.kind(), "name": name}
        await self._write(work, "factor_changed", event.user_id, facts)

    async def copied(self, work: Work, event: PasskeyCloneSuspected) -> None:
        """A passkey counted backwards and was refused; its person should replace it."""
        await self._write(work, "passkey_suspected", event.user_id, {"name": event.name})

    async def code_used(self, work: Work, event: RecoveryCodeUsed) -> None:
        """A recovery code was used: it was the person, or somebody who found the list."""
        await self._write(work, "recovery_code_used", event.user_id, {"left": event.left})

    async def locked(self, work: Work, event: SecondFactorLocked) -> None:
        """Wrong codes were tried by somebody who got past the first factor (ASVS 5.0, 6.3.5)."""
        await self._write(work, "second_factor_locked", event.user_id, {})

    async def _write(
        self, work: Work, kind: str, user_id: UUID, facts: Mapping[str, object]
    ) -> None:
        user = await store.user_by_id(work.db, UserId(user_id))
        shared = {
            "when": told(work.now),
            "security_link": f"{self._base_url}/account/security",
            "sessions_link": f"{self._base_url}/account/sessions",
            "reset_link": f"{self._base_url}/forgot-password",
        }
        key = f"{kind.replace('_', '-')}-{new_id()}"
        await self._mails.write(work, kind, key=key, user=user, facts={**shared, **facts})
