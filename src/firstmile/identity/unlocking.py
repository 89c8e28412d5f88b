"""Opening an address by mail that was locked after too many wrong passwords."""

from datetime import timedelta

from firstmile.identity import store
from firstmile.identity.events import SignInPaused, SignInReopened
from firstmile.identity.login import Gatekeeper
from firstmile.identity.mails import Mails
from firstmile.identity.models import Purpose
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.tokens import OneTimeTokens
from firstmile.kernel.ids import new_id
from firstmile.kernel.work import Work, Works


class Unlocking:
    """Tells people of the lock, and opens it for who can read their mail.

    So a stranger who guesses on purpose keeps nobody out (ASVS 5.0, 6.1.1).
    """

    def __init__(
        self,
        tokens: OneTimeTokens,
        gatekeeper: Gatekeeper,
        mails: Mails,
        settings: IdentitySettings,
    ) -> None:
        self._tokens = tokens
        self._gatekeeper = gatekeeper
        self._mails = mails
        self._life = timedelta(minutes=settings.unlock_minutes)

    async def tell_locked(self, work: Work, address: str) -> None:
        """Write to the address that was locked, if it has an account. Runs as a job."""
        user = await store.user_by_email(work.db, address)
        if user is None:
            return
        token_id = new_id()
        token = await self._tokens.issue(work, token_id, user.id, Purpose.UNLOCK, self._life)
        if token is not None:
            lock = await self._gatekeeper.lock_of(work.db, user.email, work.now)
            is_lasting = lock is not None and lock.is_lasting
            await self._mails.lockout(work, user, token_id, token, is_lasting=is_lasting)
            work.announce(SignInPaused(user_id=user.id))

    async def is_open(self, works: Works, token: str) -> bool:
        """Whether this link would be taken; looking does not use it up."""
        return await self._tokens.is_open(works, Purpose.UNLOCK, token)

    async def unlock(self, work: Work, token: str) -> None:
        """Use the token up and forget what was counted; raises Malformed for any other token.

        An account that staff locked stays locked.
        """
        user_id = await self._tokens.redeem(work, Purpose.UNLOCK, token)
        user = await store.user_by_id(work.db, user_id)
        await self._gatekeeper.unlock(work, user.email)
        work.announce(SignInReopened(user_id=user.id))
