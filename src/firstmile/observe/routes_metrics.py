"""What Prometheus asks: /metrics."""

from litestar import Response, Router, get

from firstmile.kernel.access import UNLIMITED
from firstmile.kernel.asgi import header_of
from firstmile.kernel.languages import N_
from firstmile.kernel.openapi import problems
from firstmile.kernel.refusals import NotFound, Unauthenticated
from firstmile.kernel.visit import Visiting
from firstmile.observe.metrics import TEXT, Metrics


@get(
    "/metrics",
    tags=["Health"],
    media_type=TEXT,
    opt=UNLIMITED,
    responses=problems(401, 404, is_limited=False),
)
async def get_metrics(visit: Visiting) -> Response[bytes]:
    """What this process has counted, for Prometheus; in production with METRICS_TOKEN only."""
    metrics = visit.part(Metrics)
    if not metrics.is_offered:
        raise NotFound(N_("There is nothing at this address."))
    if not metrics.opens_to(header_of(visit.scope, b"authorization")):
        raise Unauthenticated(N_("This needs the token of the metrics."), error="metrics_token")
    return Response(metrics.told(), media_type=TEXT)


router = Router(path="/", route_handlers=[get_metrics])
