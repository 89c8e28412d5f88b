"""The end of an account: asked for, put off for a while, taken back, and carried out."""

from datetime import datetime, timedelta

import structlog

from firstmile.identity import store, store_account, store_factors, store_members, store_projects
from firstmile.identity.events import AccountDeleted, AccountDeletionAsked, AccountKept
from firstmile.identity.events_projects import ProjectRemoved
from firstmile.identity.sessions import Sessions
from firstmile.identity.settings import IdentitySettings
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict
from firstmile.kernel.work import Work
from firstmile.protect.files import Files

log = structlog.get_logger()

AT_ONCE = 500  # accounts of one clean-up; the rest goes with the next


class Deletions:
    """Deletes accounts, late enough that nobody loses theirs by a mistake or by a thief."""

    def __init__(self, sessions: Sessions, files: Files, settings: IdentitySettings) -> None:
        self._sessions = sessions
        self._files = files
        self._settings = settings

    async def ask(self, work: Work, user_id: UserId) -> datetime:
        """When the account will be deleted; every session ends now. A second time changes nothing.

        Raises Conflict while a project with other members would be left without an owner.
        """
        await store_account.hold_owned(work.db, user_id)
        alone = await store_members.alone_owned(work.db, user_id)
        if alone:
            raise Conflict(
                N_("You are the only owner of projects that others are in. Hand them over first."),
                error="last_owner",
                facts={"projects": [{"id": str(one), "name": name} for one, name in alone]},
            )
        deletion_at = work.now + timedelta(days=self._settings.deletion_days)
        if await store_account.ask_deletion(work.db, user_id, deletion_at, work.now):
            work.announce(AccountDeletionAsked(user_id=user_id, deletion_at=deletion_at))
        await store_factors.change_epoch(work.db, user_id, of_factors=False)
        await self._sessions.end_all(work, user_id, "deletion_asked")
        user = await store.user_by_id(work.db, user_id)
        return user.deletion_at or deletion_at

    async def keep(self, work: Work, user_id: UserId) -> None:
        """Let the account stay; one that was not to be deleted stays anyway."""
        if await store_account.keep_account(work.db, user_id, work.now):
            work.announce(AccountKept(user_id=user_id))
            await self._sessions.changed(work, user_id)

    async def carry_out(self, work: Work) -> int:
        """Delete the accounts whose time has come, with what is theirs alone; how many."""
        due = await store_account.due_for_deletion(work.db, work.now, most=AT_ONCE)
        return sum([await self._remove(work, user_id) for user_id in due])

    async def _remove(self, work: Work, user_id: UserId) -> bool:
        if await store_members.alone_owned(work.db, user_id):
            # They became the only owner since they asked: somebody must say who comes after them.
            log.error("deletion_waits_for_an_owner", user_id=str(user_id))
            return False
        for project_id, _ in await store_account.projects_of_one(work.db, user_id):
            await store_projects.remove_project(work.db, project_id)
            work.announce(ProjectRemoved(project_id=project_id))
        await self._files.forget_all(work, user_id)
        await self._sessions.changed(work, user_id)
        await store_account.remove_account(work.db, user_id)
        work.announce(AccountDeleted(user_id=user_id))
        return True
