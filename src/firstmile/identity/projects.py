"""Projects: creating one, and whom to send its invoices to."""

from uuid import UUID

from firstmile.identity import store_projects as store
from firstmile.identity.events import BillingContactSet, ProjectCreated, RolesChanged
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
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Forbidden, NotFound
from firstmile.kernel.work import Work


async def create_project(work: Work, sessions: Sessions, actor: Actor, name: str) -> Project:
    """Begin a project and own it; raises Invalid for a name that is empty or too long."""
    complaints = Complaints()
    clean = complaints.text(
        "name", name, most=PROJECT_NAME_LENGTH, missing=N_("Give your project a name.")
    )
    complaints.raise_any()
    await lock_user(work.db, actor.user_id)
    project_id = new_id()
    await store.add_project(work.db, project_id, clean, actor.user_id, work.now)
    await _announce_roles(work, sessions, actor.user_id)
    work.announce(ProjectCreated(user_id=actor.user_id, project_id=project_id))
    return Project(project_id, clean, Role.OWNER, None, None, work.now)


async def join_project(
    work: Work, sessions: Sessions, project_id: UUID, user_id: UserId, role: Role
) -> None:
    """Make a person part of a project, or change what they are in it."""
    await lock_user(work.db, user_id)
    await store.add_member(work.db, project_id, user_id, role, work.now)
    await _announce_roles(work, sessions, user_id)


async def set_billing_contact(
    work: Work, actor: Actor, project_id: UUID, name: str, email: str, *, with_test_domains: bool
) -> None:
    """Note whom to send a project's invoices to.

    Raises NotFound for a stranger's project, Forbidden for who does not own it, and Invalid.
    """
    project = await store.project_of(work.db, actor, project_id)
    if project is None:
        raise NotFound(N_("There is no such project."))
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


async def _announce_roles(work: Work, sessions: Sessions, user_id: UserId) -> None:
    roles = await store.roles_of(work.db, user_id)
    work.announce(RolesChanged(user_id=user_id, roles=roles))
    sessions.changed(work, user_id)
