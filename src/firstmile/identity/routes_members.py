"""HTTP of who is in a project: members, and invitations to join."""

from uuid import UUID

from litestar import Response, Router, delete, get, patch, post, put
from litestar.params import FromPath, JSONBody

from firstmile.identity import store_invitations, store_members, store_projects
from firstmile.identity.admission import Admitted, Challenged
from firstmile.identity.entering import enter, proof
from firstmile.identity.guards import in_project, standing
from firstmile.identity.invitations import Invitations
from firstmile.identity.members import (
    change_role,
    no_such_member,
    remove_member,
    transfer_ownership,
)
from firstmile.identity.models import Role
from firstmile.identity.passwords import Passwords
from firstmile.identity.permissions import (
    INVITATIONS_READ,
    INVITATIONS_SEND,
    MEMBERS_CHANGE,
    MEMBERS_READ,
    PROJECT_LEAVE,
    PROJECT_TRANSFER,
)
from firstmile.identity.policy import Method
from firstmile.identity.project_models import Invitation
from firstmile.identity.registration import checked_registration, requires_sign_up
from firstmile.identity.routes_session import signed_in
from firstmile.identity.schemas import SignedInOut, TokenIn
from firstmile.identity.schemas_projects import (
    InvitationIn,
    InvitationOut,
    InvitationsOut,
    InvitedIn,
    MemberOut,
    MembersOut,
    OwnerIn,
    ProjectOut,
    RoleIn,
)
from firstmile.identity.sessions import Sessions
from firstmile.identity.settings import IdentitySettings
from firstmile.identity.strength import PasswordRules
from firstmile.kernel.access import Actor
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import accepted, best_of
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.problems import AnyRequest
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import fresh_actor, own_actor
from firstmile.protect.limits import limit
from firstmile.protect.switches import Switches

MEMBERS = "/projects/{project_id:uuid}/members"
INVITATIONS = "/projects/{project_id:uuid}/invitations"
SEEN = problems(400, 401, 403, 404, 409, 503)
CHANGED = problems(*BODY, 401, 404, 409, 503)


async def giver_of(visit: Visit, role: Role) -> Actor:
    """Who gives a role; whoever makes an owner confirms that it is them."""
    return await (fresh_actor(visit) if role is Role.OWNER else own_actor(visit))


async def take_invited(
    visit: Visit, asked: InvitedIn, locale: str
) -> tuple[Invitation, Admitted | Challenged]:
    """Check, hash, write and sign in; used by the API and by the page of an invitation."""
    requires_sign_up(visit.part(Switches))
    invitations = visit.part(Invitations)
    looked = await invitations.look(visit.part(Works), asked.token)
    registration = checked_registration(
        looked.invitation.email,
        asked.password,
        asked.first_name,
        asked.last_name,
        locale=locale,
        rules=visit.part(PasswordRules),
        with_test_domains=visit.part(IdentitySettings).with_test_domains,
    )
    password_hash = await visit.part(Passwords).hash(registration.password)
    invitation, user_id = await invitations.accept_as_new(
        await visit.work(), asked.token, registration, password_hash
    )
    proofs = proof(visit, Method.MAIL), proof(visit, Method.PASSWORD)
    return invitation, await enter(visit, user_id, *proofs)


@get(MEMBERS, guards=[in_project(MEMBERS_READ, by_key=True)], responses=SEEN)
async def list_members(visit: Visiting, project_id: FromPath[UUID]) -> MembersOut:
    """Everybody in the project, owners first."""
    async with visit.reading() as db:
        members = await store_members.members_of(db, project_id)
    return MembersOut(items=[MemberOut.of(one) for one in members])


@patch(MEMBERS + "/{user_id:uuid}", guards=[in_project(MEMBERS_CHANGE)], responses=CHANGED)
async def patch_member(
    visit: Visiting, project_id: FromPath[UUID], user_id: FromPath[UUID], data: JSONBody[RoleIn]
) -> MemberOut:
    """Change what a member is. An admin manages members and viewers, an owner everybody."""
    role = Role(data.role)
    actor = await giver_of(visit, role)
    work = await visit.work()
    member_id = UserId(user_id)
    await change_role(work, visit.part(Sessions), actor, project_id, member_id, role)
    member = await store_members.member_of(work.db, project_id, member_id)
    if member is None:
        raise no_such_member()
    return MemberOut.of(member)


