"""HTTP of the accounts at other services that are connected to one's own."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from firstmile.identity import store_social
from firstmile.identity.arriving import connect_own
from firstmile.identity.connections import disconnect
from firstmile.identity.departures import Errand
from firstmile.identity.providers import Providers
from firstmile.identity.routes_social import arrive, introduced_by, leave
from firstmile.identity.schemas_social import (
    CameBackIn,
    ConnectionOut,
    ConnectionsOut,
    LinkIn,
    SetOutIn,
    SetOutOut,
)
from firstmile.identity.sessions import Sessions
from firstmile.identity.social import Social
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.visit import Visit, Visiting
from firstmile.protect.guards import fresh_actor


@get("/connections", responses=problems(401, 503))
async def list_connections(visit: Visiting) -> ConnectionsOut:
    """The accounts at other services that open one's own."""
    return await _connections(visit)


@post("/connections", responses=problems(*BODY, 401, 409, 503))
async def link(visit: Visiting, data: JSONBody[LinkIn]) -> ConnectionsOut:
    """Connect the account that `link_required` was about; needs a fresh credential."""
    actor = await fresh_actor(visit)
    introduction = introduced_by(visit, data.link_token)
    await visit.part(Social).accept(await visit.work(), actor.user_id, introduction)
    return await _connections(visit)


@post(
    "/connections/{provider:str}/start", status_code=200, responses=problems(*BODY, 401, 404, 503)
)
async def start_connecting(
    visit: Visiting, provider: FromPath[str], data: JSONBody[SetOutIn]
) -> SetOutOut:
    """Begin to connect another service; needs a fresh credential."""
    return await leave(visit, provider, data, Errand.CONNECT)


@post("/connections/{provider:str}/finish", responses=problems(*BODY, 401, 404, 409, 503))
async def finish_connecting(
    visit: Visiting, provider: FromPath[str], data: JSONBody[CameBackIn]
) -> ConnectionsOut:
    """Connect it, with what it returned."""
    departure, identity = await arrive(visit, provider, data, Errand.CONNECT)
    await connect_own(visit, departure, identity)
    return await _connections(visit)


@delete("/connections/{connection_id:uuid}", responses=problems(400, 401, 403, 404, 409, 503))
async def remove(visit: Visiting, connection_id: FromPath[UUID]) -> None:
    """Disconnect a service; needs a fresh credential. The other sessions end."""
    actor = await fresh_actor(visit)
    await disconnect(
        await visit.work(),
        visit.part(Sessions),
        visit.part(Providers),
        actor,
        connection_id,
    )


async def _connections(visit: Visit) -> ConnectionsOut:
    actor, providers = await visit.actor(), visit.part(Providers)
    async with visit.reading() as db:
        found = await store_social.connections_of(db, actor.user_id)
    return ConnectionsOut(items=[ConnectionOut.of(one, providers) for one in found])


router = Router(
    path="/api/v1/account",
    route_handlers=[list_connections, link, start_connecting, finish_connecting, remove],
    tags=["Other services"],
)
