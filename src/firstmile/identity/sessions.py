"""The one place that issues sessions, refreshes them and ends them."""

import base64
import binascii
import hmac
import os
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from firstmile.identity import store, store_projects, store_sessions
from firstmile.identity.events import RefreshReused, SignedIn, SignedOut
from firstmile.identity.models import Session, User
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

    async def begin(self, work: Work, user: User) -> Issued:
        """A new session for somebody who has proved who they are."""
        cookie = new_token()
        session = Session(
            id=SessionId(new_id()),
            user_id=user.id,
            refresh_salt=os.urandom(SALT_BYTES),
            generation=1,
            rotated_at=work.now,
            last_used_at=work.now,
            expires_at=work.now + self._settings.session_life,
            ended_at=None,
        )
        await store_sessions.add_session(work.db, session, self._vault.digest(COOKIE, cookie))
        work.announce(SignedIn(user_id=user.id, session_id=session.id))
        return await self._issued(work, user, session, cookie)

    async def refresh(self, work: Work, token: str) -> Issued | None:
        """The next tokens for a refresh token, or None when it was used before.

        None also means that the session is ended and that this must be committed. Raises
        Unauthenticated for a token that opens nothing.
        """
        session_id, generation, signature = _read_refresh(token)
        session = await store_sessions.lock_session(work.db, session_id)
        if session is None or not self._is_ours(session, generation, signature):
            raise refused_refresh()
        if not session.is_alive(work.now, self._settings.session_idle):
            raise refused_refresh()
        if generation == session.generation:
            new = await store_sessions.rotate(work.db, session.id, work.now)
        elif self._is_lost_answer(session, generation, work.now):
            new = session.generation
        else:
            await self._end_reused(work, session)
            return None
        user = await store.user_by_id(work.db, session.user_id)
        return await self._issued(work, user, replace(session, generation=new), None)

    async def end(self, work: Work, user_id: UserId, session_id: SessionId) -> None:
        """Sign out."""
        if await store_sessions.end_session(work.db, session_id, "signed_out", work.now):
            work.announce(SignedOut(user_id=user_id, session_id=session_id))
        self._tell(work, SESSION_TOPIC, session_id)

    async def end_all(self, work: Work, user_id: UserId, reason: str) -> None:
        """End every session of a person, on every replica."""
        await store_sessions.end_sessions(work.db, user_id, reason, work.now)
        self._tell(work, PERSON_TOPIC, user_id)

    def changed(self, work: Work, user_id: UserId) -> None:
        """What an Actor says about this person is out of date: look again."""
        self._tell(work, PERSON_TOPIC, user_id)

    def _is_lost_answer(self, session: Session, generation: int, now: datetime) -> bool:
        return (
            generation == session.generation - 1
            and now < session.rotated_at + self._settings.refresh_grace
        )

    async def _end_reused(self, work: Work, session: Session) -> None:
        await store_sessions.end_session(work.db, session.id, "refresh_reused", work.now)
        work.announce(RefreshReused(user_id=session.user_id, session_id=session.id))
        self._tell(work, SESSION_TOPIC, session.id)

    async def _issued(self, work: Work, user: User, session: Session, cookie: str | None) -> Issued:
        roles = await store_projects.roles_of(work.db, user.id)
        claims = {"sub": str(user.id), "sid": str(session.id), "roles": roles}
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

    def _tell(self, work: Work, topic: str, word: UUID) -> None:
        work.after_commit(lambda: self._hints.tell(topic, str(word)))


def refused_refresh() -> Unauthenticated:
    """The answer to a refresh token that opens nothing."""
    return Unauthenticated(
        N_("This session is over. Sign in again."), error="invalid_refresh_token"
    )


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
