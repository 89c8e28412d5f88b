"""One visit: who asks, the parts they need, and the transaction their answer waits for."""

from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar, cast

from litestar.connection import Request
from litestar.di import NamedDependency

from firstmile.kernel import access
from firstmile.kernel.access import Actor
from firstmile.kernel.answers import work_of
from firstmile.kernel.asgi import Scope
from firstmile.kernel.database import Connection, Database
from firstmile.kernel.parts import Parts
from firstmile.kernel.work import Work, Works

T = TypeVar("T")


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

    def reading(self) -> AbstractAsyncContextManager[Connection]:
        """A connection to read with, for the time of the block."""
        return self.part(Database).lease()


# How a route asks for its visit.
Visiting = NamedDependency[Visit]


def visit_of(request: Request[Any, Any, Any]) -> Visit:
    """The visit behind a Litestar request; provided to routes as `visit`."""
    return Visit(cast(Scope, request.scope), request.app.state.parts)
