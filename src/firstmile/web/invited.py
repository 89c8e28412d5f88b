"""The page behind the link of an invitation."""

from typing import Any
from urllib.parse import urlencode

from litestar import Router, get, post
from litestar.params import FromQuery

from firstmile.identity.invitations import Invitations, Looked
from firstmile.identity.models import User, key_of
from firstmile.identity.routes_members import take_invited
from firstmile.identity.schemas_projects import InvitedIn
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Conflict, Malformed, Refusal
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import own_actor
from firstmile.protect.limits import limit
from firstmile.protect.switches import Area, Switches
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.project_frame import Page
from firstmile.web.rendering import Pages, language_of, mistakes, person_of
from firstmile.web.visitor import entered

TEMPLATE = "invitation.html"


@get("/accept-invitation")
async def invitation_page(visit: Visiting, token: FromQuery[str] = "") -> Page:
    """Who asks whom to join what; opening the link alone changes nothing."""
    return await _page(visit, token)


@post("/accept-invitation")
async def accept(visit: Visiting, request: AnyRequest) -> Page:
    """Join, as who is signed in."""
    form = await fields_of(request)
    token = form.get("token", "")
    actor = await own_actor(visit)
    invitations = visit.part(Invitations)
    try:
        invitation = await invitations.accept(await visit.work(), actor, token)
    except Refusal as refusal:
        joined = await invitations.joined_with(visit.part(Works), actor, token)
        if joined is not None:  # the button was pressed twice
            return see(f"/projects/{joined}?notice=joined")
        return await _page(visit, token, refusal)
    return see(f"/projects/{invitation.project_id}?notice=joined")


@post("/accept-invitation/new", opt=limit("verification", by="token"))
async def accept_as_new(visit: Visiting, request: AnyRequest) -> Page:
    """Make the account, join, and be signed in."""
    form = await fields_of(request)
    token = form.get("token", "")
    asked = InvitedIn(
        token=token,
        password=form.get("password", ""),
        first_name=form.get("firstName", ""),
        last_name=form.get("lastName", ""),
    )
    try:
        invitation, outcome = await take_invited(visit, asked, language_of(visit.scope))
    except Refusal as refusal:
        kept = {name: value for name, value in form.items() if name != "password"}
        return await _page(visit, token, refusal, form=kept)
    return entered(visit, outcome, f"/projects/{invitation.project_id}?notice=joined")


async def _page(visit: Visit, token: str, refusal: Refusal | None = None, **words: Any) -> Page:
    """The invitation as this visitor may take it up, or that it opens nothing any more."""
    person = await person_of(visit)
    pages = visit.part(Pages)
    try:
        looked = await visit.part(Invitations).look(visit.part(Works), token)
    except Malformed as closed:
        return await pages.page(visit, TEMPLATE, status=status_of(closed), state="closed")
    if refusal is not None and not isinstance(refusal, Conflict):
        words["errors"] = mistakes(refusal, language_of(visit.scope, person))
    return await pages.page(
        visit,
        TEMPLATE,
        status=200 if refusal is None else status_of(refusal),
        state=_state(visit, looked, person),
        invitation=looked.invitation,
        token=token,
        next_page=urlencode({"next": f"/accept-invitation?{urlencode({'token': token})}"}),
        **words,
    )


def _state(visit: Visit, looked: Looked, person: User | None) -> str:
    if person is None and not looked.has_account:
        return "later" if visit.part(Switches).is_off(Area.SIGN_UP) else "new"
    if person is None:
        return "sign-in"
    is_theirs = key_of(person.email) == key_of(looked.invitation.email)
    return "ready" if is_theirs else "other"


router = Router(
    path="/",
    route_handlers=[invitation_page, accept, accept_as_new],
    include_in_schema=False,
)
