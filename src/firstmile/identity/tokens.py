"""One-time tokens: made, looked at, and used up once."""

from datetime import timedelta
from uuid import UUID

from firstmile.identity import store
from firstmile.identity.models import Purpose, User
from firstmile.kernel.ids import UserId, new_token
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Malformed
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work, Works


class OneTimeTokens:
    """256 random bits that travel by mail; the table keeps their keyed hash."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def issue(
        self, work: Work, token_id: UUID, user_id: UserId, purpose: Purpose, life: timedelta
    ) -> str | None:
        """A new token, which nobody can read again; None when this id was issued before."""
        token = new_token()
        is_new = await store.add_token(
            work.db,
            token_id,
            user_id,
            purpose,
            self._vault.digest(purpose, token),
            now=work.now,
            expires_at=work.now + life,
        )
        return token if is_new else None

    async def redeem(self, work: Work, purpose: Purpose, token: str) -> UserId:
        """Use a token up and tell whose it was; with it goes every other one of this purpose.

        Raises Malformed for one that is spent, expired or unknown; it does not say which.
        """
        hashes = self._vault.digests(purpose, token)
        user_id = await store.redeem(work.db, purpose, hashes, work.now)
        if user_id is None:
            raise token_invalid()
        await store.void_tokens(work.db, user_id, purpose, work.now)
        return user_id

    async def is_open(self, works: Works, purpose: Purpose, token: str) -> bool:
        """Whether a token would be taken; looking does not use it up."""
        async with works.database.lease() as db:
            hashes = self._vault.digests(purpose, token)
            return await store.is_redeemable(db, purpose, hashes, works.clock())

    async def owner(self, works: Works, purpose: Purpose, token: str) -> User | None:
        """Whose token it is, if it would be taken; looking does not use it up."""
        async with works.database.lease() as db:
            hashes = self._vault.digests(purpose, token)
            return await store.owner_of_token(db, purpose, hashes, works.clock())


def token_invalid() -> Malformed:
    """The answer to a token that opens nothing."""
    return Malformed(
        N_("This link has expired or was already used. Ask for a new one."), error="token_invalid"
    )
