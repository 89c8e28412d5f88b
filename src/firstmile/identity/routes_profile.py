"""HTTP of profiles and projects."""

from uuid import UUID

import msgspec
from litestar import Router, get, patch, post, put
from litestar.params import FromPath, JSONBody

from firstmile.identity import store_projects
from firstmile.identity.models import Project
from firstmile.identity.profiles import change_profile, checked_profile
from firstmile.identity.projects import create_project, set_billing_contact
from firstmile.identity.schemas import (
    BillingContactIn,
    Me,
    ProfileIn,
    ProjectIn,
    ProjectOut,
    ProjectsOut,
    UserOut,
)
from firstmile.identity.sessions import Sessions
from firstmile.identity.settings import IdentitySettings
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.visit import Visiting


@patch("/profile", responses=problems(*BODY, 401, 503))
async def patch_profile(visit: Visiting, data: JSONBody[ProfileIn]) -> Me:
    """Change one's own profile; what is left out stays as it is."""
    actor = await visit.actor()
    changes = checked_profile(msgspec.structs.asdict(data))
    work = await visit.work()
    user = await change_profile(work, visit.part(Sessions), actor, changes)
    return Me(user=UserOut.of(user, sorted(actor.roles)))


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
    project: Project = await create_project(
        await visit.work(), visit.part(Sessions), actor, data.name
    )
    return ProjectOut.of(project)


@put(
    "/projects/{project_id:uuid}/billing-contact",
    status_code=204,
    responses=problems(*BODY, 401, 404, 503),
)
async def put_billing_contact(
    visit: Visiting, project_id: FromPath[UUID], data: JSONBody[BillingContactIn]
) -> None:
    """Say whom to send a project's invoices to; for its owners."""
    actor = await visit.actor()
    await set_billing_contact(
        await visit.work(),
        actor,
        project_id,
        data.billing_name,
        data.billing_email,
        with_test_domains=visit.part(IdentitySettings).with_test_domains,
    )


router = Router(
    path="/api/v1",
    route_handlers=[patch_profile, list_projects, post_project, put_billing_contact],
    tags=["Profile and projects"],
)
