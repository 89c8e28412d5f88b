"""The codes that stand beside the first factor: of an authenticator app, or for recovery."""

import base64
import io
import os
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

import segno
import structlog

from firstmile.identity import store, store_factors, store_totp, totp
from firstmile.identity.admission import Admission
from firstmile.identity.events import SecondFactorLocked, TotpAdded, TotpRemoved
from firstmile.identity.models import User
from firstmile.identity.policy import Method, Proof
from firstmile.identity.recovery_codes import RecoveryCodes
from firstmile.identity.sessions import Issued, Sessions
from firstmile.identity.store_totp import TotpFactor
from firstmile.identity.tries import Tries
from firstmile.kernel.access import Actor
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Invalid, NotFound, Unauthenticated
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work, Works

log = structlog.get_logger()

SEALED_AS = "totp"
UNFINISHED = timedelta(hours=1)  # a secret that was shown and not confirmed is good for
CHANGED = "factors_changed"
BATCH = 500


@dataclass(frozen=True)
class Enrolment:
    """A secret on its way into an app: in letters, and as the address that a QR code holds."""

    secret: str
    uri: str

    @property
    def qr_svg(self) -> str:
        """The address as a QR code: an SVG document, dark on light whatever the page is."""
        drawn = io.BytesIO()
        code = segno.make(self.uri, error="m", micro=False)
        code.save(drawn, kind="svg", xmldecl=False, omitsize=True, light="#fff", nl=False)
        return drawn.getvalue().decode()


