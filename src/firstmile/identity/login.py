"""Signing in, and the lock after too many tries."""

from datetime import datetime

import structlog

from firstmile.identity import store, store_factors
from firstmile.identity.admission import DEVICE
from firstmile.identity.models import Attempts, Lock, User, key_of
from firstmile.identity.passwords import Check, Passwords
from firstmile.identity.settings import IdentitySettings
from firstmile.kernel.database import Connection
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Unauthenticated
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
        settings: IdentitySettings,
    ) -> None:
        self._vault = vault
        self._passwords = passwords
        self._settings = settings

    async def prove(
        self, works: Works, email: str, password: str, *, device_secret: str | None = None
    ) -> tuple[User, Check]:
        """The person this address and password belong to.

        Raises Unauthenticated when they do not fit, or the address is locked for this browser.
        """
        async with works.begin() as work:
            subject = await self._subject(work, email, device_secret)
            attempts = await store.count_attempt(
                work.db,
                subject,
                limit=self._settings.lockout_failures,
                lockout=self._settings.lockout,
                now=work.now,
                limit_in_all=self._settings.lockout_failures_in_all,
            )
            user = await store.user_by_email(work.db, email)
        check = await self._passwords.check(password, user.password_hash if user else None)
        # Asked of every address alike: of the paused alone it would be told by its time.
        is_still_locked = await self._is_still_locked(works, subject)
        is_locked = attempts.is_locked and is_still_locked
        if user is None or not check.fits or is_locked:
            await self._note_refusal(works, email, attempts)
            raise Unauthenticated(
                N_("That address and password do not match."), error="invalid_credentials"
            )
        async with works.begin() as work:
            await store.forget_attempts(work.db, [subject])
        return user, check

    async def unlock(self, work: Work, email: str) -> None:
        """The person proved themselves by mail: what was counted against them is forgotten."""
        await store.forget_attempts(work.db, await self._subjects(work.db, email))

    async def lock_of(self, db: Connection, email: str, now: datetime) -> Lock | None:
        """The lock on an address, or on one of the browsers known to it."""
        return await store.lock_of(db, await self._subjects(db, email), now)

    async def _note_refusal(self, works: Works, email: str, attempts: Attempts) -> None:
        if attempts.locks:
            async with works.begin() as work:
                work.enqueue(TELL_LOCKED, email)
        log.info("sign_in_refused", locked=attempts.is_locked, attempts=attempts.failures)

    async def _subject(self, work: Work, email: str, device_secret: str | None) -> bytes:
        """What tries are counted by: the address, or for a browser known to it both together.

        So nobody is locked out of their own browser by a stranger who guesses elsewhere.
        """
        key = key_of(email)
        if device_secret:
            hashes = self._vault.digests(DEVICE, device_secret)
            if known := await store_factors.known_device(work.db, key, hashes):
                return self._vault.digest(SUBJECT, _at(key, known))
        return self._vault.digest(SUBJECT, key)

    async def _is_still_locked(self, works: Works, subject: bytes) -> bool:
        """Whether nobody proved themselves meanwhile: of many right tries at once all count."""
        async with works.database.lease() as db:
            return await store.is_locked(db, subject, works.clock())

    async def _subjects(self, db: Connection, email: str) -> list[bytes]:
        key = key_of(email)
        devices = await store_factors.known_devices(db, key)
        names = [key, *(_at(key, device) for device in devices)]
        return [subject for name in names for subject in self._vault.digests(SUBJECT, name)]


def _at(key: str, device_hash: bytes) -> str:
    return f"{key} {device_hash.hex()}"
