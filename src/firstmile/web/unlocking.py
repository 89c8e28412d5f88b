"""The page behind the link that opens a locked address."""

from litestar import Response, Router, get, post
from litestar.params import FromQuery
from litestar.response import Redirect

from firstmile.identity.unlocking import Unlocking
from firstmile.kernel.refusals import Malformed
from firstmile.kernel.visit import Visit, Visiting
from firstmile.kernel.work import Works
from firstmile.protect.limits import limit
from firstmile.web.forms import AnyRequest, fields_of, see
from firstmile.web.rendering import Pages

Page = Response[str] | Redirect


@get("/unlock")
async def unlock_page(visit: Visiting, token: FromQuery[str] = "") -> Page:
    """The button that opens an address; following the link alone changes nothing."""
    if not await visit.part(Unlocking).is_open(visit.part(Works), token):
        return await _too_late(visit)
    return await visit.part(Pages).page(visit, "unlock.html", state="ready", token=token)


@post("/unlock", opt=limit("verification", by="token"))
async def unlock(visit: Visiting, request: AnyRequest) -> Page:
    """Open it, then sign in."""
    token = (await fields_of(request)).get("token", "")
    try:
        await visit.part(Unlocking).unlock(await visit.work(), token)
    except Malformed:
        return await _too_late(visit)
    return see("/sign-in?notice=unlocked")


async def _too_late(visit: Visit) -> Page:
    return await visit.part(Pages).page(visit, "unlock.html", status=400, state="invalid", token="")


router = Router(path="/", route_handlers=[unlock_page, unlock], include_in_schema=False)
