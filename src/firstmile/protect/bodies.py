"""Limits on what a request may carry."""

from firstmile.kernel.asgi import App, Message, Receive, Scope, Send
from firstmile.kernel.problems import respond

MAX_BODY_BYTES = 64 * 1024  # the largest form or JSON we take has a few hundred bytes


class BodyLimit:
    """Answers 413 to a body that is too large, told by its length or found while reading."""

    def __init__(self, app: App, limit: int = MAX_BODY_BYTES) -> None:
        self.app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = next(
            (value for name, value in scope["headers"] if name == b"content-length"), b"0"
        )
        if not declared.isdigit() or int(declared) > self._limit:
            await _too_large(send)
            return
        received = 0
        refused = False

        async def receive_counted() -> Message:
            nonlocal received, refused
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > self._limit:
                    refused = True
                    return {"type": "http.disconnect"}
            return message

        async def send_unless_refused(message: Message) -> None:
            if not refused:
                await send(message)

        await self.app(scope, receive_counted, send_unless_refused)
        if refused:
            await _too_large(send)


async def _too_large(send: Send) -> None:
    await respond(send, status=413, error="body_too_large", message="The request is too large.")
