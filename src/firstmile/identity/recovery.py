"""Setting a new password by mail."""

from datetime import timedelta

from firstmile.identity import store
from firstmile.identity.events import EmailVerified, PasswordChanged
from firstmile.identity.login import Gatekeeper
from firstmile.identity.mails import Mails
from firstmile.identity.models import Complaints, Purpose
from firstmile.identity.passwords import Passwords
from firstmile.identity.sessions import Sessions
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.tokens import OneTimeTokens, token_invalid
from firstmile.kernel.work import Work, Works

FORGOT = "forgot_password"


class Recovery:
    """Sends reset links and takes them back."""

    def __init__(
        self,
        tokens: OneTimeTokens,
        passwords: Passwords,
        sessions: Sessions,
        gatekeeper: Gatekeeper,
        mails: Mails,
        settings: IdentitySettings,
    ) -> None:
        self._tokens = tokens
        self._passwords = passwords
        self._sessions = sessions
        self._gatekeeper = gatekeeper
        self._mails = mails
        self._settings = settings

    async def send_link(self, work: Work, address: str) -> None:
        """Send a reset link when the address has an account.

        Runs as a job, so that the answer to the request costs the same for every address.
        """
        user = await store.user_by_email(work.db, address)
        if user is None:
            return
        life = timedelta(minutes=self._settings.reset_minutes)
        token_id, token = await self._tokens.issue(work, user.id, Purpose.RESET_PASSWORD, life)
        await self._mails.password_reset(work, user, token_id, token)

    async def is_open(self, works: Works, token: str) -> bool:
        """Whether this link would be taken."""
        return await self._tokens.is_open(works, Purpose.RESET_PASSWORD, token)

    async def prepare(self, works: Works, token: str, password: str) -> str:
        """The hash of the new password, made before any transaction is open.

        A token that would be refused anyway is refused first: hashing is dear. Raises Malformed
        for the token and Invalid for the password.
        """
        complaints = Complaints()
        complaints.password("password", password, unlike=())
        complaints.raise_any()
        if not await self.is_open(works, token):
            raise token_invalid()
        return await self._passwords.hash(password)

    async def reset(self, work: Work, token: str, password_hash: str) -> None:
        """Use the token up: new password, no session left, no lock, and the person is told.

        Who can read the mail owns the address, so an address not yet verified is now.
        """
        redeemed = await self._tokens.redeem(work, Purpose.RESET_PASSWORD, token)
        await store.set_password(work.db, redeemed.user_id, password_hash, work.now)
        await store.void_tokens(work.db, redeemed.user_id, Purpose.VERIFY_EMAIL, work.now)
        await self._sessions.end_all(work, redeemed.user_id, "password_reset")
        work.announce(PasswordChanged(user_id=redeemed.user_id))
        if await store.verify_email(work.db, redeemed.user_id, None, work.now):
            work.announce(EmailVerified(user_id=redeemed.user_id))
        user = await store.user_by_id(work.db, redeemed.user_id)
        await self._gatekeeper.unlock(work, user.email)
