"""Ways past the framework: what answers, what goes on, and who tells of a failure."""

from collections.abc import Awaitable
from typing import Any

import pytest

from firstmile.kernel.asgi import Message, Receive, Scope, Send
from firstmile.kernel.visit import Ready, ready
from firstmile.web.straight import Straight, go_on


class Lost(Exception):
    """What goes wrong."""


async def by_route(scope: Scope, _: Receive, send: Send) -> None:
    go_on(scope)
    await ready(b'"by the route"').leave(send)


async def well() -> Ready[Any]:
    return ready(b'"straight"')


async def lost() -> Ready[Any]:
    raise Lost


def to_one(scope: Scope) -> Awaitable[Ready[Any]] | None:
    return well() if scope["path"] == "/one" else None


def to_nowhere(scope: Scope) -> Awaitable[Ready[Any]] | None:
    return lost() if scope["path"] == "/nowhere" else None


async def answered(path: str) -> bytes:
    told: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("nobody reads a body here")

    async def send(message: Message) -> None:
        told.append(message)

    scope = {"type": "http", "method": "GET", "path": path}
    await Straight(by_route, to_one, to_nowhere)(scope, receive, send)
    return b"".join(message.get("body", b"") for message in told)


async def test_a_way_answers_what_is_its_own_and_the_route_all_else() -> None:
    assert [await answered("/one"), await answered("/two")] == [b'"straight"', b'"by the route"']


async def test_what_a_way_stumbles_over_is_raised_where_the_route_begins() -> None:
    with pytest.raises(Lost):
        await answered("/nowhere")
