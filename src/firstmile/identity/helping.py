"""What staff do for a person: mail them a link, end their sessions, lock and unlock."""

from firstmile.identity import store, store_factors, store_people
from firstmile.identity.events_staff import (
    AccountLocked,
    AccountUnlocked,
    ResetLinkSent,
    SessionsEnded,
    VerificationLinkSent,
)
from firstmile.identity.login import Gatekeeper
from firstmile.identity.models import Complaints, User
from firstmile.identity.recovery import Recovery
from firstmile.identity.registration import Registrar
from firstmile.identity.sessions import Sessions
from firstmile.kernel.access import Actor, StaffRole
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Forbidden, NotFound
from firstmile.kernel.work import Work

RANKS = {None: 0, StaffRole.SUPPORT: 1, StaffRole.OPERATOR: 2, StaffRole.ADMIN: 3}
REASON_LENGTHS = range(10, 501)


class Helping:
    """Helps people with their accounts.

    Staff may have a reset link mailed and never choose a password (ASVS 5.0, 6.4.6), and nobody
    touches the account of staff who stand as high as they do.
    """

    def __init__(
        self, gatekeeper: Gatekeeper, sessions: Sessions, registrar: Registrar, recovery: Recovery
    ) -> None:
        self._gatekeeper = gatekeeper
        self._sessions = sessions
        self._registrar = registrar
        self._recovery = recovery

    async def send_reset(self, work: Work, actor: Actor, user_id: UserId) -> None:
        """Mail the person the link that sets a new password."""
        user = await person_below(work, actor, user_id)
        await self._recovery.send_link(work, user.email)
        work.announce(ResetLinkSent(user_id=user.id, staff_id=actor.user_id))

    async def resend_verification(self, work: Work, actor: Actor, user_id: UserId) -> None:
        """Mail the person another link that confirms their address; Conflict when it is."""
        user = await person_below(work, actor, user_id)
        if user.is_verified:
            raise Conflict(N_("This address is confirmed already."), error="already_verified")
        await self._registrar.resend(work, user.email)
        work.announce(VerificationLinkSent(user_id=user.id, staff_id=actor.user_id))

    async def end_sessions(self, work: Work, actor: Actor, user_id: UserId) -> int:
        """End every session of the person on every replica; how many."""
        user = await person_below(work, actor, user_id)
        await store_factors.change_epoch(work.db, user.id, of_factors=False)
        count = await self._sessions.end_all(work, user.id, "ended_by_staff")
        work.announce(SessionsEnded(user_id=user.id, staff_id=actor.user_id, count=count))
        return count

    async def lock(self, work: Work, actor: Actor, user_id: UserId, reason: str) -> None:
        """Close the account to every way in, and end what is open; Conflict when it is closed."""
        said = checked_reason(reason)
        user = await person_below(work, actor, user_id)
        if not await store_people.lock(work.db, user.id, said, work.now):
            raise Conflict(N_("This account is locked already."), error="already_locked")
        await store_factors.change_epoch(work.db, user.id, of_factors=True)
        await self._sessions.end_all(work, user.id, "account_locked")
        work.announce(AccountLocked(user_id=user.id, staff_id=actor.user_id, reason=said))

    async def unlock(self, work: Work, actor: Actor, user_id: UserId) -> None:
        """Open the account, and forget the wrong passwords that were counted against it."""
        user = await person_below(work, actor, user_id)
        await self._gatekeeper.unlock(work, user.email)
        if await store_people.unlock(work.db, user.id):
            await self._sessions.changed(work, user.id)
        work.announce(AccountUnlocked(user_id=user.id, staff_id=actor.user_id))


async def person_below(work: Work, actor: Actor, user_id: UserId) -> User:
    """The person, held for the transaction; Forbidden for staff who stand as high as the actor."""
    await store.lock_user(work.db, user_id)
    try:
        user = await store.user_by_id(work.db, user_id)
    except LookupError as nobody:
        raise no_such_person() from nobody
    if not outranks(actor.staff_role, user.staff_role):
        raise Forbidden(
            N_("This person is staff of your role or a higher one."), error="staff_outranked"
        )
    return user


def outranks(mine: str | None, theirs: str | None) -> bool:
    """Whether staff of the one role may act on people of the other."""
    return _rank(mine) > _rank(theirs)


def checked_reason(reason: str) -> str:
    """Why something is done to a person, as one line; Invalid when it says too little."""
    complaints = Complaints()
    most = REASON_LENGTHS.stop - 1
    clean = complaints.text("reason", reason, most=most, missing=N_("Say why."))
    if 0 < len(clean) < REASON_LENGTHS.start:
        complaints.add("reason", N_("Say a little more: at least 10 characters."))
    complaints.raise_any()
    return clean


def no_such_person() -> NotFound:
    """The answer for an id that is nobody's."""
    return NotFound(N_("There is no such person."))


def _rank(role: str | None) -> int:
    return RANKS[StaffRole(role) if role else None]
