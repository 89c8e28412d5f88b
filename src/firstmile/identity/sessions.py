"""Begins sessions for whom the policy allows, refreshes them and ends them."""

import base64
import binascii
import hmac
import os
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from firstmile.identity import store, store_factors, store_projects, store_sessions
from firstmile.identity.events import RefreshReused, SignedOut, SignedOutEverywhere
from firstmile.identity.models import Session, SignedInDevice, User
from firstmile.identity.policy import Allowed, decide, has_two_factors, proved_at, references
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.signing import SigningKeys
from firstmile.kernel.ids import SessionId, UserId, new_id, new_token
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Unauthenticated
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work
from firstmile.outside.hints import Hints

COOKIE = "session"
REFRESH = "refresh"
SALT_BYTES = 32
SESSION_TOPIC = "session"
PERSON_TOPIC = "person"


@dataclass(frozen=True)
class Issued:
    """What a person takes home from a sign-in or a refresh."""

    user: User
    roles: list[str]
    session: Session
    access_token: str
    access_seconds: int
    refresh_token: str
    cookie: str | None  # None on a refresh: the cookie stays what it is


class Sessions:
    """Begins, continues and ends sessions.

    A refresh token is the session's id, a generation and a MAC over both with the session's own
    salt. The row holds the generation, so each token is good for one use, and nothing in the
    row is a token. Every holder of generation n is given the same generation n + 1 inside the
    grace period: a lost answer or a second tab costs nobody their session.
    """

    def __init__(
        self, vault: Vault, keys: SigningKeys, hints: Hints, settings: IdentitySettings
    ) -> None:
        self._vault = vault
        self._keys = keys
        self._hints = hints
        self._settings = settings

    async def begin(
        self,
        work: Work,
        user: User,
        allowed: Allowed,
        device: SignedInDevice,
        *,
        is_remembered: bool = False,
        impersonator_id: UserId | None = None,
        impersonation_reason: str | None = None,
    ) -> Issued:
        """A new session for whoever the policy allowed in."""
        settings = self._settings
        life = settings.remembered if is_remembered else settings.session_life
        if impersonator_id is not None:
            life = settings.impersonation
        session = Session(
            id=SessionId(new_id()),
            user_id=user.id,
            evidence=allowed.evidence,
            device=device,
            refresh_salt=os.urandom(SALT_BYTES),
            generation=1,
            created_at=work.now,
            rotated_at=work.now,
            last_used_at=work.now,
            expires_at=work.now + life,
            idle=life if is_remembered else settings.session_idle,
            is_remembered=is_remembered,
            impersonator_id=impersonator_id,
            impersonation_reason=impersonation_reason,
        )
        return await self._begun(work, user, session)

    async def renew(self, work: Work, user: User, old: Session, allowed: Allowed) -> Issued:
        """The same session under a new id, with more proved; its end stays where it was."""
        session = replace(
            old,
            id=SessionId(new_id()),
            evidence=allowed.evidence,
            refresh_salt=os.urandom(SALT_BYTES),
            generation=1,
            rotated_at=work.now,
            last_used_at=work.now,
        )
        await store_sessions.end_session(work.db, old.user_id, old.id, "stepped_up", work.now)
        await self._hints.tell_with(work, SESSION_TOPIC, str(old.id))
        return await self._begun(work, user, session)

    async def refresh(self, work: Work, token: str) -> Issued | None:
        """The next pair of tokens, or None when it was used before.

        None also means that the session is ended and that this must be committed. Raises
        Unauthenticated for a token that opens nothing.
        """
        session_id, generation, signature = _read_refresh(token)
        session = await store_sessions.lock_session(work.db, session_id)
        if session is None or not self._is_ours(session, generation, signature):
            raise refused_refresh()
        if not session.is_alive(work.now) or session.impersonator_id is not None:
            raise refused_refresh()
        user = await store.user_by_id(work.db, session.user_id)
        demands = await store_factors.demands_of(work.db, user)
        if not isinstance(decide(session.evidence, demands), Allowed):
            raise refused_refresh()
        if generation == session.generation:
            new = await store_sessions.rotate(work.db, session.id, work.now)
        elif self._is_lost_answer(session, generation, work.now):
            new = session.generation
        else:
            await self._end_reused(work, session)
            return None
        return await self._issued(work, user, replace(session, generation=new), None)

    async def end(
        self, work: Work, user_id: UserId, session_id: SessionId, reason: str = "signed_out"
    ) -> bool:
        """End one session of a person; False when it had ended or is not theirs."""
        is_ended = await store_sessions.end_session(work.db, user_id, session_id, reason, work.now)
        if is_ended:
            work.announce(SignedOut(user_id=user_id, session_id=session_id, reason=reason))
            await self._hints.tell_with(work, SESSION_TOPIC, str(session_id))
        return is_ended

    async def end_all(
        self, work: Work, user_id: UserId, reason: str, *, but: SessionId | None = None
    ) -> int:
        """End every session of a person on every replica, but one when it is named; how many."""
        count = await store_sessions.end_sessions(work.db, user_id, reason, work.now, but=but)
        work.announce(SignedOutEverywhere(user_id=user_id, reason=reason, kept_session_id=but))
        await self.changed(work, user_id)
        return count

    async def changed(self, work: Work, user_id: UserId) -> None:
        """What an Actor says about this person is out of date: look again."""
        await self._hints.tell_with(work, PERSON_TOPIC, str(user_id))

    async def _begun(self, work: Work, user: User, session: Session) -> Issued:
        cookie = new_token()
        await store_sessions.add_session(work.db, session, self._vault.digest(COOKIE, cookie))
        return await self._issued(work, user, session, cookie)

    def _is_lost_answer(self, session: Session, generation: int, now: datetime) -> bool:
        return (
            generation == session.generation - 1
            and now < session.rotated_at + self._settings.refresh_grace
        )

    async def _end_reused(self, work: Work, session: Session) -> None:
        await store_sessions.end_session(
            work.db, session.user_id, session.id, "refresh_reused", work.now
        )
        work.announce(RefreshReused(user_id=session.user_id, session_id=session.id))
        await self._hints.tell_with(work, SESSION_TOPIC, str(session.id))

    async def _issued(self, work: Work, user: User, session: Session, cookie: str | None) -> Issued:
        roles = await store_projects.roles_of(work.db, user.id)
        claims = _claims(user, roles, session)
        return Issued(
            user=user,
            roles=roles,
            session=session,
            access_token=self._keys.sign(claims, work.now),
            access_seconds=self._settings.access_token_seconds,
            refresh_token=self._refresh_token(session),
            cookie=cookie,
        )

    def _refresh_token(self, session: Session) -> str:
        named = _named(session.id, session.generation)
        signature = self._vault.digest(REFRESH, session.refresh_salt + named)
        return base64.urlsafe_b64encode(named + signature).decode().rstrip("=")

    def _is_ours(self, session: Session, generation: int, signature: bytes) -> bool:
        named = _named(session.id, generation)
        return any(
            hmac.compare_digest(signature, digest)
            for digest in self._vault.digests(REFRESH, session.refresh_salt + named)
        )