class SecondFactors:
    """Takes apps into use and checks codes; each try is counted before it is judged."""

    def __init__(
        self,
        vault: Vault,
        admission: Admission,
        sessions: Sessions,
        recovery_codes: RecoveryCodes,
        tries: Tries,
        *,
        issuer: str,
    ) -> None:
        self._vault = vault
        self._admission = admission
        self._sessions = sessions
        self._recovery_codes = recovery_codes
        self._tries = tries
        self._issuer = issuer

    async def enrol(self, work: Work, user: User) -> Enrolment:
        """A new secret, in the place of one that was not confirmed; Conflict when one was."""
        secret = os.urandom(totp.SECRET_BYTES)
        sealed = self._sealed(user.id, secret)
        if not await store_totp.begin_totp(work.db, user.id, sealed, work.now):
            raise Conflict(
                N_("An authenticator app is set up. Remove it first."), error="totp_exists"
            )
        return self._told(user, secret)

    async def enrolment(self, db: Connection, user: User, now: datetime) -> Enrolment | None:
        """The secret that waits to be confirmed, if one does."""
        waiting = await _waiting(db, user.id, now)
        return self._told(user, self._opened(user.id, waiting)) if waiting else None

    async def confirm(self, work: Work, actor: Actor, code: str) -> tuple[Issued, list[str] | None]:
        """Take the app into use with its first code: the session renewed, and recovery codes.

        The code is a proof, so the session goes on with two factors; all others end. There are
        no codes for somebody who has some. Raises NotFound when no secret waits.
        """
        await store.lock_user(work.db, actor.user_id)
        waiting = await _waiting(work.db, actor.user_id, work.now)
        if waiting is None:
            raise not_begun()
        secret = self._opened(actor.user_id, waiting)
        step = totp.matched_step(secret, digits_of(code), work.now)
        if step is None:
            raise Invalid.field("code", N_("That code does not fit. Enter the one you see now."))
        if not await store_totp.confirm_totp(work.db, actor.user_id, waiting, step, work.now):
            raise not_begun()
        codes = await self._recovery_codes.ensure(work, actor.user_id)
        await self._changed(work, actor)
        work.announce(TotpAdded(user_id=actor.user_id))
        issued = await self._admission.step_up(work, actor, Proof(Method.TOTP, work.now))
        return issued, codes

    async def remove(self, work: Work, actor: Actor) -> None:
        """Forget the app; NotFound when there is none. All other sessions end."""
        await store.lock_user(work.db, actor.user_id)
        was_confirmed = await store_totp.drop_totp(work.db, actor.user_id)
        if was_confirmed is None:
            raise NotFound(N_("No authenticator app is set up."), error="totp_not_found")
        if not was_confirmed:
            return
        await self._recovery_codes.drop_if_alone(work, actor.user_id)
        await self._changed(work, actor)
        work.announce(TotpRemoved(user_id=actor.user_id))

    async def make_codes(self, work: Work, actor: Actor) -> list[str]:
        """New recovery codes; Conflict for somebody without a second factor to recover."""
        await store.lock_user(work.db, actor.user_id)
        user = await store.user_by_id(work.db, actor.user_id)
        demands = await store_factors.demands_of(work.db, user)
        if not demands.second_factors:
            raise Conflict(
                N_("Add an authenticator app or a passkey first."), error="no_second_factor"
            )
        codes = await self._recovery_codes.make(work, actor.user_id)
        await self._changed(work, actor)
        return codes

    async def prove(self, works: Works, user_id: UserId, code: str) -> Proof:
        """What this code proves: six digits are of an app, anything else is for recovery.

        Raises Unauthenticated when it proves nothing, and TooMany when too many were tried.
        """
        digits = digits_of(code)
        is_of_app = len(digits) == totp.DIGITS and digits.isdecimal()
        method = Method.TOTP if is_of_app else Method.RECOVERY_CODE
        is_last = await self._tries.count(works, user_id, method)
        async with works.begin() as work:
            if method is Method.TOTP:
                fits = await self._use_step(work, user_id, digits)
            else:
                fits = await self._recovery_codes.use(work, user_id, code)
            if fits:
                await store.forget_attempts(work.db, self._tries.subjects(user_id, method))
            elif is_last:
                work.announce(SecondFactorLocked(user_id=user_id, method=method))
        if not fits:
            raise Unauthenticated(N_("That code does not fit."), error="invalid_code")
        return Proof(method, work.now)

    async def reseal(self, works: Works) -> int:
        """Seal every secret with the present key, so that the one before can go; how many."""
        count, last = 0, None
        while True:
            async with works.begin() as work:
                batch = await store_totp.sealed_secrets(work.db, BATCH, after=last)
                for user_id, old in batch:
                    secret = self._vault.open(f"{SEALED_AS} {user_id}", old)
                    await store_totp.reseal(work.db, user_id, old, self._sealed(user_id, secret))
            count, last = count + len(batch), batch[-1][0] if batch else None
            if len(batch) < BATCH:
                return count

    async def _use_step(self, work: Work, user_id: UserId, code: str) -> bool:
        factor = await store_totp.totp_of(work.db, user_id)
        if factor is None or factor.confirmed_at is None:
            return False
        try:
            secret = self._opened(user_id, factor)
        except ValueError:  # the key is gone: the person has their recovery codes, we have work
            log.exception("totp_secret_not_opened", user_id=str(user_id))
            return False
        step = totp.matched_step(secret, code, work.now, after=factor.last_step)
        if step is None:
            return False
        # Sealed anew, so that a secret in use outlives the key it was sealed with.
        return await store_totp.spend_step(work.db, user_id, step, self._sealed(user_id, secret))

    async def _changed(self, work: Work, actor: Actor) -> None:
        await store_factors.change_epoch(work.db, actor.user_id, of_factors=True)
        await self._sessions.end_all(work, actor.user_id, CHANGED, but=actor.session_id)

    def _told(self, user: User, secret: bytes) -> Enrolment:
        letters = base64.b32encode(secret).decode()
        label = quote(f"{self._issuer}:{user.email}", safe=":@")
        facts = {"secret": letters, "issuer": self._issuer, "algorithm": "SHA1", "digits": 6}
        asked = urlencode(facts | {"period": totp.STEP_SECONDS}, quote_via=quote)
        return Enrolment(letters, f"otpauth://totp/{label}?{asked}")

    def _sealed(self, user_id: UserId, secret: bytes) -> bytes:
        return self._vault.seal(f"{SEALED_AS} {user_id}", secret)

    def _opened(self, user_id: UserId, factor: TotpFactor) -> bytes:
        return self._vault.open(f"{SEALED_AS} {user_id}", factor.secret_sealed)


def digits_of(code: str) -> str:
    """A code of an app as it is compared: without the space that apps show in its middle."""
    return "".join(unicodedata.normalize("NFKC", code).split())


def not_begun() -> NotFound:
    """The answer to a code for a secret that is not there, or not any more."""
    return NotFound(
        N_("This took too long, or was begun anew. Begin again."), error="totp_not_begun"
    )


async def _waiting(db: Connection, user_id: UserId, now: datetime) -> TotpFactor | None:
    factor = await store_totp.totp_of(db, user_id)
    if factor is None or factor.confirmed_at or factor.created_at < now - UNFINISHED:
        return None
    return factor
