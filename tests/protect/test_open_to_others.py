"""What other sites may post to is shown no cookie, and nothing else is open to them."""

import pytest

from firstmile.kernel.asgi import Message, Receive, Scope, Send
from firstmile.kernel.secrets import Vault
from firstmile.protect.csrf import Csrf, CsrfTokens

OPEN = "/oauth/token"


class Seen:
    """An application that notes what reaches it."""

    def __init__(self) -> None:
        self.headers: dict[bytes, bytes] | None = None
        self.status = 0
        self.layer = Csrf(
            self._note,
            CsrfTokens(Vault(["x" * 40])),
            origin="https://here.example",
            session_cookie="__Host-session",
            open_to_others=frozenset({OPEN}),
        )

    async def post(self, path: str) -> None:
        scope: Scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "headers": [
                (b"cookie", b"__Host-session=secret"),
                (b"origin", b"https://elsewhere.example"),
                (b"sec-fetch-site", b"cross-site"),
                (b"cookie", b"csrf-token=x"),
                (b"content-type", b"application/x-www-form-urlencoded"),
                (b"authorization", b"Basic eDp5"),
            ],
        }

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            self.status = message.get("status", self.status)

        await self.layer(scope, receive, send)

    async def _note(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.headers = dict(scope["headers"])


async def test_what_is_open_to_others_is_shown_no_cookie() -> None:
    seen = Seen()

    await seen.post(OPEN)

    assert seen.headers is not None
    assert b"cookie" not in seen.headers
    assert seen.headers[b"authorization"] == b"Basic eDp5"


@pytest.mark.parametrize(
    "path", ["/oauth/token/", "/oauth/tokens", "/OAUTH/token", "//oauth/token", "/oauth", "/"]
)
async def test_nothing_beside_it_is_open(path: str) -> None:
    seen = Seen()

    await seen.post(path)

    assert (seen.headers, seen.status) == (None, 403)