@delete(MEMBERS + "/{user_id:uuid}", guards=[in_project(MEMBERS_CHANGE)], responses=SEEN)
async def delete_member(
    visit: Visiting, project_id: FromPath[UUID], user_id: FromPath[UUID]
) -> None:
    """Take a member out of the project."""
    actor, member_id = standing(visit).member, UserId(user_id)
    work = await visit.work()
    await remove_member(work, visit.part(Sessions), actor, project_id, member_id)


@delete(MEMBERS + "/me", guards=[in_project(PROJECT_LEAVE)], responses=SEEN)
async def leave(visit: Visiting, project_id: FromPath[UUID]) -> None:
    """Leave the project; its last owner gives it to somebody else first."""
    actor = standing(visit).member
    work = await visit.work()
    await remove_member(work, visit.part(Sessions), actor, project_id, actor.user_id)


@put(
    "/projects/{project_id:uuid}/owner",
    status_code=204,
    guards=[in_project(PROJECT_TRANSFER)],
    responses=CHANGED,
)
async def put_owner(visit: Visiting, project_id: FromPath[UUID], data: JSONBody[OwnerIn]) -> None:
    """Give the project to another member, and be an admin of it; both are told."""
    actor = await fresh_actor(visit)
    work = await visit.work()
    await transfer_ownership(work, visit.part(Sessions), actor, project_id, UserId(data.user_id))


@get(INVITATIONS, guards=[in_project(INVITATIONS_READ, by_key=True)], responses=SEEN)
async def list_invitations(visit: Visiting, project_id: FromPath[UUID]) -> InvitationsOut:
    """The invitations that nobody has answered, newest first."""
    async with visit.reading() as db:
        invitations = await store_invitations.invitations_of(db, project_id)
    return InvitationsOut(items=[InvitationOut.of(one) for one in invitations])


@post(
    INVITATIONS,
    guards=[in_project(INVITATIONS_SEND)],
    responses=problems(*BODY, 401, 404, 409, 429, 503),
)
async def post_invitation(
    visit: Visiting, project_id: FromPath[UUID], data: JSONBody[InvitationIn]
) -> InvitationOut:
    """Invite an address; the answer does not tell whether it has an account."""
    role = Role(data.role)
    actor = await giver_of(visit, role)
    invitation = await visit.part(Invitations).invite(
        await visit.work(), actor, project_id, data.email, role
    )
    return InvitationOut.of(invitation)


@post(
    INVITATIONS + "/{invitation_id:uuid}/resend",
    status_code=200,
    guards=[in_project(INVITATIONS_SEND)],
    responses=problems(400, 401, 403, 404, 409, 429, 503),
)
async def resend_invitation(
    visit: Visiting, project_id: FromPath[UUID], invitation_id: FromPath[UUID]
) -> InvitationOut:
    """Send a new link; the old one opens nothing any more."""
    actor = standing(visit).member
    invitation = await visit.part(Invitations).resend(
        await visit.work(), actor, project_id, invitation_id
    )
    return InvitationOut.of(invitation)


@delete(
    INVITATIONS + "/{invitation_id:uuid}", guards=[in_project(INVITATIONS_SEND)], responses=SEEN
)
async def delete_invitation(
    visit: Visiting, project_id: FromPath[UUID], invitation_id: FromPath[UUID]
) -> None:
    """Take an invitation back."""
    actor = standing(visit).member
    await visit.part(Invitations).revoke(await visit.work(), actor, project_id, invitation_id)


@post("/invitations/accept", status_code=200, responses=problems(*BODY, 401, 409, 503))
async def accept(visit: Visiting, data: JSONBody[TokenIn]) -> ProjectOut:
    """Join a project with the token of its mail, signed in with the address it was sent to."""
    actor = await own_actor(visit)
    work = await visit.work()
    invitation = await visit.part(Invitations).accept(work, actor, data.token)
    project = await store_projects.project_of(work.db, actor, invitation.project_id)
    if project is None:
        raise no_such_member()
    return ProjectOut.of(project)


@post(
    "/invitations/register",
    status_code=200,
    responses=problems(*BODY, 409, 503),
    opt=limit("verification", by="token"),
)
async def register_invited(
    visit: Visiting, data: JSONBody[InvitedIn], request: AnyRequest
) -> Response[SignedInOut]:
    """Make the account of an invited address and join; the token proves the address."""
    locale = best_of(accepted(request.headers.get("accept-language")))
    _, outcome = await take_invited(visit, data, locale)
    return signed_in(visit, outcome)


router = Router(
    path="/api/v1",
    route_handlers=[
        list_members,
        patch_member,
        delete_member,
        leave,
        put_owner,
        list_invitations,
        post_invitation,
        resend_invitation,
        delete_invitation,
        accept,
        register_invited,
    ],
    tags=["Members"],
)
