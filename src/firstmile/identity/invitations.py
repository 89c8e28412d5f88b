"""Invitations: a mail with a link that lets one address into a project, once."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from firstmile.identity import store, store_members, store_projects
from firstmile.identity import store_invitations as store_of_invitations
from firstmile.identity.events import EmailVerified, UserRegistered
from firstmile.identity.events_projects import InvitationRevoked, InvitationSent
from firstmile.identity.members import already_member, join_project, role_out_of_reach
from firstmile.identity.models import Complaints, Role, User, key_of
from firstmile.identity.permissions import can_manage
from firstmile.identity.project_mails import ProjectMails
from firstmile.identity.project_models import Invitation
from firstmile.identity.registration import Registration
from firstmile.identity.sessions import Sessions
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.tokens import token_invalid
from firstmile.kernel.access import Actor
from firstmile.kernel.ids import UserId, new_id, new_token
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Forbidden, NotFound, TooMany
from firstmile.kernel.secrets import Vault
from firstmile.kernel.work import Work, Works

PURPOSE = "invitation"
MOST_OPEN = 100  # of a project, so that nobody mails a list of strangers with it
MAILS_A_DAY = 5  # from a project to an address: enough for mistakes, too few to pester
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Looked:
    """What a link is good for, seen without using it."""

    invitation: Invitation
    has_account: bool


class Invitations:
    """Sends invitations and takes them up.

    The link proves that whoever holds it reads the mail of that address, and nothing else: it
    opens no account that is there.
    """

    def __init__(
        self, vault: Vault, sessions: Sessions, mails: ProjectMails, settings: IdentitySettings
    ) -> None:
        self._vault = vault
        self._sessions = sessions
        self._mails = mails
        self._settings = settings

    async def invite(
        self, work: Work, actor: Actor, project_id: UUID, email: str, role: Role
    ) -> Invitation:
        """Ask somebody to join; an open invitation of the same address is replaced.

        The answer is the same whether or not the address has an account. Raises Invalid,
        Forbidden for a role that is not the actor's to give, Conflict for a member, and TooMany.
        """
        complaints = Complaints()
        with_test_domains = self._settings.with_test_domains
        address = complaints.email("email", email, with_test_domains=with_test_domains)
        complaints.raise_any()
        project_name = await self._held(work, actor, project_id, role)
        if await store_members.is_member(work.db, project_id, key_of(address)):
            raise already_member()
        if await store_of_invitations.count_open(work.db, project_id) >= MOST_OPEN:
            raise Conflict(
                N_("Too many invitations wait for an answer. Take some back first."),
                error="too_many_invitations",
                facts={"most": MOST_OPEN},
            )
        return await self._send(work, actor, project_id, project_name, address, role)

    async def resend(
        self, work: Work, actor: Actor, project_id: UUID, invitation_id: UUID
    ) -> Invitation:
        """Send a new link; the old one opens nothing any more."""
        found = await store_of_invitations.invitation_of(work.db, project_id, invitation_id)
        if found is None:
            raise no_such_invitation()
        await self._held(work, actor, project_id, found.role)
        return await self._send(
            work, actor, project_id, found.project_name, found.email, found.role
        )

    async def revoke(self, work: Work, actor: Actor, project_id: UUID, invitation_id: UUID) -> None:
        """Take an invitation back; raises NotFound when there is none to take."""
        if not await store_of_invitations.revoke(work.db, project_id, invitation_id, work.now):
            raise no_such_invitation()
        work.announce(
            InvitationRevoked(
                user_id=actor.user_id, project_id=project_id, invitation_id=invitation_id
            )
        )

    async def look(self, works: Works, token: str) -> Looked:
        """What a link would open, without using it; raises Malformed for one that opens nothing."""
        async with works.database.lease() as db:
            invitation = await store_of_invitations.open_invitation(
                db, self._hashes(token), works.clock()
            )
            if invitation is None:
                raise token_invalid()
            known = await store.user_by_email(db, invitation.email)
        return Looked(invitation, known is not None)

    async def accept(self, work: Work, actor: Actor, token: str) -> Invitation:
        """Join the project, as the person of the address that was invited.

        Raises Malformed for a link that opens nothing, Forbidden for anybody else, and Conflict
        for somebody who is in the project already.
        """
        invitation = await self._opened(work, token)
        await store.lock_user(work.db, actor.user_id)
        user = await store.user_by_id(work.db, actor.user_id)
        if not user.is_verified or key_of(user.email) != key_of(invitation.email):
            raise Forbidden(
                N_("This invitation is for another address. Sign in with that one."),
                error="invitation_for_other_address",
                facts={"address": invitation.masked_email},
            )
        await self._take_up(work, invitation, token, actor.user_id)
        return invitation

    async def accept_as_new(
        self, work: Work, token: str, asked: Registration, password_hash: str
    ) -> tuple[Invitation, UserId]:
        """Make the account of the invited address, which the link proves, and join the project.

        Raises Malformed for a link that opens nothing, and Conflict when the address has an
        account: whoever it belongs to signs in as always.
        """
        invitation = await self._opened(work, token)
        user = User.registering(
            UserId(new_id()),
            asked.email,
            password_hash,
            names=(asked.first_name, asked.last_name),
            locale=asked.locale,
            now=work.now,
        )
        is_theirs = key_of(asked.email) == key_of(invitation.email)
        if not is_theirs or not await store.add_user(work.db, user):
            raise Conflict(
                N_("This address has an account. Sign in to accept the invitation."),
                error="account_exists",
            )
        await store.verify_email(work.db, user.id, work.now)
        work.announce(UserRegistered(user_id=user.id), EmailVerified(user_id=user.id))
        await self._take_up(work, invitation, token, user.id)
        return invitation, user.id

    async def joined_with(self, works: Works, actor: Actor, token: str) -> UUID | None:
        """The project this person joined with this very link, for who presses twice."""
        async with works.database.lease() as db:
            return await store_of_invitations.joined_with(db, self._hashes(token), actor.user_id)

    async def _held(self, work: Work, actor: Actor, project_id: UUID, role: Role) -> str:
        """The name of the project, which nobody changes until the invitation is out."""
        await store_projects.lock_project(work.db, project_id)
        project = await store_projects.project_of(work.db, actor, project_id)
        if project is None or project.role is None:
            raise NotFound(N_("There is no such project."))
        if not can_manage(project.role, role):
            raise role_out_of_reach()
        return project.name

    async def _send(
        self, work: Work, actor: Actor, project_id: UUID, project_name: str, email: str, role: Role
    ) -> Invitation:
        sent = await store_of_invitations.count_sent(work.db, project_id, email, work.now - DAY)
        if sent >= MAILS_A_DAY:
            raise TooMany(
                N_("This address was written to often enough for today."),
                retry_after=int(DAY.total_seconds()),
            )
        inviter = await store.user_by_id(work.db, actor.user_id)
        token = new_token()
        wanted = Invitation(
            id=new_id(),
            project_id=project_id,
            project_name=project_name,
            email=email,
            role=role,
            inviter_name=inviter.full_name,
            sent_at=work.now,
            expires_at=work.now + timedelta(days=self._settings.invitation_days),
        )
        kept_id = await store_of_invitations.put_invitation(
            work.db, wanted, self._vault.digest(PURPOSE, token), actor.user_id
        )
        invitation = replace(wanted, id=kept_id)
        await self._mails.invitation(work, invitation, token, inviter.locale)
        work.announce(
            InvitationSent(user_id=actor.user_id, project_id=project_id, invitation_id=kept_id)
        )
        return invitation

    async def _opened(self, work: Work, token: str) -> Invitation:
        invitation = await store_of_invitations.open_invitation(
            work.db, self._hashes(token), work.now
        )
        if invitation is None:
            raise token_invalid()
        await store_projects.lock_project(work.db, invitation.project_id)
        return invitation

    async def _take_up(
        self, work: Work, invitation: Invitation, token: str, user_id: UserId
    ) -> None:
        is_first = await store_of_invitations.accept(
            work.db, invitation.id, self._hashes(token), user_id, work.now
        )
        if not is_first:
            raise token_invalid()
        await join_project(work, self._sessions, invitation.project_id, user_id, invitation.role)

    def _hashes(self, token: str) -> list[bytes]:
        return self._vault.digests(PURPOSE, token)


def no_such_invitation() -> NotFound:
    """The answer for an invitation that was answered, taken back, or never sent from here."""
    return NotFound(N_("There is no such invitation."))
