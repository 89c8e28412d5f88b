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
from firstmile.onboarding.judging import Judgement, Said
from firstmile.onboarding.schemas import FaultOut, StepOut, Wire
from firstmile.onboarding.settings import OnboardingSettings
from firstmile.onboarding.signatures import SIGNATURE, checked
from firstmile.onboarding.verification import (
    Happened,
    count_events,
    hear_verdict,
    note_attributes,
)
from firstmile.onboarding.verifying import Fault
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
    """Something a person did in your product; `at` is now when left out."""

    id: Annotated[str, Meta(min_length=1, max_length=200)]
    user_id: UUID
    name: Name
    at: datetime | None = None


class EventsIn(Wire):
    """A batch of events."""

    events: Annotated[list[EventIn], Meta(max_length=500)]


class EventsOut(Wire):
    """The people of the batch whom we do not know; the events of all others are counted."""

    unknown: list[UUID]


class VerdictIn(Wire):
    """What you found of a person's step; `reason` is read by the person.

    A step of a project is that of `project`, or of the one the person joined first.
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

    Takes an SDK key of a server.
    """
    work = await visit.work()
    batch = [
        Happened(UserId(one.user_id), one.id, one.name, one.at or work.now) for one in data.events
    ]
    unknown = await count_events(work, visit.part(Catalogue), batch)
    return EventsOut(unknown=list(unknown))


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
    changes nothing.
    """
    visit: Visit = visit_of(request)
    errors = tuple(Fault(one.code, one.message) for one in data.errors)
    journey = await hear_verdict(
        await visit.work(),
        visit.part(Catalogue),
        UserId(data.user_id),
        key,
        Judgement(Said(data.verdict), errors, data.reason),
        message=visit.scope.get(MESSAGE),
        project_id=data.project,
    )
    return VerdictOut(step=StepOut.of(journey, journey.step(key), DEFAULT))


router = Router(
    path="/api/v1/onboarding",
    route_handlers=[put_attributes, post_events, post_verdict],
    tags=["Onboarding"],
)
