"""Support in the place of a person: for an hour, with a reason, and never a sensitive change."""

import base64
import binascii
from uuid import UUID

import msgspec

from firstmile.identity import store_sessions
from firstmile.identity.admission import Admission
from firstmile.identity.browsers import Browser
from firstmile.identity.events_staff import ImpersonationBegan, ImpersonationEnded
from firstmile.identity.helping import checked_reason, person_below
from firstmile.identity.models import Session
from firstmile.identity.sessions import COOKIE, SESSION_TOPIC, Issued
from firstmile.kernel.access import Actor
from firstmile.kernel.ids import SessionId, UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Forbidden
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work
from firstmile.outside.hints import Hints

ASIDE = "own_session"


class Aside(msgspec.Struct):
    """The session staff left behind, and the one in somebody's place it waits for."""

    cookie: str
    seat: UUID


class Impersonation:
    """Begins and ends sessions of staff in the place of a person (RFC 8693, section 4.1).

    Such a session carries who sits in it. It ends with the hour, cannot be refreshed, and is over
    at once when its staff member is staff no more. `own_actor` refuses it every sensitive change.
    """

    def __init__(self, vault: Vault, admission: Admission, hints: Hints) -> None:
        self._vault = vault
        self._admission = admission
        self._hints = hints

    async def begin(
        self, work: Work, actor: Actor, user_id: UserId, reason: str, browser: Browser
    ) -> Issued:
        """A session in the person's place; Forbidden for the place of staff.

        Raises Invalid without a reason, and Forbidden for an account that cannot be entered now.
        """
        said = checked_reason(reason)
        user = await person_below(work, actor, user_id)
        if user.staff_role is not None:
            raise Forbidden(N_("Nobody acts in the place of staff."), error="staff_outranked")
        issued = await self._admission.impersonate(work, actor, user, said, browser)
        work.announce(
            ImpersonationBegan(
                user_id=user.id,
                staff_id=actor.user_id,
                session_id=issued.session.id,
                reason=said,
                ends_at=issued.session.expires_at,
            )
        )
        return issued

    async def end(self, work: Work, actor: Actor) -> None:
        """Leave the person's place; Forbidden for who sits in their own."""
        if actor.impersonator_id is None:
            raise Forbidden(N_("You act as yourself."), error="not_impersonating")
        if await store_sessions.end_session(
            work.db, actor.user_id, actor.session_id, "impersonation_ended", work.now
        ):
            await self._hints.tell_with(work, SESSION_TOPIC, str(actor.session_id))
            work.announce(
                ImpersonationEnded(
                    user_id=actor.user_id,
                    staff_id=actor.impersonator_id,
                    session_id=actor.session_id,
                )
            )

    def set_aside(self, cookie: str, seat: SessionId) -> str:
        """The cookie of staff's own session, sealed until they leave this seat."""
        sealed = self._vault.seal(ASIDE, msgspec.json.encode(Aside(cookie, seat)))
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    async def taken_back(self, work: Work, actor: Actor, given: str) -> tuple[str, Session] | None:
        """The own session of who leaves a seat; None when it ended meanwhile or is not theirs."""
        aside = self._opened(given)
        if aside is None or aside.seat != actor.session_id:
            return None
        hashes = self._vault.digests(COOKIE, aside.cookie)
        holder = await store_sessions.holder(work.db, now=work.now, cookie_hashes=hashes)
        if holder is None or holder.impersonator_id or holder.user_id != actor.impersonator_id:
            return None
        session = await store_sessions.lock_session(work.db, holder.session_id)
        return None if session is None else (aside.cookie, session)

    def _opened(self, given: str) -> Aside | None:
        try:
            sealed = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
            return msgspec.json.decode(self._vault.open(ASIDE, sealed), type=Aside)
        except (binascii.Error, ValueError):
            return None
