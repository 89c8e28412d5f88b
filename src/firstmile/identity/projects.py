"""Projects: beginning one, its name, its invoices, and its end."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from firstmile.identity import store_api_keys, store_invitations, store_members
from firstmile.identity import store_projects as store
from firstmile.identity.events_projects import (
    BillingContactSet,
    ProjectCreated,
    ProjectDeletionAsked,
    ProjectRemoved,
    ProjectRenamed,
    ProjectRestored,
)
from firstmile.identity.members import announce_roles
from firstmile.identity.models import (
    NAME_LENGTH,
    PROJECT_NAME_LENGTH,
    Complaints,
    Project,
    Role,
)
from firstmile.identity.sessions import Sessions
from firstmile.identity.store import lock_user
from firstmile.kernel.access import Actor
from firstmile.kernel.ids import new_id
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Forbidden, NotFound
from firstmile.kernel.work import Work

# How long invitations and keys that open nothing are kept, to be told apart.
KEPT = timedelta(days=30)


async def create_project(work: Work, sessions: Sessions, actor: Actor, name: str) -> Project:
    """Begin a project and own it; raises Invalid for a name that is empty or too long."""
    clean = _checked_name(name)
    await lock_user(work.db, actor.user_id)
    project_id = new_id()
    await store.add_project(work.db, project_id, clean, actor.user_id, work.now)
    await announce_roles(work, sessions, actor.user_id)
    work.announce(ProjectCreated(user_id=actor.user_id, project_id=project_id))
    return Project(project_id, clean, Role.OWNER, None, None, work.now)


async def rename_project(work: Work, actor: Actor, project_id: UUID, name: str) -> Project:
    """Give a project another name; of two at once the later one stays."""
    clean = _checked_name(name)
    project = await _held(work, actor, project_id)
    if project.name == clean:
        return project
    await store.rename(work.db, project_id, clean, work.now)
    work.announce(ProjectRenamed(user_id=actor.user_id, project_id=project_id, name=clean))
    return replace(project, name=clean)


async def set_billing_contact(
    work: Work, actor: Actor, project_id: UUID, name: str, email: str, *, with_test_domains: bool
) -> None:
    """Note whom to send a project's invoices to.

    Raises NotFound for a stranger's project, Forbidden for who does not own it, and Invalid.
    """
    project = await _held(work, actor, project_id)
    if project.role is not Role.OWNER:
        raise Forbidden(N_("Only an owner can do this."), error="owner_required")
    complaints = Complaints()
    clean = complaints.text(
        "billingName", name, most=NAME_LENGTH, missing=N_("Tell us who receives the invoices.")
    )
    address = complaints.email("billingEmail", email, with_test_domains=with_test_domains)
    complaints.raise_any()
    await store.set_billing_contact(work.db, project_id, clean, address, work.now)
    work.announce(BillingContactSet(user_id=actor.user_id, project_id=project_id))


async def delete_project(work: Work, actor: Actor, project_id: UUID, *, days: int) -> Project:
    """Close a project now, and remove it after so many days; a second time changes nothing."""
    project = await _held(work, actor, project_id)
    if project.deletion_at is not None:
        return project
    deletion_at = work.now + timedelta(days=days)
    await store.set_deletion(work.db, project_id, deletion_at, work.now)
    work.announce(
        ProjectDeletionAsked(user_id=actor.user_id, project_id=project_id, deletion_at=deletion_at)
    )
    return replace(project, deletion_at=deletion_at)


async def restore_project(work: Work, actor: Actor, project_id: UUID) -> Project:
    """Keep a project that was deleted; one that was not is kept anyway."""
    project = await _held(work, actor, project_id)
    if project.deletion_at is None:
        return project
    await store.set_deletion(work.db, project_id, None, work.now)
    work.announce(
        ProjectRestored(
            user_id=actor.user_id, project_id=project_id, deletion_at=project.deletion_at
        )
    )
    return replace(project, deletion_at=None)


async def clean_up(work: Work, sessions: Sessions) -> dict[str, int]:
    """Remove deleted projects, old invitations and closed keys; how many of each."""
    return {
        "projects": await _remove_deleted(work, sessions),
        "invitations": await store_invitations.forget_before(work.db, work.now - KEPT),
        "api_keys": await store_api_keys.forget_before(work.db, work.now - KEPT),
    }


async def _remove_deleted(work: Work, sessions: Sessions) -> int:
    due = await store.due_for_removal(work.db, work.now)
    members = set()
    for project_id in due:
        members |= {one.user_id for one in await store_members.members_of(work.db, project_id)}
        await store.remove_project(work.db, project_id)
        work.announce(ProjectRemoved(project_id=project_id))
    for user_id in sorted(members):
        await announce_roles(work, sessions, user_id)
    return len(due)


def _checked_name(name: str) -> str:
    complaints = Complaints()
    clean = complaints.text(
        "name", name, most=PROJECT_NAME_LENGTH, missing=N_("Give your project a name.")
    )
    complaints.raise_any()
    return clean


async def _held(work: Work, actor: Actor, project_id: UUID) -> Project:
    """The project as the actor knows it, which nobody changes until we are done."""
    await store.lock_project(work.db, project_id)
    project = await store.project_of(work.db, actor, project_id)
    if project is None:
        raise NotFound(N_("There is no such project."))
    return project
