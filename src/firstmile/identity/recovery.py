"""Setting a new password by mail."""

from datetime import timedelta
from uuid import UUID

from firstmile.identity import store, store_factors
from firstmile.identity.events import EmailVerified, PasswordChanged
from firstmile.identity.login import Gatekeeper
from firstmile.identity.mails import Mails
from firstmile.identity.models import Complaints, Purpose, User
from firstmile.identity.passwords import Passwords
from firstmile.identity.sessions import Sessions
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.strength import PasswordRules, words_about
from firstmile.identity.tokens import OneTimeTokens, token_invalid
from firstmile.kernel.ids import new_id
from firstmile.kernel.work import Work, Works

FORGOT = "forgot_password"


class Recovery:
    """Sends reset links and takes them back."""

    def __init__(
        self,
        tokens: OneTimeTokens,
        passwords: Passwords,
        rules: PasswordRules,
        sessions: Sessions,
        gatekeeper: Gatekeeper,
        mails: Mails,
        *,
        settings: IdentitySettings,
    ) -> None:
        self._tokens = tokens
        self._passwords = passwords
        self._rules = rules
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
        token_id = new_id()
        if token := await self._issue(work, user, token_id):
            await self._mails.password_reset(work, user, token_id, token)

    async def ticket(self, work: Work, user: User) -> str | None:
        """A token that sets a password, for somebody who has just proved the address is theirs."""
        return await self._issue(work, user, new_id())

    async def is_open(self, works: Works, token: str) -> bool:
        """Whether this link would be taken."""
        return await self._tokens.is_open(works, Purpose.RESET_PASSWORD, token)

    async def prepare(self, works: Works, token: str, password: str) -> str:
        """The hash of the new password, made before any transaction is open.

        A token that would be refused anyway is refused first: hashing is dear, and whose it is
        says what the password may not be like. Raises Malformed for the token and Invalid for the
        password.
        """
        user = await self._tokens.owner(works, Purpose.RESET_PASSWORD, token)
        if user is None:
            raise token_invalid()
        about = words_about(user.email, user.first_name, user.last_name)
        complaints = Complaints()
        self._rules.check(complaints, "password", password, about=about)
        complaints.raise_any()
        return await self._passwords.hash(password)

    async def reset(self, work: Work, token: str, password_hash: str) -> None:
        """Use the token up: new password, no session left, no lock, and the person is told.

        Who can read the mail owns the address, so an address not yet verified is now.
        """
        user_id = await self._tokens.redeem(work, Purpose.RESET_PASSWORD, token)
        await store.set_password(work.db, user_id, password_hash, work.now)
        await store.void_tokens(work.db, user_id, Purpose.VERIFY_EMAIL, work.now)
        await store_factors.change_epoch(work.db, user_id, of_factors=True)
        await self._sessions.end_all(work, user_id, "password_reset")
        work.announce(PasswordChanged(user_id=user_id))
        if await store.verify_email(work.db, user_id, work.now):
            work.announce(EmailVerified(user_id=user_id))
        user = await store.user_by_id(work.db, user_id)
        await self._gatekeeper.unlock(work, user.email)

    async def _issue(self, work: Work, user: User, token_id: UUID) -> str | None:
        life = timedelta(minutes=self._settings.reset_minutes)
        return await self._tokens.issue(work, token_id, user.id, Purpose.RESET_PASSWORD, life)
