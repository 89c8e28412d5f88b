"""Who is what in a project: joining it, other roles, leaving, and giving it away."""

from uuid import UUID

from firstmile.identity import store_factors, store_invitations, store_projects
from firstmile.identity import store_members as store
from firstmile.identity.events_projects import (
    MemberJoined,
    MemberRemoved,
    MemberRoleChanged,
    OwnershipTransferred,
    RolesChanged,
)
from firstmile.identity.models import Role
from firstmile.identity.permissions import INVITATIONS_SEND, can_manage, is_lower
from firstmile.identity.sessions import Sessions
from firstmile.identity.store import lock_user
from firstmile.kernel.access import Actor
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Forbidden, NotFound
from firstmile.kernel.work import Work


async def join_project(
    work: Work, sessions: Sessions, project_id: UUID, user_id: UserId, role: Role
) -> None:
    """Make a person part of a project; raises Conflict when they are in it."""
    await store_projects.lock_project(work.db, project_id)
    await lock_user(work.db, user_id)
    if await store.role_of(work.db, project_id, user_id) is not None:
        raise already_member()
    await store_projects.add_member(work.db, project_id, user_id, role, work.now)
    work.announce(MemberJoined(user_id=user_id, project_id=project_id, role=role))
    await announce_roles(work, sessions, user_id)


async def change_role(
    work: Work, sessions: Sessions, actor: Actor, project_id: UUID, user_id: UserId, role: Role
) -> None:
    """Make a member something else in a project.

    Raises Forbidden for a role above what the actor may give or change, and Conflict when the
    last owner would be none.
    """
    mine, theirs = await _held(work, actor, project_id, user_id)
    if role is theirs:
        return
    is_stepping_down = user_id == actor.user_id and is_lower(role, theirs)
    if not is_stepping_down and not (can_manage(mine, theirs) and can_manage(mine, role)):
        raise role_out_of_reach()
    if theirs is Role.OWNER:
        await _spare_last_owner(work, project_id)
    await _set_role(work, sessions, actor, project_id, user_id, role)


async def remove_member(
    work: Work, sessions: Sessions, actor: Actor, project_id: UUID, user_id: UserId
) -> None:
    """Take a member out of a project, or leave it.

    Raises Forbidden for a role above what the actor may change, and Conflict for the last owner.
    """
    mine, theirs = await _held(work, actor, project_id, user_id)
    if user_id != actor.user_id and not can_manage(mine, theirs):
        raise role_out_of_reach()
    if theirs is Role.OWNER:
        await _spare_last_owner(work, project_id)
    await store.remove_member(work.db, project_id, user_id)
    work.announce(MemberRemoved(user_id=user_id, project_id=project_id, removed_by=actor.user_id))
    await _lowered(work, sessions, project_id, user_id, None)


async def transfer_ownership(
    work: Work, sessions: Sessions, actor: Actor, project_id: UUID, user_id: UserId
) -> None:
    """Give a project to another member, and be an admin of it from here on."""
    mine, theirs = await _held(work, actor, project_id, user_id)
    if mine is not Role.OWNER:
        raise role_out_of_reach()
    if user_id == actor.user_id or theirs is Role.OWNER:
        raise Conflict(N_("This person owns the project already."), error="already_owner")
    for one in sorted((user_id, actor.user_id)):
        await lock_user(work.db, one)  # in one order, so that two gifts never wait for each other
    await _set_role(work, sessions, actor, project_id, user_id, Role.OWNER)
    await _set_role(work, sessions, actor, project_id, actor.user_id, Role.ADMIN)
    work.announce(
        OwnershipTransferred(user_id=actor.user_id, project_id=project_id, new_owner_id=user_id)
    )


async def announce_roles(work: Work, sessions: Sessions, user_id: UserId) -> None:
    """Tell what a person is now, in any project, to this service and to its other replicas."""
    roles = await store_projects.roles_of(work.db, user_id)
    work.announce(RolesChanged(user_id=user_id, roles=roles))
    await sessions.changed(work, user_id)


def already_member() -> Conflict:
    """The answer when somebody is to join a project they are in."""
    return Conflict(N_("This person is in the project already."), error="already_member")


def no_such_member() -> NotFound:
    """The answer about somebody who is not in the project."""
    return NotFound(N_("There is no such member."))


def role_out_of_reach() -> Forbidden:
    """The answer when somebody reaches for a role that theirs does not command."""
    return Forbidden(N_("Your role does not allow this with that role."), error="role_out_of_reach")


async def _held(work: Work, actor: Actor, project_id: UUID, user_id: UserId) -> tuple[Role, Role]:
    """The roles of the actor and of the member, which nobody changes until we are done."""
    await store_projects.lock_project(work.db, project_id)
    mine = await store.role_of(work.db, project_id, actor.user_id)
    if mine is None:
        raise NotFound(N_("There is no such project."))
    theirs = await store.role_of(work.db, project_id, user_id)
    if theirs is None:
        raise no_such_member()
    return mine, theirs


async def _spare_last_owner(work: Work, project_id: UUID) -> None:
    if await store.count_owners(work.db, project_id) < 2:
        raise Conflict(
            N_("A project has an owner. Give it to another member first."), error="last_owner"
        )


async def _set_role(
    work: Work, sessions: Sessions, actor: Actor, project_id: UUID, user_id: UserId, role: Role
) -> None:
    old = await store.role_of(work.db, project_id, user_id)
    if old is None:
        raise no_such_member()
    await store.set_role(work.db, project_id, user_id, role)
    work.announce(
        MemberRoleChanged(
            user_id=user_id,
            project_id=project_id,
            old_role=old,
            role=role,
            changed_by=actor.user_id,
        )
    )
    if is_lower(role, old):
        await _lowered(work, sessions, project_id, user_id, role)
    else:
        await announce_roles(work, sessions, user_id)


async def _lowered(
    work: Work, sessions: Sessions, project_id: UUID, user_id: UserId, role: Role | None
) -> None:
    """Outdate the tokens that say more than is true, and what was sent by a right that is gone."""
    await store_factors.change_epoch(work.db, user_id, of_factors=False)
    if role not in INVITATIONS_SEND.roles:
        await store_invitations.revoke_sent_by(work.db, project_id, user_id, work.now)
    await announce_roles(work, sessions, user_id)
