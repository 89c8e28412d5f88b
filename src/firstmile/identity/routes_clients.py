"""HTTP of applications: their registration by staff, and what a person allows them."""

from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from firstmile.identity import store_clients as store
from firstmile.identity.applications import remove
from firstmile.identity.client_registry import Clients
from firstmile.identity.permissions import CLIENTS_MANAGE
from firstmile.identity.schemas_clients import (
    ApplicationOut,
    ApplicationsOut,
    ClientIn,
    ClientOut,
    ClientsOut,
    ClientWithSecretOut,
    SecretIn,
)
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.visit import Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import as_staff, fresh_actor, own_actor

GUARDS = [as_staff(CLIENTS_MANAGE)]
ONE = "/clients/{client_id:uuid}"


@get("/clients", guards=GUARDS, responses=problems(401, 403, 503))
async def list_clients(visit: Visiting) -> ClientsOut:
    """Every registered application, by name."""
    async with visit.reading() as db:
        found = await store.clients(db)
    return ClientsOut(items=[ClientOut.of(client) for client in found])


@post("/clients", guards=GUARDS, responses=problems(*BODY, 401, 503))
async def register_client(visit: Visiting, data: JSONBody[ClientIn]) -> ClientWithSecretOut:
    """Register an application. Its secret is shown this once."""
    actor = await fresh_actor(visit)
    client, secret = await visit.part(Clients).register(
        await visit.work(), data.registration(), staff_id=actor.user_id
    )
    return ClientWithSecretOut(client=ClientOut.of(client), client_secret=secret)


@put(ONE, guards=GUARDS, responses=problems(*BODY, 401, 404, 503))
async def change_client(
    visit: Visiting, client_id: FromPath[UUID], data: JSONBody[ClientIn]
) -> ClientOut:
    """Say all about an application anew; what it is and its secret stay."""
    actor = await fresh_actor(visit)
    client = await visit.part(Clients).change(
        await visit.work(), client_id, data.registration(), staff_id=actor.user_id
    )
    return ClientOut.of(client)


@post(
    f"{ONE}/secret", guards=GUARDS, status_code=200, responses=problems(*BODY, 401, 404, 409, 503)
)
async def renew_secret(
    visit: Visiting, client_id: FromPath[UUID], data: JSONBody[SecretIn]
) -> ClientWithSecretOut:
    """Another secret, shown this once. The former one counts for a day more, unless told not to."""
    actor = await fresh_actor(visit)
    client, secret = await visit.part(Clients).renew_secret(
        await visit.work(), client_id, staff_id=actor.user_id, at_once=data.at_once
    )
    return ClientWithSecretOut(client=ClientOut.of(client), client_secret=secret)


@post(f"{ONE}/disable", guards=GUARDS, status_code=200, responses=problems(400, 401, 403, 404, 503))
async def disable_client(visit: Visiting, client_id: FromPath[UUID]) -> ClientOut:
    """Close an application at once: nobody signs in to it, and its tokens open nothing."""
    actor = await fresh_actor(visit)
    client = await visit.part(Clients).close(await visit.work(), client_id, staff_id=actor.user_id)
    return ClientOut.of(client)


@post(f"{ONE}/enable", guards=GUARDS, status_code=200, responses=problems(400, 401, 403, 404, 503))
async def enable_client(visit: Visiting, client_id: FromPath[UUID]) -> ClientOut:
    """Let a closed application go on where it was."""
    actor = await fresh_actor(visit)
    client = await visit.part(Clients).open(await visit.work(), client_id, staff_id=actor.user_id)
    return ClientOut.of(client)


@get("/account/applications", responses=problems(401, 503))
async def list_applications(visit: Visiting) -> ApplicationsOut:
    """The applications one allows something or is signed in to, by name."""
    actor = await visit.actor()
    async with visit.reading() as db:
        found = await store.used_clients(db, actor.user_id, visit.part(Works).clock())
    return ApplicationsOut(items=[ApplicationOut.of(used) for used in found])


@delete(
    "/account/applications/{client_id:uuid}",
    status_code=204,
    responses=problems(400, 401, 403, 404, 503),
)
async def remove_application(visit: Visiting, client_id: FromPath[UUID]) -> None:
    """Take back all an application was allowed; it is signed out at once."""
    actor = await own_actor(visit)
    await remove(await visit.work(), actor, client_id)


admin_router = Router(
    path="/api/v1/admin",
    route_handlers=[
        list_clients,
        register_client,
        change_client,
        renew_secret,
        disable_client,
        enable_client,
    ],
    tags=["OpenID provider"],
)
router = Router(
    path="/api/v1",
    route_handlers=[list_applications, remove_application],
    tags=["OpenID provider"],
)
