"""Another password, chosen by somebody who is signed in."""

from firstmile.identity import store, store_factors
from firstmile.identity.admission import Admission
from firstmile.identity.events import PasswordChanged
from firstmile.identity.login import Gatekeeper
from firstmile.identity.models import Complaints, Purpose, User
from firstmile.identity.passwords import Passwords
from firstmile.identity.policy import Proof
from firstmile.identity.sessions import Issued, Sessions
from firstmile.identity.strength import PasswordRules, words_about
from firstmile.kernel.access import Actor
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Invalid, Unauthenticated
from firstmile.kernel.work import Work, Works


class PasswordChanges:
    """Takes the new password, and ends what the old one opened."""

    def __init__(
        self,
        passwords: Passwords,
        rules: PasswordRules,
        gatekeeper: Gatekeeper,
        sessions: Sessions,
        admission: Admission,
    ) -> None:
        self._passwords = passwords
        self._rules = rules
        self._gatekeeper = gatekeeper
        self._sessions = sessions
        self._admission = admission

    async def prove(
        self, works: Works, user: User, password: str, *, device_secret: str | None
    ) -> None:
        """Raise Invalid unless this is their present password; each try counts as a sign-in."""
        try:
            await self._gatekeeper.prove(works, user.email, password, device_secret=device_secret)
        except Unauthenticated as refused:
            message = N_("This is not your present password.")
            raise Invalid.field("currentPassword", message) from refused

    def check(self, user: User, password: str) -> None:
        """Raise Invalid with all that speaks against a new password."""
        complaints = Complaints()
        about = words_about(user.email, user.first_name, user.last_name)
        self._rules.check(complaints, "newPassword", password, about=about)
        complaints.raise_any()

    async def hashed(self, password: str) -> str:
        """The hash of the new password, made while no transaction is open."""
        return await self._passwords.hash(password)

    async def change(self, work: Work, actor: Actor, password_hash: str, proof: Proof) -> Issued:
        """The new password counts: this session goes on under a new id, every other one ends.

        Browsers that were trusted are asked for the second factor again, links to set a password
        open nothing any more, and the person is told.
        """
        await store.lock_user(work.db, actor.user_id)
        await store.set_password(work.db, actor.user_id, password_hash, work.now)
        await store.void_tokens(work.db, actor.user_id, Purpose.RESET_PASSWORD, work.now)
        await store_factors.change_epoch(work.db, actor.user_id, of_factors=True)
        await self._sessions.end_all(work, actor.user_id, "password_changed", but=actor.session_id)
        work.announce(PasswordChanged(user_id=actor.user_id))
        return await self._admission.step_up(work, actor, proof)
