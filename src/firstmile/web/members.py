"""The pages of who is in a project: members and invitations."""

from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath

from firstmile.identity import store_invitations, store_members
from firstmile.identity.guards import in_project, standing
from firstmile.identity.invitations import Invitations
from firstmile.identity.members import change_role, no_such_member, remove_member
from firstmile.identity.models import Role
from firstmile.identity.permissions import (
    INVITATIONS_READ,
    INVITATIONS_SEND,
    MEMBERS_CHANGE,
    MEMBERS_READ,
    can_manage,
)
from firstmile.identity.project_models import Member
from firstmile.identity.sessions import Sessions
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Invalid, Refusal
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.web.confirm import confirm_first
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.moments import day
from firstmile.web.project_frame import (
    ONE,
    Page,
    again,
    path_of,
    project_page,
    roles_to_give,
    told_in,
)
from firstmile.web.rendering import person_of

MEMBERS, INVITATIONS = "project_members.html", "project_invitations.html"


@get(f"{ONE}/members", guards=[in_project(MEMBERS_READ)])
async def members_page(visit: Visiting) -> Page:
    """Everybody, and what they are."""
    return await project_page(visit, MEMBERS, **await _members(visit))


@post(f"{ONE}/members/{{user_id:uuid}}/role", guards=[in_project(MEMBERS_CHANGE)])
async def role_form(visit: Visiting, request: AnyRequest, user_id: FromPath[UUID]) -> Page:
    """Make a member something else."""
    here, role = standing(visit), _role_in(await fields_of(request))
    if role is Role.OWNER and (unconfirmed := await _unconfirmed(visit, "/members")):
        return unconfirmed
    sessions, member_id = visit.part(Sessions), UserId(user_id)
    try:
        await change_role(
            await visit.work(), sessions, here.member, here.project.id, member_id, role
        )
    except Refusal as refusal:
        return await again(visit, MEMBERS, refusal, **await _members(visit))
    return see(path_of(here, "/members?notice=role-changed"))


@get(f"{ONE}/members/{{user_id:uuid}}/remove", guards=[in_project(MEMBERS_CHANGE)])
async def remove_page(visit: Visiting, user_id: FromPath[UUID]) -> Page:
    """What removing somebody means, before it is done."""
    return await project_page(visit, "project_remove.html", member=await _member(visit, user_id))


@post(f"{ONE}/members/{{user_id:uuid}}/remove", guards=[in_project(MEMBERS_CHANGE)])
async def remove(visit: Visiting, user_id: FromPath[UUID]) -> Page:
    """Take a member out of the project."""
    here, sessions = standing(visit), visit.part(Sessions)
    member = await _member(visit, user_id)
    try:
        await remove_member(
            await visit.work(), sessions, here.member, here.project.id, member.user_id
        )
    except Refusal as refusal:
        return await again(visit, "project_remove.html", refusal, member=member)
    return see(path_of(here, "/members?notice=member-removed"))


@get(f"{ONE}/invitations", guards=[in_project(INVITATIONS_READ)])
async def invitations_page(visit: Visiting) -> Page:
    """Who is asked to join, and the form that asks somebody else."""
    return await project_page(visit, INVITATIONS, **await _invitations(visit))


@post(f"{ONE}/invitations", guards=[in_project(INVITATIONS_SEND)])
async def invite(visit: Visiting, request: AnyRequest) -> Page:
    """Ask somebody to join."""
    here, form = standing(visit), await fields_of(request)
    try:
        role = _role_in(form)
        if role is Role.OWNER and (unconfirmed := await _unconfirmed(visit, "/invitations")):
            return unconfirmed
        await visit.part(Invitations).invite(
            await visit.work(), here.member, here.project.id, form.get("email", ""), role
        )
    except Refusal as refusal:
        words = await _invitations(visit) | {"form": form}
        return await again(visit, INVITATIONS, refusal, **words)
    return see(path_of(here, "/invitations?notice=invited"))


@post(f"{ONE}/invitations/{{invitation_id:uuid}}/resend", guards=[in_project(INVITATIONS_SEND)])
async def resend(visit: Visiting, invitation_id: FromPath[UUID]) -> Page:
    """Send a new link."""
    here = standing(visit)
    try:
        await visit.part(Invitations).resend(
            await visit.work(), here.member, here.project.id, invitation_id
        )
    except Refusal as refusal:
        return await again(visit, INVITATIONS, refusal, **await _invitations(visit))
    return see(path_of(here, "/invitations?notice=invited"))


@post(f"{ONE}/invitations/{{invitation_id:uuid}}/revoke", guards=[in_project(INVITATIONS_SEND)])
async def revoke(visit: Visiting, invitation_id: FromPath[UUID]) -> Page:
    """Take an invitation back."""
    here = standing(visit)
    try:
        await visit.part(Invitations).revoke(
            await visit.work(), here.member, here.project.id, invitation_id
        )
    except Refusal as refusal:
        return await again(visit, INVITATIONS, refusal, **await _invitations(visit))
    return see(path_of(here, "/invitations?notice=invitation-revoked"))


async def _members(visit: Visit) -> dict[str, Any]:
    here = standing(visit)
    async with visit.reading() as db:
        members = await store_members.members_of(db, here.project.id)
    mine = here.project.role
    return {
        "members": [
            {
                "id": str(one.user_id),
                "name": one.name,
                "email": one.email,
                "role": str(one.role),
                "isSelf": one.user_id == here.member.user_id,
                "canChange": mine is not None and can_manage(mine, one.role),
            }
            for one in members
        ],
        "roles": [str(role) for role in roles_to_give(here)],
    }


async def _member(visit: Visit, user_id: UUID) -> Member:
    async with visit.reading() as db:
        member = await store_members.member_of(db, standing(visit).project.id, UserId(user_id))
    if member is None:
        raise no_such_member()
    return member


async def _invitations(visit: Visit) -> dict[str, Any]:
    here, person = standing(visit), await person_of(visit)
    language, zone = told_in(visit, person), person.time_zone if person else None
    now = visit.part(Works).clock()
    async with visit.reading() as db:
        invitations = await store_invitations.invitations_of(db, here.project.id)
    return {
        "invitations": [
            {
                "id": str(one.id),
                "email": one.email,
                "role": str(one.role),
                "inviter": one.inviter_name,
                "expires": day(one.expires_at, language, zone),
                "isOpen": one.is_open(now),
            }
            for one in invitations
        ],
        "roles": [str(role) for role in roles_to_give(here)],
        "form": {"role": "member"},
    }


async def _unconfirmed(visit: Visit, place: str) -> Page | None:
    """The way to confirm that it is them, for who is about to make an owner."""
    return await confirm_first(visit, path_of(standing(visit), place))


def _role_in(form: dict[str, str]) -> Role:
    try:
        return Role(form.get("role", ""))
    except ValueError as unknown:
        raise Invalid.field("role", N_("Choose a role from the list.")) from unknown


router = Router(
    path="/",
    route_handlers=[
        members_page,
        role_form,
        remove_page,
        remove,
        invitations_page,
        invite,
        resend,
        revoke,
    ],
    include_in_schema=False,
)
