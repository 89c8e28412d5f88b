"""Making people staff: only by the command, by whoever holds the machine."""

from firstmile.identity import store, store_factors, store_staff
from firstmile.identity.events import StaffGranted
from firstmile.identity.models import User
from firstmile.identity.sessions import Sessions
from firstmile.kernel.access import StaffRole
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Forbidden, NotFound
from firstmile.kernel.work import Work


async def grant_staff(work: Work, sessions: Sessions, email: str, role: StaffRole | None) -> User:
    """Give the person of this address a staff role, or take it away.

    Every token they have is outdated, so the change holds on every replica at once. Raises
    NotFound for an address without an account and Forbidden for one that is not confirmed.
    """
    user = await store.user_by_email(work.db, email)
    if user is None:
        raise NotFound(N_("This address has no account."))
    if role is not None and not user.is_verified:
        raise Forbidden(N_("This address is not confirmed."), error="email_not_verified")
    if await store_staff.set_staff_role(work.db, user.id, role):
        await store_factors.change_epoch(work.db, user.id, of_factors=False)
        await sessions.changed(work, user.id)
        work.announce(StaffGranted(user_id=user.id, role=role))
    return user
