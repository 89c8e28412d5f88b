"""The messages about projects: who is invited, to whom one belongs now, and when it ends."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from firstmile.identity import store, store_members, store_projects
from firstmile.identity.events_projects import (
    OwnershipTransferred,
    ProjectDeletionAsked,
    ProjectRestored,
)
from firstmile.identity.mails import Mails, told
from firstmile.identity.models import User
from firstmile.identity.project_models import Invitation
from firstmile.identity.settings import IdentitySettings
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.work import Work
from firstmile.outside.post import Post

# A mail program makes links of these, and a name that others chose must not become one.
LINKING = str.maketrans({".": "\u2024", "/": "\u2215", ":": "\ua789", "@": "\uff20"})


class ProjectMails:
    """Writes to people about their projects."""

    def __init__(
        self, post: Post, mails: Mails, settings: IdentitySettings, *, base_url: str
    ) -> None:
        self._post = post
        self._mails = mails
        self._settings = settings
        self._base_url = base_url

    async def invitation(
        self, work: Work, invitation: Invitation, token: str, language: str
    ) -> None:
        """The link that lets somebody into a project; in their language, if we know them."""
        known = await store.user_by_email(work.db, invitation.email)
        await self._post.enter(
            work,
            "invitation",
            key=f"invitation-{new_id()}",
            to=invitation.email,
            language=language if known is None else known.locale,
            user_id=None,
            facts={
                "first_name": "" if known is None else known.first_name,
                "inviter": unlinked(invitation.inviter_name or ""),
                "project": unlinked(invitation.project_name),
                "link": f"{self._base_url}/accept-invitation?token={quote(token)}",
                "days": self._settings.invitation_days,
            },
        )

    async def deletion(self, work: Work, event: ProjectDeletionAsked) -> None:
        """Tell everybody in a project that it will be removed, and when. Runs as a job."""
        facts = {"when": told(event.deletion_at)}
        await self._to_members(work, event, "project_deletion", facts)

    async def restored(self, work: Work, event: ProjectRestored) -> None:
        """Tell everybody in a project that it stays after all. Runs as a job."""
        await self._to_members(work, event, "project_restored", {})

    async def transferred(self, work: Work, event: OwnershipTransferred) -> None:
        """Tell both who owns the project now."""
        giver = await store.user_by_id(work.db, UserId(event.user_id))
        receiver = await store.user_by_id(work.db, UserId(event.new_owner_id))
        project = await store_projects.name_of(work.db, event.project_id)
        link = f"{self._base_url}/projects/{event.project_id}"
        for kind, user, other in (
            ("ownership_given", giver, receiver),
            ("ownership_received", receiver, giver),
        ):
            facts = {"project": unlinked(project or ""), "person": _name(other), "link": link}
            await self._mails.write(work, kind, key=f"{kind}-{new_id()}", user=user, facts=facts)

    async def _to_members(
        self,
        work: Work,
        event: ProjectDeletionAsked | ProjectRestored,
        kind: str,
        facts: Mapping[str, Any],
    ) -> None:
        project = await store_projects.name_of(work.db, event.project_id)
        if project is None:
            return
        actor = await store.user_by_id(work.db, UserId(event.user_id))
        shared = {
            "project": unlinked(project),
            "person": _name(actor),
            "link": f"{self._base_url}/projects/{event.project_id}",
            **facts,
        }
        for member in await store_members.members_of(work.db, event.project_id):
            await self._post.enter(
                work,
                kind,
                key=f"{kind}-{event.project_id}-{event.deletion_at:%Y%m%d%H%M%S%f}-{member.user_id}",
                to=member.email,
                language=member.locale,
                user_id=member.user_id,
                facts={"first_name": member.first_name, **shared},
            )


def unlinked(name: str) -> str:
    """A name that reads the same, and that no mail program takes for an address."""
    return name.translate(LINKING)


def _name(user: User) -> str:
    return unlinked(user.full_name)
