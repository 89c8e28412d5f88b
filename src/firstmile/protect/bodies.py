"""Limits on what a request may carry: how much, how deep, and for how long."""

import asyncio
from collections.abc import Mapping
from typing import Any

from litestar import Request

from firstmile.kernel.asgi import (
    BODY,
    App,
    Message,
    Receive,
    Scope,
    Send,
    header_of,
    is_api,
    kind_of,
)
from firstmile.kernel.languages import N_
from firstmile.kernel.problems import respond
from firstmile.kernel.refusals import Malformed
from firstmile.protect.depth import is_too_deep
from firstmile.protect.framing import closing
from firstmile.protect.incoming import INCOMING, Incoming, is_form_with_file

FORM = "application/x-www-form-urlencoded"
MAX_BODY_BYTES = 64 * 1024  # the largest form or JSON of ours has a few thousand
OTHER_BYTES = 4 * 1024  # of a kind no address takes: read, so that its sender reads the answer
LARGEST = {
    "": MAX_BODY_BYTES,  # the API takes JSON that does not say what it is
    "application/json": MAX_BODY_BYTES,
    FORM: MAX_BODY_BYTES,
    "application/reports+json": MAX_BODY_BYTES,
    "application/csp-report": MAX_BODY_BYTES // 4,
}
BODY_SECONDS = 10.0  # for the whole of it; the largest at 52 kbit/s


class CarefulRequest(Request[Any, Any, Any]):
    """A request whose JSON may be anything somebody cares to send."""

    async def json(self) -> Any:
        """The JSON body; Malformed when it is nested without end or is not UTF-8."""
        try:
            return await super().json()
        except (RecursionError, UnicodeDecodeError) as garbage:
            raise Malformed(N_("The request is not valid JSON."), error="invalid_json") from garbage


class BodyLimit:
    """Refuses a body that is too large, too deep or too slow, and one that breaks off.

    Too large is told by its length or found while reading. An address with a NUL in it is one of
    nothing we have, and is told so before a file or a row is looked for under it. A form with a
    file is not read here: where one is expected, by method and path, the route finds it as
    `Incoming` and reads it once it knows who asks.
    """

    def __init__(
        self,
        app: App,
        *,
        largest: Mapping[str, int] = LARGEST,
        seconds: float = BODY_SECONDS,
        uploads: frozenset[str] = frozenset(),
        most: int = 0,
    ) -> None:
        self.app = app
        self._largest = largest
        self._seconds = seconds
        self._uploads = uploads
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = header_of(scope, b"content-length") or "0"
        if "\0" in scope["path"]:
            await _nothing_there(send)
        elif self._is_upload(scope):
            await self._piecewise(scope, receive, send)
        elif int(length) > self._limit(scope):
            await _too_large(send)
        elif length == "0" and scope["method"] == "GET":
            await self.app(scope, receive, send)  # no route of GET reads a body
        else:
            await self._whole(scope, receive, send)

    async def _whole(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the whole body before anything acts on it; half a body is none."""
        limit = self._limit(scope)
        try:
            async with asyncio.timeout(self._seconds):
                body = await _read(receive, limit)
        except TimeoutError:
            await _too_slow(send)
            return
        if body is None:
            await _broken_off(send)
        elif len(body) > limit:
            await _too_large(send)
        elif not _is_form_of_page(scope) and is_too_deep(body):
            await _too_deep(send)
        else:
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

    def _limit(self, scope: Scope) -> int:
        return self._largest.get(kind_of(scope), OTHER_BYTES)


def _is_form_of_page(scope: Scope) -> bool:
    """Whether brackets mean nothing here; the API has no forms, whatever a body calls itself."""
    return kind_of(scope) == FORM and not is_api(scope)


async def _read(receive: Receive, limit: int) -> bytes | None:
    """The body, or as much of it as shows that it is too large; None when it broke off."""
    body = b""
    while len(body) <= limit:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body


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
    message = N_("The request is too large.")
    await respond(closing(send), status=413, error="body_too_large", message=message)


async def _too_deep(send: Send) -> None:
    message = N_("The request is nested too deeply.")
    await respond(send, status=400, error="body_too_deep", message=message)


async def _too_slow(send: Send) -> None:
    message = N_("The request took too long to arrive.")
    await respond(closing(send), status=408, error="body_too_slow", message=message)


async def _broken_off(send: Send) -> None:
    """Whoever broke it off hears nothing of this; whoever wrote it wrongly does."""
    message = N_("The end of the request never arrived.")
    await respond(closing(send), status=400, error="body_broken_off", message=message)


async def _nothing_there(send: Send) -> None:
    message = N_("There is nothing at this address.")
    await respond(send, status=404, error="not_found", message=message)
