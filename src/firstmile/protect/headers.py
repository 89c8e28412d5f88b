"""The security headers of every answer, errors and static files included."""

import secrets

from firstmile.kernel.asgi import App, Message, Receive, Scope, Send, is_api
from firstmile.protect.reports import NAME, PATH

NONCE = "csp_nonce"

UNUSED_DEVICES = (
    b"accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), "
    b"microphone=(), payment=(), usb=(), browsing-topics=()"
)
# Values as OWASP's HTTP Headers cheat sheet and Mozilla's Observatory advise in 2026.
FIXED = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"x-xss-protection", b"0"),  # the filter it named is gone, and was itself a hole
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"permissions-policy", UNUSED_DEVICES),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"server", b"firstmile"),  # else the server writes its own name
]
TRANSPORT = (b"strict-transport-security", b"max-age=63072000; includeSubDomains; preload")
NOT_KEPT = (b"cache-control", b"no-store")
POLICY = b"content-security-policy"
API_POLICY = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
PAGE_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types htmx firstmile; "
    f"report-uri {PATH}; report-to {NAME}"
)
ENDPOINTS = (b"reporting-endpoints", f'{NAME}="{PATH}"'.encode())


class SecurityHeaders:
    """Adds the headers; a route may bring a policy of its own, never less than one."""

    def __init__(self, app: App, *, over_tls: bool) -> None:
        self.app = app
        self._fixed = [*FIXED, *([TRANSPORT] if over_tls else []), NOT_KEPT]
        self._of_api = [*self._fixed, (POLICY, API_POLICY)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_for_programs = is_api(scope) or scope["path"].startswith("/.well-known/")
        defaults = self._of_api if is_for_programs else self._of_page(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                given = {name for name, _ in headers}
                headers += [header for header in defaults if header[0] not in given]
                message["headers"] = headers
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _of_page(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        scope[NONCE] = nonce = secrets.token_urlsafe(16)
        return [*self._fixed, ENDPOINTS, (POLICY, PAGE_POLICY.format(nonce=nonce).encode())]
