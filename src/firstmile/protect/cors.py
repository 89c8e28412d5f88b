"""Which pages of other origins may ask the API: those that are named, and with a token alone."""

import re

from firstmile.kernel.asgi import API, App, Message, Receive, Scope, Send, header_of

# A request of a named origin: its cookies are gone, so whoever sent it proves who they are.
SHARED = "firstmile.shared"
PATHS = (*API, "/.well-known/")
ORIGIN = re.compile(r"(https?)://(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::\d{1,5})?")
AT_HOME = re.compile(r"http://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?")
USUAL_PORT = {"http": ":80", "https": ":443"}

ASKABLE = (
    b"authorization, content-type, idempotency-key, if-match, if-none-match, x-api-key, "
    b"x-correlation-id, x-firstmile-key, x-firstmile-session, x-firstmile-quiet, "
    b"x-firstmile-consent, last-event-id, traceparent, tracestate"
)
READABLE = (
    b"etag, location, retry-after, ratelimit, ratelimit-policy, x-correlation-id, "
    b"idempotency-replayed"
)
PREFLIGHT = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (b"access-control-allow-headers", ASKABLE),
    (b"access-control-max-age", b"7200"),  # seconds; Chromium keeps it no longer
    (b"content-length", b"0"),
]
EXPOSED = (b"access-control-expose-headers", READABLE)
VARY = (b"vary", b"origin")


class Cors:
    """Cross-origin resource sharing (Fetch, section 3.2) for the API.

    A preflight is answered here, before anybody is asked who they are. Credentials are never
    shared: a named origin sends a token, and a cookie that comes along is not looked at, so that
    a page that was taken over cannot act for whoever is signed in.
    """

    def __init__(self, app: App, origins: frozenset[str]) -> None:
        self.app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_shared = scope["type"] == "http" and scope["path"].startswith(PATHS)
        if not self._origins or not is_shared:
            await self.app(scope, receive, send)
            return
        origin = header_of(scope, b"origin")
        if origin not in self._origins:
            await self.app(scope, receive, _adding(send, [VARY]))
            return
        allowed = [VARY, (b"access-control-allow-origin", origin.encode())]
        asked_for = header_of(scope, b"access-control-request-method")
        if scope["method"] == "OPTIONS" and asked_for is not None:
            headers = [*allowed, *PREFLIGHT]
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        scope[SHARED] = True
        scope["headers"] = [header for header in scope["headers"] if header[0] != b"cookie"]
        await self.app(scope, receive, _adding(send, [*allowed, EXPOSED]))


def why_no_origin(text: str) -> str | None:
    """What is wrong with an origin as it was set, or None (RFC 6454, section 6.2)."""
    if text == "*":
        return "would share with everybody: name each origin"
    found = ORIGIN.fullmatch(text)
    if found is None or text.endswith(USUAL_PORT[found[1]]):
        return "is no origin as browsers send it: scheme, host in small letters, unusual port"
    if found[1] == "http" and not AT_HOME.fullmatch(text):
        return "is without TLS: anybody on the way could write its pages"
    return None


def _adding(send: Send, more: list[tuple[bytes, bytes]]) -> Send:
    """A way to answer that adds headers; those that an answer brings itself stay its own."""

    async def send_with_more(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            given = {name for name, _ in headers} - {VARY[0]}
            message["headers"] = headers + [one for one in more if one[0] not in given]
        await send(message)

    return send_with_more
