"""One's own journey, past the framework."""

from collections.abc import Awaitable
from typing import Any

from firstmile.kernel.asgi import Scope
from firstmile.kernel.visit import Ready, visiting
from firstmile.onboarding.routes import JOURNEY, answer_journey
from firstmile.protect.limiting import count_usual


def to_journey(scope: Scope) -> Awaitable[Ready[Any]] | None:
    """The answer to who asks for their journey; None when they name a project, or ask for more."""
    if scope["path"] != JOURNEY or scope["method"] != "GET" or scope["query_string"]:
        return None
    scope["path_template"] = JOURNEY
    return _answer(scope)


async def _answer(scope: Scope) -> Ready[Any]:
    await count_usual(scope)
    return await answer_journey(visiting(scope))
