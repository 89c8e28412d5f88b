"""Limits on what a request may carry."""

from typing import Any

from litestar import Request

from firstmile.kernel.asgi import BODY, App, Message, Receive, Scope, Send
from firstmile.kernel.languages import N_
from firstmile.kernel.problems import respond
from firstmile.kernel.refusals import Malformed
from firstmile.protect.incoming import INCOMING, Incoming, is_form_with_file

MAX_BODY_BYTES = 64 * 1024  # the largest form or JSON we take has a few hundred bytes
MAX_LENGTH_DIGITS = 10


class CarefulRequest(Request[Any, Any, Any]):
    """A request whose JSON may be anything somebody cares to send."""

    async def json(self) -> Any:
        """The JSON body; Malformed when it is nested without end or is not UTF-8."""
        try:
            return await super().json()
        except (RecursionError, UnicodeDecodeError) as garbage:
            raise Malformed(N_("The request is not valid JSON."), error="invalid_json") from garbage


class BodyLimit:
    """Answers 413 to a body that is too large, told by its length or found while reading.

    An address with a NUL in it is one of nothing we have, and is told so before a file or a row
    is looked for under it. A form with a file is not read here: where one is expected, by method
    and path, the route finds it as `Incoming` and reads it once it knows who asks.
    """

    def __init__(
        self,
        app: App,
        limit: int = MAX_BODY_BYTES,
        *,
        uploads: frozenset[str] = frozenset(),
        most: int = 0,
    ) -> None:
        self.app = app
        self._limit = limit
        self._uploads = uploads
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = next(
            (value for name, value in scope["headers"] if name == b"content-length"), b"0"
        )
        if "\0" in scope["path"]:
            await _nothing_there(send)
        elif self._is_upload(scope):
            await self._piecewise(scope, receive, send)
        elif not self._is_acceptable(declared):
            await _too_large(send)
        elif declared == b"0" and scope["method"] == "GET":
            await self.app(scope, receive, send)  # no route of GET reads a body
        else:
            await self._whole(scope, receive, send)

    async def _whole(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the whole body before anything acts on it; half a body is none."""
        body = b""
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return  # the caller is gone
            body += message.get("body", b"")
            if len(body) > self._limit:
                await _too_large(send)
                return
            if not message.get("more_body", False):
                break
        scope[BODY] = body
        await self.app(scope, _handing(body, receive), send)

    async def _piecewise(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Leave the body to whoever asks for it; what nobody wanted runs past before the answer."""
        form = scope[INCOMING] = Incoming(scope, receive, most=self._most)

        async def send_at_last(message: Message) -> None:
            if message["type"] == "http.response.start":
                await form.pass_by()
            await send(message)

        try:
            await self.app(scope, receive, send_at_last)
        finally:
            form.close()

    def _is_upload(self, scope: Scope) -> bool:
        return f"{scope['method']} {scope['path']}" in self._uploads and is_form_with_file(scope)

    def _is_acceptable(self, declared: bytes) -> bool:
        is_number = declared.isdigit() and len(declared) <= MAX_LENGTH_DIGITS
        return is_number and int(declared) <= self._limit


def _handing(body: bytes, receive: Receive) -> Receive:
    handed = False

    async def hand() -> Message:
        nonlocal handed
        if handed:
            return await receive()
        handed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return hand


async def _too_large(send: Send) -> None:
    await respond(send, status=413, error="body_too_large", message=N_("The request is too large."))


async def _nothing_there(send: Send) -> None:
    message = N_("There is nothing at this address.")
    await respond(send, status=404, error="not_found", message=message)
