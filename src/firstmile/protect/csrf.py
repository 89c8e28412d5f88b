"""Forged requests: what a browser sends for another site is refused."""

import hmac
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from firstmile.kernel.asgi import App, Message, Receive, Scope, Send
from firstmile.kernel.ids import new_token
from firstmile.kernel.problems import respond
from firstmile.kernel.secrets import Vault

COOKIE = "csrf-token"
HEADER = b"x-csrf-token"
FIELD = "csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_FORM_BYTES = 64 * 1024


class CsrfTokens:
    """Tokens bound to a session: a nonce and its keyed hash together with the session cookie."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def make(self, session: str) -> str:
        """A token for this session cookie; the empty string stands for a visitor."""
        nonce = new_token()
        return f"{nonce}.{self._vault.digest('csrf', f'{nonce}|{session}').hex()}"

    def fits(self, token: str, session: str) -> bool:
        """Whether we made this token for this session."""
        nonce, _, signature = token.partition(".")
        return any(
            hmac.compare_digest(digest.hex(), signature)
            for digest in self._vault.digests("csrf", f"{nonce}|{session}")
        )


class Csrf:
    """Refuses a change that a browser was tricked into.

    First what the browser itself says (Fetch Metadata, Origin); then, for a request that carries
    the session cookie and for every form, the token twice: in its cookie and in the header
    `x-csrf-token` or the form field `csrf`. A bearer token needs none: no browser adds it alone.
    """

    def __init__(self, app: App, tokens: CsrfTokens, *, origin: str, session_cookie: str) -> None:
        self.app = app
        self._tokens = tokens
        self._origin = origin
        self._session_cookie = session_cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE:
            await self.app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if self._is_from_elsewhere(headers):
            await _refuse(send)
            return
        cookies = cookies_of(headers.get(b"cookie", ""))
        session = cookies.get(self._session_cookie, "")
        is_form = headers.get(b"content-type", "").startswith("application/x-www-form-urlencoded")
        if is_form or (session and b"authorization" not in headers):
            given = headers.get(HEADER)
            if given is None and is_form:
                given, receive = await _from_form(receive)
            if not self._is_proved(given, cookies.get(COOKIE, ""), session):
                await _refuse(send)
                return
        await self.app(scope, receive, send)

    def _is_from_elsewhere(self, headers: dict[bytes, str]) -> bool:
        if headers.get(b"sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return True
        origin = headers.get(b"origin")
        return origin is not None and origin not in (self._origin, _origin_of_host(headers))

    def _is_proved(self, given: str | None, cookie: str, session: str) -> bool:
        return bool(
            given and hmac.compare_digest(given, cookie) and self._tokens.fits(given, session)
        )


def cookies_of(header: str) -> dict[str, str]:
    """The cookies of a Cookie header; one that cannot be read holds none."""
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}


def _origin_of_host(headers: dict[bytes, str]) -> str | None:
    """Same scheme as the origin named, and the very host the request was sent to."""
    origin, host = urlsplit(headers.get(b"origin", "")), headers.get(b"host")
    return f"{origin.scheme}://{host}" if host and origin.netloc == host else None


async def _from_form(receive: Receive) -> tuple[str | None, Receive]:
    body = b""
    while len(body) <= MAX_FORM_BYTES:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break

    read = False

    async def again() -> Message:
        nonlocal read
        if read:
            return await receive()
        read = True
        return {"type": "http.request", "body": body, "more_body": False}

    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=100)
    return next(iter(fields.get(FIELD, [])), None), again


async def _refuse(send: Send) -> None:
    await respond(
        send,
        status=403,
        error="csrf_failed",
        message="This request did not come from our own page. Reload the page and try again.",
    )
