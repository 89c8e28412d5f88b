"""HTTP of flags for those who need no protocol: one's own, and the whole for local evaluation."""

from typing import Any

import msgspec
from litestar import Request, Router, get

from firstmile.kernel.access import UNLIMITED
from firstmile.kernel.asgi import header_of
from firstmile.kernel.openapi import problems
from firstmile.kernel.visit import Ready, Visiting, visit_of
from firstmile.release.answering import Answering
from firstmile.release.catalogue import Flags
from firstmile.release.ofrep import heard_of, tags_in
from firstmile.release.sdk_keys import SdkKeys, of_a_server
from firstmile.release.watching import context_of
from firstmile.targeting.snapshots import Contents


class OwnFlagOut(msgspec.Struct, rename="camel"):
    """What a flag comes to for who asks."""

    value: Any
    variant: str
    reason: str


class OwnFlagsOut(msgspec.Struct, rename="camel"):
    """Flags by their keys; what is not there is decided by the application's own default."""

    flags: dict[str, OwnFlagOut]
    revision: int


@get("/flags", responses=problems(401, 503))
async def get_own_flags(visit: Visiting) -> OwnFlagsOut:
    """The public flags of this service's own environment, for who is signed in."""
    actor = await visit.actor()
    flags = visit.part(Flags)
    outcomes = flags.evaluate_all(context_of(actor), public_only=True)
    return OwnFlagsOut(
        {
            one.key: OwnFlagOut(one.value, one.variant, one.reason)
            for one in outcomes
            if one.variant is not None
        },
        flags.snapshot().revision,
    )


@get(
    "/flags/configuration",
    opt=UNLIMITED,
    responses=problems(401, 403, 503, is_limited=False),
)
async def get_configuration(request: Request[Any, Any, Any]) -> Ready[Contents]:
    """All flags and segments of the environment of a server's SDK key, to evaluate them there.

    Answers 304 to a matching If-None-Match. `flagConfigEtag` from the event of a stream asks for
    what is at least as new.
    """
    visit = visit_of(request)
    key = of_a_server(visit.part(SdkKeys).brought_by(visit.scope))
    answering = visit.part(Answering)
    if visit.scope["query_string"]:
        await answering.catch_up(key, *heard_of(visit.scope["query_string"]))
    told = answering.whole(key)
    headers = [(b"etag", told.tag.encode()), (b"cache-control", b"private, no-cache")]
    if told.tag.strip('"') in tags_in(header_of(visit.scope, b"if-none-match")):
        return Ready(b"", headers, status=304)
    kind, length = (b"content-type", b"application/json"), b"%d" % len(told.body)
    return Ready(told.body, [*headers, kind, (b"content-length", length)])


router = Router(path="/api/v1", route_handlers=[get_own_flags, get_configuration], tags=["Flags"])
