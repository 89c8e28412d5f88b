"""The pages of a project: beginning one, its overview, its settings, and its end."""

from typing import Any
from uuid import UUID

from litestar import Router, get, post

from firstmile.identity import store_members
from firstmile.identity.guards import in_project, standing
from firstmile.identity.members import remove_member, transfer_ownership
from firstmile.identity.models import Role
from firstmile.identity.permissions import (
    PROJECT_BILLING,
    PROJECT_DELETE,
    PROJECT_LEAVE,
    PROJECT_READ,
    PROJECT_RENAME,
    PROJECT_RESTORE,
    PROJECT_TRANSFER,
)
from firstmile.identity.projects import (
    create_project,
    delete_project,
    rename_project,
    restore_project,
    set_billing_contact,
)
from firstmile.identity.sessions import Sessions
from firstmile.identity.settings import IdentitySettings
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Conflict, Invalid
from firstmile.kernel.visit import Visit, Visiting
from firstmile.protect.guards import fresh_actor
from firstmile.web.confirm import confirm_first
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.project_frame import ONE, Page, again, path_of, project_page
from firstmile.web.rendering import Pages, language_of, mistakes, person_of
from firstmile.web.telling import shared_steps

OVERVIEW, SETTINGS = "project_overview.html", "project_settings.html"
FACES = 6


@get("/projects/new")
async def new_project_page(visit: Visiting) -> Page:
    """The form that begins a project."""
    await visit.actor()
    return await visit.part(Pages).page(visit, "project_new.html")


@post("/projects/new")
async def new_project(visit: Visiting, request: AnyRequest) -> Page:
    """Begin it."""
    actor, form = await visit.actor(), await fields_of(request)
    try:
        project = await create_project(
            await visit.work(), visit.part(Sessions), actor, form.get("name", "")
        )
    except Invalid as refusal:
        errors = mistakes(refusal, language_of(visit.scope, await person_of(visit)))
        status = status_of(refusal)
        return await visit.part(Pages).page(
            visit, "project_new.html", status=status, form=form, errors=errors
        )
    return see(f"/projects/{project.id}?notice=project-created")


@get(ONE, guards=[in_project(PROJECT_READ)])
async def overview(visit: Visiting) -> Page:
    """What it is, and who is in it."""
    async with visit.reading() as db:
        members = await store_members.members_of(db, standing(visit).project.id)
    return await project_page(
        visit, OVERVIEW, members=members, faces=members[:FACES], steps=await _shared_steps(visit)
    )


@get(f"{ONE}/settings", guards=[in_project(PROJECT_READ)])
async def settings_page(visit: Visiting) -> Page:
    """Its name, its invoices, and the ways out of it."""
    return await project_page(visit, SETTINGS, form=_known(visit))


@post(f"{ONE}/settings", guards=[in_project(PROJECT_RENAME)])
async def rename(visit: Visiting, request: AnyRequest) -> Page:
    """Give it another name."""
    here, form = standing(visit), await fields_of(request)
    try:
        await rename_project(await visit.work(), here.member, here.project.id, form.get("name", ""))
    except Invalid as refusal:
        return await again(visit, SETTINGS, refusal, form=_known(visit) | form)
    return see(path_of(here, "/settings?notice=saved"))


@post(f"{ONE}/billing", guards=[in_project(PROJECT_BILLING)])
async def billing(visit: Visiting, request: AnyRequest) -> Page:
    """Say whom to send its invoices to."""
    here, form = standing(visit), await fields_of(request)
    try:
        await set_billing_contact(
            await visit.work(),
            here.member,
            here.project.id,
            form.get("billingName", ""),
            form.get("billingEmail", ""),
            with_test_domains=visit.part(IdentitySettings).with_test_domains,
        )
    except Invalid as refusal:
        return await again(visit, SETTINGS, refusal, form=_known(visit) | form)
    return see(path_of(here, "/settings?notice=saved"))


@get(f"{ONE}/leave", guards=[in_project(PROJECT_LEAVE)])
async def leave_page(visit: Visiting) -> Page:
    """What leaving means, before it is done."""
    return await project_page(visit, "project_leave.html", **await _owners(visit))


