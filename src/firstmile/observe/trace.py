"""One id through a request, and one canonical line about it when it is over."""

import re
import time

from firstmile.kernel.asgi import FAILURE, App, Message, Receive, Scope, Send, header_of
from firstmile.kernel.correlation import (
    accepted_correlation_id,
    correlation_id,
)
from firstmile.observe.errors import ErrorList
from firstmile.observe.logs import RequestLines
from firstmile.observe.sightings import failure

TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
NO_TRACE = "0" * 32  # the standard calls it invalid
QUIET = frozenset({"/livez", "/readyz", "/api/health", "/metrics"})


class Trace:
    """Takes or makes `x-correlation-id`, gives it back, and logs the request once.

    A request that we failed is noted in the error list, once, however it failed.
    """

    def __init__(self, app: App, errors: ErrorList) -> None:
        self.app = app
        self._errors = errors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        current = accepted_correlation_id(header_of(scope, b"x-correlation-id") or _trace_id(scope))
        correlation_id.set(current)
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message.get("headers", ()))
                headers.append((b"x-correlation-id", current.encode()))
                message["headers"] = headers
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            if FAILURE in scope:
                route = str(scope.get("path_template") or "unknown")
                self._errors.note(failure(scope[FAILURE], route=route, correlation=current))
            if scope["path"] not in QUIET or status >= 400:
                ms = round((time.perf_counter() - started) * 1000, 1)
                RequestLines.write(
                    scope["method"], scope.get("path_template") or "unknown", status, ms
                )


def _trace_id(scope: Scope) -> str | None:
    """The trace id of a W3C `traceparent` header: version-traceid-parentid-flags."""
    found = TRACEPARENT.match(header_of(scope, b"traceparent") or "")
    return found[1] if found and found[1] != NO_TRACE else None
