"""Limits on what a request may carry."""

from typing import Any

from litestar import Request

from firstmile.kernel.asgi import BODY, App, Message, Receive, Scope, Send
from firstmile.kernel.languages import N_
from firstmile.kernel.problems import respond
from firstmile.kernel.refusals import Malformed

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
    is looked for under it.
    """

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
        if "\0" in scope["path"]:
            await _nothing_there(send)
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
