"""HTTP of OFREP 0.3 (OpenFeature Remote Evaluation Protocol), for SDKs with an SDK key."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema

from firstmile.kernel.access import UNLIMITED
from firstmile.kernel.asgi import BODY, Receive, Scope, Send, header_of
from firstmile.kernel.visit import Flow, Ready, Visit, visit_of
from firstmile.protect.limiting import Callers, count_holder
from firstmile.release.answering import Answering
from firstmile.release.models import SdkKey
from firstmile.release.ofrep import context_of, heard_of, tags_in
from firstmile.release.schemas_ofrep import OfrepFailure, OfrepFlagOut, OfrepFlagsOut
from firstmile.release.sdk_keys import SdkKeys
from firstmile.release.stream_tokens import StreamTokens
from firstmile.release.streams import Streams

FLAGS = "/ofrep/v1/evaluate/flags"
JSON = (b"content-type", b"application/json")
Asked = Request[Any, Any, Any]


@dataclass
class Asks(Operation):
    """A question whose body is read by the route itself."""

    def __post_init__(self) -> None:
        context = Schema(
            type=OpenAPIType.OBJECT, description="Any attributes, `targetingKey` among them."
        )
        asked = Schema(type=OpenAPIType.OBJECT, properties={"context": context})
        self.request_body = RequestBody(
            content={"application/json": OpenAPIMediaType(schema=asked)}, required=True
        )


def failures(*statuses: int) -> dict[int, ResponseSpec]:
    """The `responses` of a route that fails in the words of OFREP."""
    return {
        status: ResponseSpec(OfrepFailure, generate_examples=False, description="Why not.")
        for status in statuses
    }


@post(
    f"{FLAGS}/{{key:str}}",
    status_code=200,
    opt=UNLIMITED,
    operation_class=Asks,
    responses=failures(400, 401, 404, 413, 429, 500),
)
async def evaluate_flag(request: Asked) -> Ready[OfrepFlagOut]:
    """What one flag comes to for a context."""
    return await answer_one(visit_of(request), request.path_params["key"])


@post(
    FLAGS,
    status_code=200,
    opt=UNLIMITED,
    operation_class=Asks,
    responses=failures(400, 401, 413, 429, 500),
)
async def evaluate_flags(request: Asked) -> Ready[OfrepFlagsOut]:
    """What every flag comes to for a context. Answers 304 to a matching If-None-Match.

    A key for browsers is told of public flags alone. The queries `flagConfigEtag` and
    `flagConfigLastModified`, from the event of a stream, ask for flags at least as new.
    """
    return await answer_all(visit_of(request))


@get(
    "/ofrep/v1/stream",
    opt=UNLIMITED,
    media_type="text/event-stream",
    responses=failures(401, 429, 503),
)
async def stream(request: Asked) -> Response[str]:
    """Events that tell when to ask again (Server-Sent Events); `token` is of a bulk answer.

    Whoever can send headers may bring an SDK key instead.
    """
    visit = visit_of(request)
    token = request.query_params.get("token")
    if token is None:
        key = await _holder(visit)
    else:
        key = visit.part(StreamTokens).opened(token)
        await _count(visit, key)
    seen = header_of(visit.scope, b"last-event-id")
    streams = visit.part(Streams)
    network = visit.part(Callers).network(visit.scope)
    streams.check_room(key, network)

    async def flow(_: Scope, receive: Receive, send: Send) -> None:
        await streams.serve(key, seen, network, receive, send)

    return Flow(flow)


async def answer_one(visit: Visit, flag: str) -> Ready[OfrepFlagOut]:
    """The answer for one flag."""
    key = await _holder(visit)
    context = context_of(visit.scope[BODY])
    status, body = visit.part(Answering).one(key, flag, context)
    return Ready(body, [JSON, (b"content-length", b"%d" % len(body))], status=status)


async def answer_all(visit: Visit) -> Ready[OfrepFlagsOut]:
    """The answer for every flag the key sees."""
    key = await _holder(visit)
    context = context_of(visit.scope[BODY])
    answering = visit.part(Answering)
    if visit.scope["query_string"]:
        await answering.catch_up(key, *heard_of(visit.scope["query_string"]))
    told = answering.every(key, context)
    tag = (b"etag", told.tag.encode())
    if told.tag.strip('"') in tags_in(header_of(visit.scope, b"if-none-match")):
        return Ready(b"", [tag], status=304)
    return Ready(told.body, [JSON, tag, (b"content-length", b"%d" % len(told.body))])


async def _holder(visit: Visit) -> SdkKey:
    """The key that asks. A server's is its operator's own; of a public one each use is counted."""
    key = visit.part(SdkKeys).brought_by(visit.scope)
    await _count(visit, key)
    return key


async def _count(visit: Visit, key: SdkKey) -> None:
    if key.sees_public_only:
        await count_holder(visit.scope, "flags", key.label)


router = Router(path="/", route_handlers=[evaluate_flag, evaluate_flags, stream], tags=["OFREP"])
