"""One id through a request, and one canonical line about it when it is over."""

import re
import time

from firstmile.kernel.asgi import App, Message, Receive, Scope, Send, header_of
from firstmile.kernel.correlation import (
    accepted_correlation_id,
    correlation_id,
)
from firstmile.observe.logs import RequestLines

TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
NO_TRACE = "0" * 32  # the standard calls it invalid
QUIET = frozenset({"/livez", "/readyz", "/api/health", "/metrics"})


class Trace:
    """Takes or makes `x-correlation-id`, gives it back, and logs the request once."""

    def __init__(self, app: App) -> None:
        self.app = app

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
            if scope["path"] not in QUIET or status >= 400:
                ms = round((time.perf_counter() - started) * 1000, 1)
                RequestLines.write(
                    scope["method"], scope.get("path_template") or "unknown", status, ms
                )


def _trace_id(scope: Scope) -> str | None:
    """The trace id of a W3C `traceparent` header: version-traceid-parentid-flags."""
    found = TRACEPARENT.match(header_of(scope, b"traceparent") or "")
    return found[1] if found and found[1] != NO_TRACE else None
