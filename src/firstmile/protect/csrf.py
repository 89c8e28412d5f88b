"""Forged requests: what a browser sends for another site is refused."""

import hmac
from urllib.parse import parse_qs

from firstmile.kernel.asgi import BODY, QUESTIONS, App, Receive, Scope, Send, cookies_of, is_api
from firstmile.kernel.ids import new_token
from firstmile.kernel.languages import N_
from firstmile.kernel.problems import respond
from firstmile.kernel.secrets import Vault
from firstmile.protect.cors import SHARED
from firstmile.protect.incoming import INCOMING, Incoming

COOKIE = "csrf-token"
HEADER = b"x-csrf-token"
FIELD = "csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 100


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
            _is_same(digest.hex(), signature)
            for digest in self._vault.digests("csrf", f"{nonce}|{session}")
        )


class Csrf:
    """Refuses a change that a browser was tricked into.

    First what the browser itself says (Fetch Metadata, Origin); then, for a request that carries
    the session cookie and for every page, the token twice: in its cookie and in the header
    `x-csrf-token` or the form field `csrf`, which is the first of a form with a file. A bearer
    token needs none: no browser adds it alone.

    What is `open_to_others` takes posts from anywhere, and in return is shown no cookie: nobody
    can be tricked into lending theirs. So it is for origins that `Cors` shares the API with, and
    for questions about flags, which a key asks.
    """

    def __init__(
        self,
        app: App,
        tokens: CsrfTokens,
        *,
        origin: str,
        session_cookie: str,
        open_to_others: frozenset[str] = frozenset(),
    ) -> None:
        self.app = app
        self._tokens = tokens
        self._origin = origin
        self._session_cookie = session_cookie
        self._open = open_to_others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE:
            await self.app(scope, receive, send)
            return
        if scope["path"] in self._open or scope["path"].startswith(QUESTIONS):
            scope["headers"] = [header for header in scope["headers"] if header[0] != b"cookie"]
            await self.app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if SHARED not in scope and self._is_from_elsewhere(headers):
            await _refuse(send)
            return
        kind = headers.get(b"content-type", "").partition(";")[0].strip().lower()
        of_api = is_api(scope)
        form: Incoming | None = scope.get(INCOMING)
        if form is None and not _is_taken(kind, of_api=of_api):
            await _refuse_kind(send)
            return
        cookies = cookies_of(scope)
        session = cookies.get(self._session_cookie, "")
        if not of_api or (session and b"authorization" not in headers):
            given = headers.get(HEADER)
            if given is None and form is not None:
                given = await form.first(FIELD)
            elif given is None and kind == FORM:
                given = _from_form(scope.get(BODY, b""))
            if not self._is_proved(given, cookies.get(COOKIE, ""), session):
                await _refuse(send)
                return
        await self.app(scope, receive, send)

    def _is_from_elsewhere(self, headers: dict[bytes, str]) -> bool:
        if headers.get(b"sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return True
        origin = headers.get(b"origin")
        if origin is None or origin == self._origin:
            return False
        # Without TLS anybody on the way can write a page of our host.
        is_downgraded = self._origin.startswith("https:") and not origin.startswith("https:")
        return is_downgraded or origin != _origin_of_host(headers)

    def _is_proved(self, given: str | None, cookie: str, session: str) -> bool:
        return bool(given and _is_same(given, cookie) and self._tokens.fits(given, session))


def _is_taken(kind: str, *, of_api: bool) -> bool:
    """Pages take forms and the API takes JSON; the rest is what other sites can post unasked."""
    return kind in ("", "application/json") if of_api else kind == FORM


def _is_same(one: str, other: str) -> bool:
    """Compare in constant time, whatever characters somebody sent."""
    return hmac.compare_digest(one.encode(), other.encode())


def _origin_of_host(headers: dict[bytes, str]) -> str | None:
    """The origin with the scheme that was named, and the very host the request was sent to."""
    scheme = headers.get(b"origin", "").partition("://")[0]
    return f"{scheme}://{headers[b'host']}" if b"host" in headers else None


def _from_form(body: bytes) -> str | None:
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=MAX_FIELDS)
    except ValueError:  # too many fields: none of our forms
        return None
    return next(iter(fields.get(FIELD, [])), None)


async def _refuse_kind(send: Send) -> None:
    await respond(
        send,
        status=415,
        error="unsupported_media_type",
        message=N_("This address does not take that kind of content."),
    )


async def _refuse(send: Send) -> None:
    await respond(
        send,
        status=403,
        error="csrf_failed",
        message=N_("This request did not come from our own page. Reload the page and try again."),
    )
