"""The health endpoints: /api/health, /livez, /readyz."""

from typing import Any

from litestar import Response, Router, get

from firstmile.kernel.access import UNLIMITED
from firstmile.kernel.visit import Visiting
from firstmile.observe.health import Health
from firstmile.observe.readiness import Readiness


@get("/api/health", tags=["Health"], opt=UNLIMITED)
async def health(visit: Visiting) -> Response[dict[str, Any]]:
    """The state of the service and of what it depends on; 503 when something is down."""
    report = await visit.part(Health).report()
    return Response(report, status_code=200 if report["status"] == "ok" else 503)


@get("/livez", tags=["Health"], opt=UNLIMITED)
async def livez() -> dict[str, str]:
    """The process runs; restart it when this fails."""
    return {"status": "alive"}


@get("/readyz", tags=["Health"], opt=UNLIMITED, raises=[])
async def readyz(visit: Visiting) -> Response[dict[str, str]]:
    """Whether to send traffic here; 503 before the start and while draining."""
    if not visit.part(Readiness).is_ready:
        return Response({"status": "draining"}, status_code=503)
    report = await visit.part(Health).report()
    if report["database"]["status"] != "up":
        return Response({"status": "no_database"}, status_code=503)
    return Response({"status": "ready"})


router = Router(path="/", route_handlers=[health, livez, readyz])
