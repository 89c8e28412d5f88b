"""The customer's own servers: what routes for them ask for."""

from collections.abc import Callable
from typing import Any, cast

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from firstmile.kernel.asgi import Scope
from firstmile.kernel.visit import visiting


class Servers:
    """Lets in who brings a key of a server; `service.py` says which keys these are."""

    def __init__(self, check: Callable[[Scope], object]) -> None:
        self.check = check


async def by_server(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A guard: raises Unauthenticated without a key, and Forbidden for one of a browser."""
    scope = cast(Scope, connection.scope)
    visiting(scope).part(Servers).check(scope)
