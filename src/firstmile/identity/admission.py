"""The one door: every way to sign in ends here, and only here do sessions begin."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from firstmile.identity import store, store_factors, store_sessions
from firstmile.identity.browsers import Browser
from firstmile.identity.events import DeviceTrusted, SignedIn, SteppedUp
from firstmile.identity.models import SignedInDevice, User
from firstmile.identity.policy import (
    Allowed,
    Asked,
    Barrier,
    Evidence,
    Method,
    Proof,
    Verdict,
    added,
    decide,
    has_two_factors,
)
from firstmile.identity.sessions import Issued, Sessions
from firstmile.identity.settings import IdentitySettings
from firstmile.kernel.access import Actor
from firstmile.kernel.ids import UserId, new_id, new_token
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Forbidden, Unauthenticated
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work

DEVICE = "device"
PENDING = "pending_sign_in"
SPENT = "spent"


@dataclass(frozen=True)
class Admitted:
    """A session, and the secret of the browser it began in, for its device cookie."""

    issued: Issued
    device_secret: str


@dataclass(frozen=True)
class Challenged:
    """The first factor is proved; `token` carries that until one of `methods` is, too."""

    token: str
    methods: tuple[Method, ...]
    seconds: int


@dataclass(frozen=True)
class Pending:
    """What is proved so far, as it travels sealed in the hands of the person."""

    id: UUID
    user_id: UserId
    evidence: Evidence
    factors_epoch: int
    is_remembered: bool
    expires_at: datetime


class Admission:
    """Holds evidence against the policy, and begins a session or asks for the next proof."""

    def __init__(self, vault: Vault, sessions: Sessions, settings: IdentitySettings) -> None:
        self._vault = vault
        self._sessions = sessions
        self._settings = settings

    async def admit(
        self,
        work: Work,
        user_id: UserId,
        *proofs: Proof,
        browser: Browser,
        is_remembered: bool = False,
    ) -> Admitted | Challenged:
        """A session on these proofs, or the question for another.

        Raises Forbidden when the account is locked or its address is not confirmed.
        """
        await store.lock_user(work.db, user_id)
        user = await store.user_by_id(work.db, user_id)
        evidence = await self._with_trust(work, user, proofs, browser)
        verdict = await self._verdict(work, user, evidence)
        if isinstance(verdict, Asked):
            return self._challenge(work, user, proofs, verdict, is_remembered=is_remembered)
        return await self._begin(work, user, verdict, browser, is_remembered=is_remembered)

    async def proceed(
        self,
        work: Work,
        pending: Pending,
        *proofs: Proof,
        browser: Browser,
        trust_device: bool = False,
    ) -> Admitted | Challenged:
        """Go on with a sign-in that was asked for more.

        Raises Unauthenticated when it was used, or the account's factors changed meanwhile.
        """
        await store.lock_user(work.db, pending.user_id)
        user = await store.user_by_id(work.db, pending.user_id)
        value = self._vault.digest(SPENT, pending.id.bytes)
        if user.factors_epoch != pending.factors_epoch or not await store_factors.spend(
            work.db, value, pending.expires_at
        ):
            raise sign_in_expired()
        evidence = added(pending.evidence, *proofs)
        verdict = await self._verdict(work, user, evidence)
        remember = pending.is_remembered
        if isinstance(verdict, Asked):
            return self._challenge(work, user, evidence, verdict, is_remembered=remember)
        admitted = await self._begin(work, user, verdict, browser, is_remembered=remember)
        device_id = admitted.issued.session.device.id
        if trust_device and device_id is not None and has_two_factors(evidence):
            until = work.now + timedelta(days=self._settings.trusted_device_days)
            await store_factors.trust_device(work.db, user.id, device_id, until, user.factors_epoch)
            work.announce(DeviceTrusted(user_id=user.id, device_id=device_id))
        return admitted

    async def step_up(self, work: Work, actor: Actor, *proofs: Proof) -> Issued:
        """The actor's session under a new id, with these proofs in it."""
        session = await store_sessions.lock_session(work.db, actor.session_id)
        if session is None or not session.is_alive(work.now) or session.impersonator_id:
            raise Unauthenticated(N_("Sign in to continue."))
        user = await store.user_by_id(work.db, actor.user_id)
        verdict = await self._verdict(work, user, added(session.evidence, *proofs))
        if isinstance(verdict, Asked):
            raise sign_in_expired()
        issued = await self._sessions.renew(work, user, session, verdict)
        work.announce(
            SteppedUp(
                user_id=user.id,
                method=proofs[-1].method,
                session_id=issued.session.id,
                former_session_id=session.id,
            )
        )
        return issued

    async def impersonate(
        self, work: Work, actor: Actor, user: User, reason: str, browser: Browser
    ) -> Issued:
        """A short session in the place of somebody; `Impersonation` says who may, and to whom."""
        verdict = await self._verdict(work, user, (Proof(Method.STAFF, work.now),))
        if isinstance(verdict, Asked):
            raise sign_in_expired()
        return await self._sessions.begin(
            work,
            user,
            verdict,
            SignedInDevice(None, browser.name, browser.network),
            impersonator_id=actor.user_id,
            impersonation_reason=reason,
        )

    def read(self, token: str, now: datetime) -> Pending:
        """What `token` carries; raises Unauthenticated when it is not ours or too old."""
        try:
            sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            pending = msgspec.json.decode(self._vault.open(PENDING, sealed), type=Pending)
        except (binascii.Error, ValueError) as garbage:
            raise sign_in_expired() from garbage
        if now >= pending.expires_at:
            raise sign_in_expired()
        return pending

    async def _verdict(self, work: Work, user: User, evidence: Evidence) -> Allowed | Asked:
        demands = await store_factors.demands_of(work.db, user)
        verdict: Verdict = decide(evidence, demands)
        if isinstance(verdict, Barrier):
            raise _barred(verdict)
        return verdict

    async def _with_trust(
        self, work: Work, user: User, proofs: Evidence, browser: Browser
    ) -> Evidence:
        if browser.secret is None:
            return proofs
        hashes = self._vault.digests(DEVICE, browser.secret)
        until = await store_factors.trusted_device(work.db, user, hashes, work.now)
        return added(proofs, Proof(Method.TRUSTED_DEVICE, work.now)) if until else proofs

    def _challenge(
        self, work: Work, user: User, evidence: Evidence, asked: Asked, *, is_remembered: bool
    ) -> Challenged:
        minutes = self._settings.second_factor_minutes
        pending = Pending(
            id=new_id(),
            user_id=user.id,
            evidence=evidence,
            factors_epoch=user.factors_epoch,
            is_remembered=is_remembered,
            expires_at=work.now + timedelta(minutes=minutes),
        )
        sealed = self._vault.seal(PENDING, msgspec.json.encode(pending))
        token = base64.urlsafe_b64encode(sealed).decode().rstrip("=")
        return Challenged(token, asked.methods, minutes * 60)

    async def _begin(
        self, work: Work, user: User, allowed: Allowed, browser: Browser, *, is_remembered: bool
    ) -> Admitted:
        secret = browser.secret or new_token()
        hashes = self._vault.digests(DEVICE, secret)
        device_id, is_new, is_first = await store_factors.note_device(
            work.db, user.id, new_id(), hashes, browser.name, work.now
        )
        device = SignedInDevice(device_id, browser.name, browser.network)
        issued = await self._sessions.begin(
            work, user, allowed, device, is_remembered=is_remembered
        )
        work.announce(
            SignedIn(
                user_id=user.id,
                session_id=issued.session.id,
                methods=[proof.method for proof in allowed.evidence],
                device_name=browser.name,
                network=browser.network,
                is_new_device=is_new and not is_first,
            )
        )
        return Admitted(issued, secret)


def sign_in_expired() -> Unauthenticated:
    """The answer to a sign-in that cannot be gone on with."""
    return Unauthenticated(N_("This sign-in took too long. Begin again."), error="sign_in_expired")


def _barred(barrier: Barrier) -> Forbidden:
    if barrier is Barrier.ACCOUNT_LOCKED:
        return Forbidden(
            N_("This account is locked. Write to support to open it again."),
            error="account_locked",
        )
    return Forbidden(
        N_("Confirm your address first. We have sent you a link."), error="email_not_verified"
    )
