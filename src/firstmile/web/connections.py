"""The pages of connected accounts: the list, an offer to connect one, and disconnecting."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from firstmile.identity import store_social
from firstmile.identity.connections import disconnect
from firstmile.identity.linking import has_another_way
from firstmile.identity.models import User
from firstmile.identity.providers import Providers
from firstmile.identity.sessions import Sessions
from firstmile.identity.social import Social
from firstmile.identity.store_social import Connection
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Conflict, Malformed, NotFound, Unauthenticated
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import fresh_actor
from firstmile.web.applications import applications_of
from firstmile.web.confirm import confirm_first
from firstmile.web.forms import AnyRequest, fields_of, inside, see
from firstmile.web.introduced import OFFER, by_way_of_the_offer, forget, introduction_of
from firstmile.web.moments import ago, day
from firstmile.web.rendering import Pages, language_of, person_of

Page = Response[str] | Redirect

PATH = "/account/connections"


@get(PATH)
async def connections_page(visit: Visiting) -> Page:
    """What opens one's account, and what more could."""
    user, providers = await _person(visit), visit.part(Providers)
    async with visit.reading() as db:
        found = await store_social.connections_of(db, user.id)
        has_passkey = await store_social.has_passkey(db, user.id)
    offered = [one.key for one in providers]
    connections = [
        {
            **_told(visit, one, user),
            "isLastWay": not has_another_way(
                user,
                has_passkey=has_passkey,
                others=[other.provider for other in found if other.id != one.id],
                offered=offered,
            ),
        }
        for one in found
    ]
    connected = {one.provider for one in found}
    services = [
        {"key": one.key, "name": one.name, "isConnected": one.key in connected} for one in providers
    ]
    return await visit.part(Pages).page(
        visit,
        "connections.html",
        connections=connections,
        services=services,
        applications=await applications_of(visit),
    )


@post(f"{PATH}/{{connection_id:uuid}}/disconnect")
async def disconnect_form(visit: Visiting, connection_id: FromPath[UUID]) -> Page:
    """Disconnect one, after a credential was shown."""
    if page := await confirm_first(visit, PATH):
        return page
    sessions, providers = visit.part(Sessions), visit.part(Providers)
    try:
        actor = await fresh_actor(visit)
        await disconnect(await visit.work(), sessions, providers, actor, connection_id)
    except NotFound:  # a second press of the button
        return see(PATH)
    except Conflict:
        return see(f"{PATH}?notice=last-credential")
    return see(f"{PATH}?notice=disconnected")


@get(OFFER)
async def offer_page(visit: Visiting, next: FromQuery[str] = "") -> Page:  # noqa: A002
    """Ask whether to connect what this browser was introduced with."""
    user, goal, introduction = await _person(visit), inside(next, PATH), introduction_of(visit)
    if introduction is None or not introduction.is_for(user):
        return see(goal, forget(visit))
    identity = introduction.identity
    name = visit.part(Providers).name_of(identity.provider)
    return await visit.part(Pages).page(
        visit,
        "connection_offer.html",
        offer={"key": identity.provider, "name": name},
        label=identity.label or name,
        email=user.email,
        next=goal,
    )


@post(OFFER)
async def accept(visit: Visiting, request: AnyRequest) -> Page:
    """Connect it, after a credential was shown."""
    goal = inside((await fields_of(request)).get("next"), PATH)
    if page := await confirm_first(visit, by_way_of_the_offer(visit, goal)):
        return page
    introduction = introduction_of(visit)
    if introduction is None:
        return see(f"{PATH}?notice=sign-in-expired")
    actor = await fresh_actor(visit)
    try:
        await visit.part(Social).accept(await visit.work(), actor.user_id, introduction)
    except (Conflict, Malformed) as refusal:
        return see(f"{PATH}?notice={refusal.error.replace('_', '-')}", forget(visit))
    mark = "&" if "?" in goal else "?"
    return see(f"{goal}{mark}notice=connected", forget(visit))


@post(f"{OFFER}/decline")
async def decline(visit: Visiting, request: AnyRequest) -> Page:
    """Forget it."""
    return see(inside((await fields_of(request)).get("next"), PATH), forget(visit))


def _told(visit: Visit, one: Connection, user: User) -> dict[str, Any]:
    """A connection as templates know it."""
    language, now = language_of(visit.scope, user), visit.part(Works).clock()
    providers = visit.part(Providers)
    return {
        "id": one.id,
        "key": one.provider,
        "name": providers.name_of(one.provider),
        "label": one.label,
        "since": day(one.connected_at, language, user.time_zone),
        "used": ago(one.last_used_at, now, language) if one.last_used_at else None,
        "isOffered": one.provider in {provider.key for provider in providers},
    }


async def _person(visit: Visit) -> User:
    user = await person_of(visit)
    if user is None:
        raise Unauthenticated(N_("Sign in to continue."))
    return user


router = Router(
    path="/",
    route_handlers=[connections_page, disconnect_form, offer_page, accept, decline],
    include_in_schema=False,
)
