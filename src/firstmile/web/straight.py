"""What is asked most, answered past the framework, which would take longer than all the rest."""

from collections.abc import Awaitable, Callable
from typing import Any

from firstmile.kernel.asgi import App, Receive, Scope, Send
from firstmile.kernel.visit import Ready

STUMBLED = "firstmile.stumbled"
# The answer to a request, or None when it is for a route of the framework to answer.
Way = Callable[[Scope], Awaitable[Ready[Any]] | None]


class Straight:
    """Asks the very functions that the routes ask; the routes are what is described.

    Stands behind all other middleware. Whatever is raised here goes on to the route, whose first
    guard raises it again by `go_on`: so refusals are told in one place.
    """

    def __init__(self, app: App, *ways: Way) -> None:
        self.app = app
        self._ways = ways

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._answer(scope) if scope["type"] == "http" else None
        if answer is None:
            await self.app(scope, receive, send)
        else:
            await answer.leave(send)

    async def _answer(self, scope: Scope) -> Ready[Any] | None:
        scope.setdefault("state", {})  # as the framework does
        for way in self._ways:
            if (answering := way(scope)) is not None:
                try:
                    return await answering
                except Exception as stumbled:  # noqa: BLE001  raised again by `go_on`
                    scope[STUMBLED] = stumbled
                    return None
        return None


def go_on(scope: Scope) -> None:
    """Raise what a way straight stumbled over, for the framework to tell."""
    stumbled: Exception | None = scope.pop(STUMBLED, None)
    if stumbled is not None:
        raise stumbled
