"""The pages of one's address: changing it, confirming the new one, taking the change back."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromQuery
from litestar.response import Redirect

from firstmile.identity import store_account
from firstmile.identity.address_changes import AddressChanges
from firstmile.identity.cookies import Cookies
from firstmile.kernel.problems import status_of
from firstmile.kernel.refusals import Conflict, Malformed, Refusal
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import own_actor
from firstmile.protect.limits import limit
from firstmile.web.confirm import confirm_first
from firstmile.web.forms import AnyRequest, address_cookie, fields_of, see
from firstmile.web.moments import on
from firstmile.web.rendering import Pages, language_of, mistakes, person_of

Page = Response[str] | Redirect

PATH = "/account/address"
CHANGE = f"{PATH}/change"


@get(PATH)
async def address_page(visit: Visiting) -> Page:
    """The address one has, and the one that waits to be confirmed."""
    actor, now = await visit.actor(), visit.part(Works).clock()
    async with visit.reading() as db:
        change = await store_account.open_change(db, actor.user_id, now)
    pending = None
    if change is not None:
        person = await person_of(visit)
        language, zone = language_of(visit.scope, person), person.time_zone if person else None
        pending = {"email": change.new_email, "until": on(change.confirm_until, language, zone)}
    return await visit.part(Pages).page(visit, "account_address.html", pending=pending)


@get(CHANGE)
async def change_page(visit: Visiting) -> Page:
    """The form for another one."""
    return await confirm_first(visit, CHANGE) or await _form(visit)


@post(CHANGE, opt=limit("mail"))
async def change(visit: Visiting, request: AnyRequest) -> Page:
    """Ask for another one; both are written to."""
    if first := await confirm_first(visit, CHANGE):
        return first
    actor, form = await visit.actor(), await fields_of(request)
    changes = visit.part(AddressChanges)
    try:
        await changes.ask(await visit.work(), actor.user_id, form.get("email", ""))
    except Refusal as refusal:
        errors = mistakes(refusal, language_of(visit.scope, await person_of(visit)))
        return await _form(visit, status=status_of(refusal), form=form, errors=errors)
    return see(f"{PATH}?notice=address-asked")


@post(f"{PATH}/cancel")
async def cancel(visit: Visiting) -> Page:
    """Leave it as it is."""
    actor = await own_actor(visit)
    await visit.part(AddressChanges).cancel(await visit.work(), actor.user_id)
    return see(f"{PATH}?notice=address-cancelled")


@get("/confirm-email")
async def confirm_page(visit: Visiting, token: FromQuery[str] = "") -> Page:
    """The button that makes the new address count; opening the link alone changes nothing."""
    found = await visit.part(AddressChanges).to_confirm(visit.part(Works), token)
    if found is None:
        return await _link(visit, "confirm_email.html", "invalid")
    return await _link(visit, "confirm_email.html", "ready", token=token, email=found.new_email)


@post("/confirm-email", opt=limit("verification", by="token"))
async def confirm(visit: Visiting, request: AnyRequest) -> Page:
    """Make it count."""
    token = (await fields_of(request)).get("token", "")
    try:
        done = await visit.part(AddressChanges).confirm(await visit.work(), token)
    except (Malformed, Conflict) as refusal:
        return await _link(visit, "confirm_email.html", _state(refusal))
    visitor = await visit.visitor()
    is_theirs = visitor is not None and visitor.user_id == done.user_id
    goal = PATH if is_theirs else "/sign-in"
    cookie = address_cookie(done.new_email, visit.part(Cookies))
    return see(f"{goal}?notice=address-changed", cookie)


@get("/revert-email")
async def revert_page(visit: Visiting, token: FromQuery[str] = "") -> Page:
    """What taking the change back does, and the button for it."""
    found = await visit.part(AddressChanges).to_revert(visit.part(Works), token)
    if found is None:
        return await _link(visit, "revert_email.html", "invalid")
    return await _link(
        visit,
        "revert_email.html",
        "ready",
        token=token,
        old_email=found.old_email,
        new_email=found.new_email,
    )


@post("/revert-email", opt=limit("verification", by="token"))
async def revert(visit: Visiting, request: AnyRequest) -> Page:
    """Take it back, and choose a new password at once."""
    token = (await fields_of(request)).get("token", "")
    try:
        ticket = await visit.part(AddressChanges).revert(await visit.work(), token)
    except (Malformed, Conflict) as refusal:
        return await _link(visit, "revert_email.html", _state(refusal))
    ended = visit.part(Cookies).end()
    return see(f"/reset-password?notice=address-reverted&token={ticket}", *ended)


async def _form(visit: Visit, *, status: int = 200, **words: Any) -> Page:
    pages = visit.part(Pages)
    return await pages.page(visit, "account_address_change.html", status=status, **words)


def _state(refusal: Refusal) -> str:
    return "taken" if isinstance(refusal, Conflict) else "invalid"


async def _link(visit: Visit, template: str, state: str, **words: str) -> Page:
    status = {"ready": 200, "taken": 409, "invalid": 400}[state]
    return await visit.part(Pages).page(visit, template, status=status, state=state, **words)


router = Router(
    path="/",
    route_handlers=[
        address_page,
        change_page,
        change,
        cancel,
        confirm_page,
        confirm,
        revert_page,
        revert,
    ],
    include_in_schema=False,
)