@post(f"{ONE}/leave", guards=[in_project(PROJECT_LEAVE)])
async def leave(visit: Visiting) -> Page:
    """Leave it."""
    here = standing(visit)
    actor, sessions = here.member, visit.part(Sessions)
    try:
        await remove_member(await visit.work(), sessions, actor, here.project.id, actor.user_id)
    except Conflict as refusal:
        return await again(visit, "project_leave.html", refusal, **await _owners(visit))
    return see("/home?notice=left")


@get(f"{ONE}/transfer", guards=[in_project(PROJECT_TRANSFER)])
async def transfer_page(visit: Visiting) -> Page:
    """Whom to give it to, and what that means."""
    here = standing(visit)
    unconfirmed = await confirm_first(visit, path_of(here, "/transfer"))
    return unconfirmed or await project_page(visit, "project_transfer.html", **await _heirs(visit))


@post(f"{ONE}/transfer", guards=[in_project(PROJECT_TRANSFER)])
async def transfer(visit: Visiting, request: AnyRequest) -> Page:
    """Give it to another member."""
    here, form = standing(visit), await fields_of(request)
    if unconfirmed := await confirm_first(visit, path_of(here, "/transfer")):
        return unconfirmed
    heir = _chosen(form)
    if heir is None:
        refusal = Invalid.field("userId", N_("Choose who is to own the project."))
        return await again(visit, "project_transfer.html", refusal, **await _heirs(visit))
    actor, sessions = await fresh_actor(visit), visit.part(Sessions)
    await transfer_ownership(await visit.work(), sessions, actor, here.project.id, heir)
    return see(path_of(here, "?notice=ownership-given"))


@get(f"{ONE}/delete", guards=[in_project(PROJECT_DELETE)])
async def delete_page(visit: Visiting) -> Page:
    """What deleting means, before it is done."""
    here = standing(visit)
    unconfirmed = await confirm_first(visit, path_of(here, "/delete"))
    days = visit.part(IdentitySettings).project_deletion_days
    return unconfirmed or await project_page(visit, "project_delete.html", days=days)


@post(f"{ONE}/delete", guards=[in_project(PROJECT_DELETE)])
async def delete(visit: Visiting) -> Page:
    """Close it, and remove it when the time of grace is over."""
    here = standing(visit)
    if unconfirmed := await confirm_first(visit, path_of(here, "/delete")):
        return unconfirmed
    actor = await fresh_actor(visit)
    days = visit.part(IdentitySettings).project_deletion_days
    await delete_project(await visit.work(), actor, here.project.id, days=days)
    return see(path_of(here))


@post(f"{ONE}/restore", guards=[in_project(PROJECT_RESTORE)])
async def restore(visit: Visiting) -> Page:
    """Keep it after all."""
    here = standing(visit)
    await restore_project(await visit.work(), here.member, here.project.id)
    return see(path_of(here, "?notice=project-restored"))


def _known(visit: Visit) -> dict[str, str]:
    """What the forms of the settings are filled with."""
    project = standing(visit).project
    return {
        "name": project.name,
        "billingName": project.billing_name or "",
        "billingEmail": project.billing_email or "",
    }


async def _shared_steps(visit: Visit) -> list[dict[str, Any]]:
    """The steps its members share, as this one sees them; none while nobody sees steps."""
    here = standing(visit)
    if here.project.deletion_at is not None:
        return []
    language = language_of(visit.scope, await person_of(visit))
    return await shared_steps(visit, here.member, here.project.id, language)


async def _owners(visit: Visit) -> dict[str, Any]:
    """Whether somebody else would go on owning it."""
    here = standing(visit)
    async with visit.reading() as db:
        owners = await store_members.count_owners(db, here.project.id)
    return {"is_last_owner": here.project.role is Role.OWNER and owners < 2}


async def _heirs(visit: Visit) -> dict[str, Any]:
    """The members who do not own it yet."""
    async with visit.reading() as db:
        members = await store_members.members_of(db, standing(visit).project.id)
    return {"heirs": [one for one in members if one.role is not Role.OWNER]}


def _chosen(form: dict[str, str]) -> UserId | None:
    try:
        return UserId(UUID(form.get("userId", "")))
    except ValueError:
        return None


router = Router(
    path="/",
    route_handlers=[
        new_project_page,
        new_project,
        overview,
        settings_page,
        rename,
        billing,
        leave_page,
        leave,
        transfer_page,
        transfer,
        delete_page,
        delete,
        restore,
    ],
    include_in_schema=False,
)
