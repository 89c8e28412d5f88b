"""Requests that two servers could read differently, refused before anything acts on them."""

import re

from firstmile.kernel.asgi import App, Message, Receive, Scope, Send
from firstmile.kernel.languages import N_
from firstmile.kernel.problems import respond

# A name or an address, and a port (RFC 9110, section 4.2.3): no user, no path, no space.
HOST = re.compile(rb"(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?", re.IGNORECASE)
LENGTH = re.compile(rb"\d{1,18}")


class Framing:
    """Answers 400 and closes, so that nothing behind such a request is taken for another.

    The server refuses most of them itself (how-to/harden lists which). What it lets through and
    RFC 9112 lets a server refuse is refused here: more than one Host, codings around `chunked`,
    a length beside a coding, a target that is no path.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _is_plain(scope):
            await self.app(scope, receive, send)
            return
        await respond(
            closing(send),
            status=400,
            error="ambiguous_request",
            message=N_("This request can be read in more than one way."),
        )


def closing(send: Send) -> Send:
    """A way to answer that ends the connection: what else came on it is read by nobody."""

    async def send_and_close(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
        await send(message)

    return send_and_close


def _is_plain(scope: Scope) -> bool:
    hosts, codings, lengths = [], [], []
    for name, value in scope["headers"]:
        if name == b"host":
            hosts.append(value)
        elif name == b"transfer-encoding":
            codings.append(value)
        elif name == b"content-length":
            lengths.append(value)
    return (
        scope["path"].startswith("/")
        and _is_one_host(hosts, scope)
        and (not codings or (_is_chunked(codings) and not lengths))
        and (not lengths or (len(lengths) == 1 and LENGTH.fullmatch(lengths[0]) is not None))
    )


def _is_one_host(hosts: list[bytes], scope: Scope) -> bool:
    """HTTP/1.0 may leave it out, as the probes of load balancers do."""
    if not any(hosts):
        return scope.get("http_version") == "1.0"
    return len(hosts) == 1 and HOST.fullmatch(hosts[0]) is not None


def _is_chunked(codings: list[bytes]) -> bool:
    return len(codings) == 1 and codings[0].strip().lower() == b"chunked"