def refused_refresh() -> Unauthenticated:
    """The answer to a refresh token that opens nothing."""
    return Unauthenticated(
        N_("This session is over. Sign in again."), error="invalid_refresh_token"
    )


def _claims(user: User, roles: list[str], session: Session) -> dict[str, Any]:
    """What an access token says of its holder (RFC 9068, section 2.2; RFC 8693 for `act`)."""
    proved = proved_at(session.evidence) or session.created_at
    claims: dict[str, Any] = {
        "sub": str(user.id),
        "sid": str(session.id),
        "epoch": user.epoch,
        "roles": roles,
        "amr": references(session.evidence),
        "acr": "aal2" if has_two_factors(session.evidence) else "aal1",
        "auth_time": int(proved.timestamp()),
    }
    if session.impersonator_id is not None:
        claims["act"] = {"sub": str(session.impersonator_id)}
    return claims


def _named(session_id: SessionId, generation: int) -> bytes:
    return session_id.bytes + generation.to_bytes(4, "big")


def _read_refresh(token: str) -> tuple[SessionId, int, bytes]:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError) as garbage:
        raise refused_refresh() from garbage
    if len(raw) != 16 + 4 + 32:
        raise refused_refresh()
    return SessionId(UUID(bytes=raw[:16])), int.from_bytes(raw[16:20], "big"), raw[20:]
