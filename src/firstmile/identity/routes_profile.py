"""HTTP of one's own profile."""

import msgspec
from litestar import Router, patch
from litestar.params import JSONBody

from firstmile.identity.profiles import change_profile, checked_profile
from firstmile.identity.schemas import Me, ProfileIn, UserOut
from firstmile.identity.sessions import Sessions
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.visit import Visiting


@patch("/profile", responses=problems(*BODY, 401, 503))
async def patch_profile(visit: Visiting, data: JSONBody[ProfileIn]) -> Me:
    """Change one's own profile; what is left out stays as it is."""
    actor = await visit.actor()
    changes = checked_profile(msgspec.structs.asdict(data))
    work = await visit.work()
    user = await change_profile(work, visit.part(Sessions), actor, changes)
    return Me(user=UserOut.of(user, sorted(actor.roles)))


router = Router(
    path="/api/v1",
    route_handlers=[patch_profile],
    tags=["Profile"],
)
