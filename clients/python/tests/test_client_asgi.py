"""What only an ASGI application meets: sockets, the lifespan, and other scopes."""

from collections.abc import Callable
from typing import Any

import pytest

from firstmile_client import OnboardingGate, Settings
from firstmile_client.asgi import Message, Receive, Scope, Send
from firstmile_client.testing import FakeFirstmile


async def inner(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    elif scope["type"] == "lifespan":
        await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
    else:
        await send({"type": "served", "keys": sorted(scope)})


async def sent_by(app: OnboardingGate, scope: Scope) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


@pytest.fixture
def app(fake: FakeFirstmile, settings: Callable[..., Settings]) -> OnboardingGate:
    return OnboardingGate(inner, fake.base_url, settings=settings())


def socket(*headers: tuple[bytes, bytes], **more: Any) -> Scope:
    return {"type": "websocket", "path": "/live", "headers": list(headers), **more}


def carrying(token: str) -> tuple[bytes, bytes]:
    return (b"authorization", f"Bearer {token}".encode())


async def test_an_allowed_socket_is_accepted(app: OnboardingGate, fake: FakeFirstmile) -> None:
    assert await sent_by(app, socket(carrying(fake.token("alice")))) == [
        {"type": "websocket.accept"}
    ]


async def test_a_blocked_socket_is_closed_before_it_opens(
    app: OnboardingGate, fake: FakeFirstmile
) -> None:
    fake.block("dana", "/live", "payments")
    closed = await sent_by(app, socket(carrying(fake.token("dana"))))
    assert closed == [{"type": "websocket.close", "code": 1008}]


async def test_a_server_that_can_refuse_a_socket_with_a_document_does(
    app: OnboardingGate,
) -> None:
    start, body = await sent_by(app, socket(extensions={"websocket.http.response": {}}))
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 401)
    assert (body["type"], b"unauthenticated" in body["body"]) == (
        "websocket.http.response.body",
        True,
    )


async def test_connections_close_with_the_application(
    app: OnboardingGate, fake: FakeFirstmile
) -> None:
    await app.gate.aask(fake.token("alice"), "/")
    assert len(app.gate.async_line._homes) == 1
    sent = await sent_by(app, {"type": "lifespan"})
    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    assert len(app.gate.async_line._homes) == 0


async def test_other_scopes_pass_untouched(app: OnboardingGate) -> None:
    assert await sent_by(app, {"type": "another"}) == [{"type": "served", "keys": ["type"]}]
