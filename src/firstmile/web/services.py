"""The other services that can show on a page that somebody is who they are."""

from firstmile.identity import store_social
from firstmile.identity.policy import Demands
from firstmile.identity.providers import Providers
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.kernel.visit import Visit


async def confirming_services(
    visit: Visit, db: Connection, user_id: UserId, demands: Demands
) -> list[dict[str, str]]:
    """The connected ones that can ask for a credential anew; none beside a second factor."""
    if demands.second_factors:
        return []
    connected = {one.provider for one in await store_social.connections_of(db, user_id)}
    return [
        {"key": one.key, "name": one.name}
        for one in visit.part(Providers)
        if one.can_step_up and one.key in connected
    ]
