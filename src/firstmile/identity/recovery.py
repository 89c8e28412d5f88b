"""Setting a new password by mail."""

from datetime import timedelta

from firstmile.identity import store
from firstmile.identity.events import EmailVerified, PasswordChanged
from firstmile.identity.login import Gatekeeper
from firstmile.identity.mails import Mails
from firstmile.identity.models import Complaints, Purpose
from firstmile.identity.passwords import Passwords
from firstmile.identity.registration import token_invalid
from firstmile.identity.sessions import Sessions
from firstmile.identity.settings import IdentitySettings
from firstmile.kernel.ids import new_id, new_token
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work, Works

FORGOT = "forgot_password"


class Recovery:
    """Sends reset links and takes them back."""

    def __init__(
        self,
        vault: Vault,
        passwords: Passwords,
        sessions: Sessions,
        gatekeeper: Gatekeeper,
        mails: Mails,
        settings: IdentitySettings,
    ) -> None:
        self._vault = vault
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
        token_id, token = new_id(), new_token()
        await store.add_token(
            work.db,
            token_id,
            user.id,
            Purpose.RESET_PASSWORD,
            self._vault.digest(Purpose.RESET_PASSWORD, token),
            now=work.now,
            expires_at=work.now + timedelta(minutes=self._settings.reset_minutes),
        )
        await self._mails.password_reset(work, user, token_id, token)

    async def is_open(self, works: Works, token: str) -> bool:
        """Whether this link would be taken."""
        async with works.database.lease() as db:
            hashes = self._vault.digests(Purpose.RESET_PASSWORD, token)
            return await store.is_redeemable(db, Purpose.RESET_PASSWORD, hashes, works.clock())

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
        hashes = self._vault.digests(Purpose.RESET_PASSWORD, token)
        redeemed = await store.redeem(work.db, Purpose.RESET_PASSWORD, hashes, work.now)
        if redeemed is None:
            raise token_invalid()
        await store.set_password(work.db, redeemed.user_id, password_hash, work.now)
        for purpose in Purpose:
            await store.void_tokens(work.db, redeemed.user_id, purpose, work.now)
        await self._sessions.end_all(work, redeemed.user_id, "password_reset")
        work.announce(PasswordChanged(user_id=redeemed.user_id))
        if await store.verify_email(work.db, redeemed.user_id, None, work.now):
            work.announce(EmailVerified(user_id=redeemed.user_id))
        user = await store.user_by_id(work.db, redeemed.user_id)
        await self._gatekeeper.unlock(work, user.email)
