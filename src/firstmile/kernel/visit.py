"""One visit: who asks, the parts they need, and the transaction their answer waits for."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, TypeVar, cast

from litestar import Response
from litestar.connection import Request
from litestar.di import NamedDependency
from litestar.types import ASGIApp

from firstmile.kernel import access
from firstmile.kernel.access import Actor
from firstmile.kernel.answers import WORK, work_of
from firstmile.kernel.asgi import App, Receive, Scope, Send
from firstmile.kernel.database import Connection, Database
from firstmile.kernel.parts import Parts
from firstmile.kernel.work import Work, Works

T = TypeVar("T")

PARTS = "firstmile.parts"


class Visit:
    """What a route is handed. Nothing is opened before it is asked for."""

    def __init__(self, scope: Scope, parts: Parts) -> None:
        self.scope = scope
        self.parts = parts

    def part(self, kind: type[T]) -> T:
        """The part of this class that `main.py` built."""
        return self.parts.get(kind)

    async def visitor(self) -> Actor | None:
        """Who is signed in, if anyone."""
        return await access.visitor(self.scope)

    async def actor(self) -> Actor:
        """Who is signed in; raises Unauthenticated when nobody is."""
        return await access.requires_actor(self.scope)

    async def work(self) -> Work:
        """The transaction of this visit, begun now; it commits before the answer leaves."""
        return await work_of(self.scope, self.part(Works))

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Work]:
        """A transaction for a GET that must write, such as a return from another service.

        For the time of the block it is the Work of this visit; it commits at the end of it. Who
        asks is found out before, because that takes a connection of its own.
        """
        await self.visitor()
        async with self.part(Works).begin() as work:
            self.scope["state"][WORK] = work
            try:
                yield work
            finally:
                del self.scope["state"][WORK]

    def reading(self) -> AbstractAsyncContextManager[Connection]:
        """A connection to read with, for the time of the block: the Work's, if one is open."""
        work: Work | None = self.scope["state"].get(WORK)
        return self.part(Database).lease() if work is None else nullcontext(work.db)


class Furnished:
    """Gives every request the parts of its service."""

    def __init__(self, app: App, parts: Parts) -> None:
        self.app = app
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[PARTS] = self._parts
        await self.app(scope, receive, send)


def visiting(scope: Scope) -> Visit:
    """The visit behind a request."""
    return Visit(scope, scope[PARTS])


# How a route asks for its visit.
Visiting = NamedDependency[Visit]


def visit_of(request: Request[Any, Any, Any]) -> Visit:
    """The visit behind a Litestar request; provided to routes as `visit`.

    The routes that are asked most often call it themselves: injection costs them a sixth.
    """
    return visiting(cast(Scope, request.scope))


class Ready(Response[T]):
    """An answer whose body and headers are written; Litestar's own take four times as long."""

    def __init__(
        self, body: bytes, headers: list[tuple[bytes, bytes]], *, status: int = 200
    ) -> None:
        self.body = body
        self.start = {"type": "http.response.start", "status": status, "headers": headers}

    def to_asgi_response(self, *_: Any, **__: Any) -> ASGIApp:  # type: ignore[override]
        """Itself, as Litestar asks for it."""
        return cast(ASGIApp, self._answer)

    async def _answer(self, _: Scope, __: Receive, send: Send) -> None:
        await self.leave(send)

    async def leave(self, send: Send) -> None:
        """Let it go."""
        await send(self.start)
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


class Flow(Response[str]):
    """An answer that goes on for as long as its application does."""

    def __init__(self, app: App) -> None:
        self._app = app

    def to_asgi_response(self, *_: Any, **__: Any) -> ASGIApp:  # type: ignore[override]
        """The application, as Litestar asks for it."""
        return cast(ASGIApp, self._app)


def ready(json: bytes) -> Ready[Any]:
    """An answer of 200 with this JSON."""
    kind, length = (b"content-type", b"application/json"), (b"content-length", b"%d" % len(json))
    return Ready(json, [kind, length])
