"""One-time tokens: made, looked at, and used up once."""

from datetime import timedelta
from uuid import UUID

from firstmile.identity import store
from firstmile.identity.models import Purpose
from firstmile.identity.store import Redeemed
from firstmile.kernel.ids import UserId, new_id, new_token
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Malformed
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work, Works


class OneTimeTokens:
    """256 random bits that travel by mail; the table keeps their keyed hash."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def issue(
        self,
        work: Work,
        user_id: UserId,
        purpose: Purpose,
        life: timedelta,
        registration: dict[str, str] | None = None,
    ) -> tuple[UUID, str]:
        """A new token with the id of its row. Nobody can read the token again."""
        token_id, token = new_id(), new_token()
        await store.add_token(
            work.db,
            token_id,
            user_id,
            purpose,
            self._vault.digest(purpose, token),
            now=work.now,
            expires_at=work.now + life,
            registration=registration,
        )
        return token_id, token

    async def redeem(self, work: Work, purpose: Purpose, token: str) -> Redeemed:
        """Use a token up, and every other one of its person and purpose with it.

        Raises Malformed for one that is spent, expired or unknown; it does not say which.
        """
        hashes = self._vault.digests(purpose, token)
        redeemed = await store.redeem(work.db, purpose, hashes, work.now)
        if redeemed is None:
            raise token_invalid()
        await store.void_tokens(work.db, redeemed.user_id, purpose, work.now)
        return redeemed

    async def is_open(self, works: Works, purpose: Purpose, token: str) -> bool:
        """Whether a token would be taken; looking does not use it up."""
        async with works.database.lease() as db:
            hashes = self._vault.digests(purpose, token)
            return await store.is_redeemable(db, purpose, hashes, works.clock())


def token_invalid() -> Malformed:
    """The answer to a token that opens nothing."""
    return Malformed(
        N_("This link has expired or was already used. Ask for a new one."), error="token_invalid"
    )
