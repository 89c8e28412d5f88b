"""Signing in, and the lock after too many tries."""

import structlog

from firstmile.identity import store
from firstmile.identity.mails import Mails
from firstmile.identity.models import Attempts, User, key_of
from firstmile.identity.passwords import Check, Passwords
from firstmile.identity.sessions import Issued, Sessions
from firstmile.identity.settings import IdentitySettings
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Forbidden, Unauthenticated
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work, Works

log = structlog.get_logger()

SUBJECT = "sign_in"
TELL_LOCKED = "tell_locked"


class Gatekeeper:
    """Checks an address and a password.

    Known, unknown and locked addresses cost the same work and get the same answer. The try is
    counted, in a transaction of its own, before it is judged; the password is hashed with no
    transaction open.
    """

    def __init__(
        self,
        vault: Vault,
        passwords: Passwords,
        sessions: Sessions,
        mails: Mails,
        settings: IdentitySettings,
    ) -> None:
        self._vault = vault
        self._passwords = passwords
        self._sessions = sessions
        self._mails = mails
        self._settings = settings

    async def prove(self, works: Works, email: str, password: str) -> tuple[User, Check]:
        """The person this address and password belong to.

        Raises Unauthenticated when they do not fit, or the address is locked; Forbidden when
        they fit and the address is not verified.
        """
        async with works.begin() as work:
            attempts = await store.count_attempt(
                work.db,
                self._vault.digest(SUBJECT, key_of(email)),
                limit=self._settings.lockout_failures,
                lockout=self._settings.lockout,
                now=work.now,
            )
            user = await store.user_by_email(work.db, email)
        check = await self._passwords.check(password, user.password_hash if user else None)
        if user is None or not check.fits or attempts.is_locked:
            await self._note_refusal(works, email, attempts)
            raise Unauthenticated(
                N_("That address and password do not match."), error="invalid_credentials"
            )
        if not user.is_verified:
            await self._forget(works, email)
            raise Forbidden(
                N_("Confirm your address first. We have sent you a link."),
                error="email_not_verified",
            )
        return user, check

    async def sign_in(self, work: Work, user: User, check: Check, new_hash: str | None) -> Issued:
        """A session for a person who was proved; an outdated hash is replaced on the way."""
        await store.forget_attempts(work.db, self._subjects(user.email))
        if check.is_outdated and new_hash is not None:
            await store.set_password(work.db, user.id, new_hash, work.now)
        return await self._sessions.begin(work, user)

    async def unlock(self, work: Work, email: str) -> None:
        """The person proved themselves by mail: what was counted against them is forgotten."""
        await store.forget_attempts(work.db, self._subjects(email))

    async def tell_locked(self, work: Work, address: str) -> None:
        """Write to the address that was locked, if it has an account. Runs as a job."""
        user = await store.user_by_email(work.db, address)
        if user is not None:
            await self._mails.lockout(work, user)

    async def _note_refusal(self, works: Works, email: str, attempts: Attempts) -> None:
        if attempts.locks:
            async with works.begin() as work:
                work.enqueue(TELL_LOCKED, email)
        log.info("sign_in_refused", locked=attempts.is_locked, attempts=attempts.failures)

    async def _forget(self, works: Works, email: str) -> None:
        async with works.begin() as work:
            await store.forget_attempts(work.db, self._subjects(email))

    def _subjects(self, email: str) -> list[bytes]:
        return self._vault.digests(SUBJECT, key_of(email))
