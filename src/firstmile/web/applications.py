"""The applications one signs in to, as a part of the page of connected accounts."""

from typing import Any
from uuid import UUID

from litestar import Router, post
from litestar.params import FromPath
from litestar.response import Redirect

from firstmile.identity import store_clients
from firstmile.identity.applications import remove
from firstmile.identity.clients import Scope
from firstmile.kernel.languages import N_
from firstmile.kernel.refusals import Unauthenticated
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.guards import own_actor
from firstmile.web.consent import place_of
from firstmile.web.forms import see
from firstmile.web.moments import ago, on
from firstmile.web.rendering import language_of, person_of


async def applications_of(visit: Visit) -> list[dict[str, Any]]:
    """The words of `applications.html`: each application and what it may know."""
    user, now = await person_of(visit), visit.part(Works).clock()
    if user is None:
        raise Unauthenticated(N_("Sign in to continue."))
    async with visit.reading() as db:
        used = await store_clients.used_clients(db, user.id, now)
    language = language_of(visit.scope, user)
    return [
        {
            "id": str(one.client.id),
            "name": one.client.name,
            "place": place_of(one.client.home_url or one.client.redirect_uris[0]),
            "scopes": [scope for scope in Scope if scope in one.scopes],
            "usedAt": one.last_used_at.isoformat(),
            "usedOn": on(one.last_used_at, language, user.time_zone),
            "used": ago(one.last_used_at, now, language),
        }
        for one in used
    ]


@post("/account/applications/{client_id:uuid}/remove")
async def remove_application(visit: Visiting, client_id: FromPath[UUID]) -> Redirect:
    """Take back all it was allowed."""
    actor = await own_actor(visit)
    await remove(await visit.work(), actor, client_id)
    return see("/account/connections?notice=application-removed")


router = Router(path="/", route_handlers=[remove_application], include_in_schema=False)
