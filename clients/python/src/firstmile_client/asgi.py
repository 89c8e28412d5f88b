"""The gate in front of an ASGI application."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any

from firstmile_client.doorway import Doorway, Turned
from firstmile_client.gate import Gate
from firstmile_client.paths import EVERYTHING, UNGATED, Paths
from firstmile_client.settings import Settings
from firstmile_client.visits import Visit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY_VIOLATION = 1008  # RFC 6455, 7.4.1
DENIAL = "websocket.http.response"


class OnboardingGate:
    """ASGI middleware: people reach a protected path when the Firstmile at `base_url` allows it.

    `protect` and `exempt` are path patterns (see Paths); `routes` maps patterns to the route
    to ask about. The application finds the verified claims in `scope["firstmile"]`;
    they are None where the path is not gated.
    """

    def __init__(
        self,
        app: ASGIApp,
        base_url: str,
        protect: Iterable[str] = EVERYTHING,
        exempt: Iterable[str] = UNGATED,
        routes: Mapping[str, str] | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.app = app
        settings = settings or Settings()
        self._doorway = Doorway(
            base_url, Paths(protect, exempt, routes, ignore_case=settings.ignore_case), settings
        )

    @property
    def gate(self) -> Gate:
        """The gate it asks, with its counts."""
        return self._doorway.gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or answer in the application's place."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, self._closing_after(send))
            return
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        outcome = await self.gate.async_line.run(self._doorway.decide(_visit(scope)))
        if isinstance(outcome, Turned):
            await _answer(outcome, scope, send)
            return
        await self.app({**scope, "firstmile": outcome.claims}, receive, send)

    def _closing_after(self, send: Send) -> Send:
        async def close_then_send(message: Message) -> None:
            if message["type"] in ("lifespan.shutdown.complete", "lifespan.shutdown.failed"):
                await self.gate.aclose()
            await send(message)

        return close_then_send


def _visit(scope: Scope) -> Visit:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    return Visit(scope.get("method", "GET"), _path(scope), headers)


def _path(scope: Scope) -> str:
    # Routers look at what follows root_path, so that is what the patterns are about.
    path: str = scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    return path.removeprefix(root) if root and path.startswith(f"{root}/") else path


async def _answer(turned: Turned, scope: Scope, send: Send) -> None:
    kind = "http.response"
    if scope["type"] == "websocket":
        if DENIAL not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        kind = DENIAL
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in turned.headers]
    await send({"type": f"{kind}.start", "status": turned.status, "headers": headers})
    await send({"type": f"{kind}.body", "body": turned.body})
