"""HTTP of what the customer's server says of people: attributes, events and verdicts."""

from datetime import datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

import msgspec
from litestar import Request, Router, post, put
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from firstmile.kernel.asgi import Scope
from firstmile.kernel.ids import UserId
from firstmile.kernel.languages import DEFAULT
from firstmile.kernel.openapi import BODY, problems
from firstmile.kernel.visit import Visit, Visiting, visit_of, visiting
from firstmile.kernel.work import Works
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.schemas import FaultOut, StepOut, Wire
from firstmile.onboarding.settings import OnboardingSettings
from firstmile.onboarding.signatures import SIGNATURE, checked
from firstmile.onboarding.verification.counting import Uncounted, count_events
from firstmile.onboarding.verification.heard import bind_message
from firstmile.onboarding.verification.hearing import hear_verdict, note_attributes
from firstmile.onboarding.verification.judging import Judgement, Said
from firstmile.onboarding.verifying import Fault, Happened
from firstmile.protect.limits import limit_only
from firstmile.protect.servers import by_server

MESSAGE = "firstmile.message"
OPT = limit_only("applications", by="network")

Name = Annotated[str, Meta(min_length=1, max_length=100)]
Faults = Annotated[list[FaultOut], Meta(max_length=20)]
Text = Annotated[str, Meta(max_length=500)]


class AttributesIn(Wire):
    """All that is said of a person; what was said before is forgotten."""

    attributes: dict[str, Any]


class EventIn(Wire):
    """Something a person did in your product; `at` is now when left out.

    It counts once, by its `id`, which is unique among all that your servers send.
    It counts for the person, and for the `project` it happened in, or the one they joined first.
    """

    id: Annotated[str, Meta(min_length=1, max_length=200)]
    user_id: UUID
    name: Name
    at: datetime | None = None
    project: UUID | None = None


class EventsIn(Wire):
    """A batch of events."""

    events: Annotated[list[EventIn], Meta(max_length=500)]


class RefusedEventOut(Wire):
    """An event that names a project which its person is not in; it was not counted."""

    id: str
    user_id: UUID
    project: UUID
    error: Literal["not_found"] = "not_found"


class EventsOut(Wire):
    """The people of the batch whom we do not know, and the events that were refused; all others
    are counted.
    """

    unknown: list[UUID]
    refused: list[RefusedEventOut]

    @classmethod
    def of(cls, left_out: Uncounted) -> "EventsOut":
        """What was left out of a batch."""
        refused = [
            RefusedEventOut(id=one.id, user_id=one.user_id, project=one.project_id)
            for one in left_out.refused
            if one.project_id is not None
        ]
        return cls(unknown=list(left_out.unknown), refused=refused)


class VerdictIn(Wire):
    """What you found of a person's step; `reason` is read by the person.

    A step of a project is that of `project`, or of the one the person joined first. With it, the
    person may have left since they asked.
    """

    user_id: UUID
    verdict: Literal["done", "failed", "reopened"]
    errors: Faults = msgspec.field(default_factory=list)
    reason: Text = ""
    project: UUID | None = None


class VerdictOut(Wire):
    """The step after it."""

    step: StepOut


async def by_server_or_signature(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    """A guard: a key of a server, or a signature over the very bytes of the body."""
    if SIGNATURE not in connection.headers:
        await by_server(connection, handler)
        return
    visit = visiting(cast(Scope, connection.scope))
    body = await cast("Request[Any, Any, Any]", connection).body()
    visit.scope[MESSAGE] = checked(
        visit.part(OnboardingSettings).verdict_secrets,
        connection.headers,
        body,
        visit.part(Works).clock(),
    )


@put(
    "/people/{user_id:uuid}/attributes",
    guards=[by_server],
    opt=OPT,
    status_code=204,
    responses=problems(*BODY, 401, 404, 503),
)
async def put_attributes(
    visit: Visiting, user_id: FromPath[UUID], data: JSONBody[AttributesIn]
) -> None:
    """Say what you know of a person, such as their plan; conditions of steps ask it.

    Takes an SDK key of a server.
    """
    await note_attributes(
        await visit.work(), visit.part(Catalogue), UserId(user_id), data.attributes
    )


@post(
    "/events",
    guards=[by_server],
    opt=OPT,
    status_code=200,
    responses=problems(*BODY, 401, 503),
)
async def post_events(visit: Visiting, data: JSONBody[EventsIn]) -> EventsOut:
    """Say what people did; steps that are verified by events count them, each once by its id.

    Steps of a project count those of all its members together.

    Takes an SDK key of a server.
    """
    work = await visit.work()
    batch = [
        Happened(UserId(one.user_id), one.id, one.name, one.at or work.now, one.project)
        for one in data.events
    ]
    return EventsOut.of(await count_events(work, visit.part(Catalogue), batch))


@post(
    "/steps/{key:str}/verdicts",
    guards=[by_server_or_signature],
    opt=OPT,
    status_code=200,
    responses=problems(*BODY, 401, 404, 409, 503),
)
async def post_verdict(
    request: Request[Any, Any, Any], key: FromPath[str], data: JSONBody[VerdictIn]
) -> VerdictOut:
    """Say whether a person's step is done, or that it is to be done again.

    Signed as Standard Webhooks has it, or with an SDK key of a server. The same message again
    changes nothing; for another step, or with another body, it is refused (`message_used`).
    """
    visit: Visit = visit_of(request)
    message: str | None = visit.scope.get(MESSAGE)
    if message is not None:
        await bind_message(visit.part(Works), message, key, await request.body())
    errors = tuple(Fault(one.code, one.message) for one in data.errors)
    journey = await hear_verdict(
        await visit.work(),
        visit.part(Catalogue),
        UserId(data.user_id),
        key,
        Judgement(Said(data.verdict), errors, data.reason),
        message=message,
        project_id=data.project,
    )
    return VerdictOut(step=StepOut.of(journey, journey.defined(key), DEFAULT))


router = Router(
    path="/api/v1/onboarding",
    route_handlers=[put_attributes, post_events, post_verdict],
    tags=["Onboarding"],
)
