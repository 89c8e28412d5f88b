"""HTTP of projects: begin, see, rename, delete and restore them, and whom to invoice."""

from uuid import UUID

from litestar import Router, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody

from firstmile.identity import store_projects
from firstmile.identity.guards import in_project, standing
from firstmile.identity.permissions import (
    PROJECT_BILLING,
    PROJECT_DELETE,
    PROJECT_READ,
    PROJECT_RENAME,
    PROJECT_RESTORE,
)
from firstmile.identity.projects import (
    create_project,
    delete_project,
    rename_project,
    restore_project,
    set_billing_contact,
)
from firstmile.identity.schemas_projects import (
    BillingContactIn,
    ProjectIn,
    ProjectOut,
    ProjectsOut,
)
from firstmile.identity.sessions import Sessions
from firstmile.identity.settings import IdentitySettings
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.visit import Visiting
from firstmile.protect.guards import fresh_actor

ONE = "/projects/{project_id:uuid}"


@get("/projects", responses=problems(401, 503))
async def list_projects(visit: Visiting) -> ProjectsOut:
    """The projects one belongs to, oldest first."""
    actor = await visit.actor()
    async with visit.reading() as db:
        projects = await store_projects.projects_of(db, actor.user_id)
    return ProjectsOut(items=[ProjectOut.of(project) for project in projects])


@post("/projects", responses=problems(*BODY, 401, 503))
async def post_project(visit: Visiting, data: JSONBody[ProjectIn]) -> ProjectOut:
    """Begin a project and own it."""
    actor = await visit.actor()
    project = await create_project(await visit.work(), visit.part(Sessions), actor, data.name)
    return ProjectOut.of(project)


@get(
    ONE,
    guards=[in_project(PROJECT_READ, by_key=True)],
    responses=problems(400, 401, 403, 404, 409, 503),
)
async def get_project(
    visit: Visiting,
    project_id: FromPath[UUID],  # noqa: ARG001  the guard has looked it up
) -> ProjectOut:
    """One of them."""
    return ProjectOut.of(standing(visit).project)


@patch(ONE, guards=[in_project(PROJECT_RENAME)], responses=problems(*BODY, 401, 404, 409, 503))
async def patch_project(
    visit: Visiting, project_id: FromPath[UUID], data: JSONBody[ProjectIn]
) -> ProjectOut:
    """Give it another name; for its owners and admins."""
    actor = standing(visit).member
    return ProjectOut.of(await rename_project(await visit.work(), actor, project_id, data.name))


@delete(
    ONE,
    status_code=200,
    guards=[in_project(PROJECT_DELETE)],
    responses=problems(400, 401, 403, 404, 503),
)
async def remove_project(visit: Visiting, project_id: FromPath[UUID]) -> ProjectOut:
    """Close it now and remove it at `deletionAt`; for its owners, who confirm that it is them."""
    actor = await fresh_actor(visit)
    days = visit.part(IdentitySettings).project_deletion_days
    project = await delete_project(await visit.work(), actor, project_id, days=days)
    return ProjectOut.of(project)


@post(
    f"{ONE}/restore",
    status_code=200,
    guards=[in_project(PROJECT_RESTORE)],
    responses=problems(400, 401, 403, 404, 503),
)
async def restore(visit: Visiting, project_id: FromPath[UUID]) -> ProjectOut:
    """Keep a project that was deleted; for its owners."""
    actor = standing(visit).member
    return ProjectOut.of(await restore_project(await visit.work(), actor, project_id))


@put(
    f"{ONE}/billing-contact",
    status_code=204,
    guards=[in_project(PROJECT_BILLING)],
    responses=problems(*BODY, 401, 404, 409, 503),
)
async def put_billing_contact(
    visit: Visiting, project_id: FromPath[UUID], data: JSONBody[BillingContactIn]
) -> None:
    """Say whom to send its invoices to; for its owners."""
    await set_billing_contact(
        await visit.work(),
        standing(visit).member,
        project_id,
        data.billing_name,
        data.billing_email,
        with_test_domains=visit.part(IdentitySettings).with_test_domains,
    )


router = Router(
    path="/api/v1",
    route_handlers=[
        list_projects,
        post_project,
        get_project,
        patch_project,
        remove_project,
        restore,
        put_billing_contact,
    ],
    tags=["Projects"],
)
