"""HTTP of embeds: the state of whoever looks at a page, and a stream that tells of its changes."""

from hashlib import blake2b
from typing import Annotated, Any

from litestar import Request, Response, Router, get
from litestar.params import QueryParameter

from firstmile.identity.authenticate import Authenticator
from firstmile.kernel.asgi import Receive, Scope, Send, header_of
from firstmile.kernel.openapi import problems
from firstmile.kernel.refusals import TooMany, Unavailable
from firstmile.kernel.visit import Flow, Ready, Visit, visit_of
from firstmile.observe.metrics import Metrics
from firstmile.onboarding.routes import InProject, is_known
from firstmile.protect.limiting import Callers
from firstmile.protect.limits import limit_only
from firstmile.protect.personal_streams import PersonalStreams
from firstmile.web.embedded_state import asked_by, asking, environment_of, written_state
from firstmile.web.schemas_embedded import StateOut

Route = Annotated[
    str,
    QueryParameter(
        max_length=2000,
        description="The path of the page that is shown; Firstmile’s own say `firstmile:/home`.",
    ),
]
Language = Annotated[
    str | None, QueryParameter(name="lang", max_length=20, description="A language, else theirs.")
]
AnyRequest = Request[Any, Any, Any]


class StateMetrics:
    """How often embeds ask, and how often nothing was new."""

    def __init__(self, metrics: Metrics) -> None:
        self.answers = metrics.counter(
            "embed_states_total", "Answers to embeds that asked for their state.", "answer"
        )


@get("/state", responses=problems(400, 401, 403, 404, 422, 503), opt=limit_only("embeds"))
async def get_state(
    request: AnyRequest,
    route: Route = "/",
    lang: Language = None,
    in_project: InProject = None,
) -> Ready[StateOut]:
    """All that embeds show of a person on a page. Answers 304 to a matching If-None-Match.

    The person is told by an access token or the session cookie; a visitor has neither. The header
    `x-firstmile-key` with a public SDK key says which environment's content is meant, and
    `x-firstmile-quiet: 1` keeps away all that comes by itself.
    """
    visit = visit_of(request)
    body = await written_state(visit, await asked_by(visit, route, lang, in_project))
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    kept = [(b"etag", tag.encode()), (b"cache-control", b"private, no-cache")]
    answers = visit.part(StateMetrics).answers
    if is_known(tag, header_of(visit.scope, b"if-none-match")):
        answers.labels("not_modified").inc()
        return Ready(b"", kept, status=304)
    answers.labels("full").inc()
    kind, length = (b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))
    return Ready(body, [*kept, kind, length])


@get(
    "/stream",
    media_type="text/event-stream",
    responses=problems(401, 403, 503),
    opt=limit_only("embeds"),
)
async def get_stream(request: AnyRequest) -> Response[str]:
    """Events of the type `state` that tell when to ask again (Server-Sent Events).

    It is open to whoever may ask for the state, and ends when their token or session does.
    """
    visit = visit_of(request)
    actor = await asking(visit)
    environment_of(visit)  # a key that opens nothing is told here too
    streams = visit.part(PersonalStreams)
    tab = streams.tab(
        None if actor is None else actor.user_id,
        visit.part(Callers).network(visit.scope),
        header_of(visit.scope, b"last-event-id"),
        lambda: _is_still(visit, None if actor is None else actor.session_id),
    )

    async def flow(_: Scope, receive: Receive, send: Send) -> None:
        await streams.serve(tab, receive, send)

    return Flow(flow)


async def _is_still(visit: Visit, session_id: object) -> bool:
    """Whether a session is still open; while nobody can say, it is taken to be."""
    if session_id is None:
        return True
    try:
        actor = await visit.part(Authenticator).ask(visit.scope)
    except (Unavailable, TooMany):
        return True
    return actor is not None and actor.session_id == session_id


router = Router(path="/api/v1/embed", route_handlers=[get_state, get_stream], tags=["Embeds"])
