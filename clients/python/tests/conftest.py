"""A stopped clock, a fake Firstmile, and a door for each kind of middleware."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import pytest

from firstmile_client import Gate, OnboardingGate, Settings, WSGIOnboardingGate
from firstmile_client.testing import FakeFirstmile, StoppedClock

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from firstmile_client.asgi import Message, Receive, Scope, Send


@dataclass(frozen=True)
class Seen:
    """What came back; `passed` when the application itself answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def passed(self) -> bool:
        return self.headers.get("served-by") == "the application"

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document


class ASGIDoor:
    """An ASGI application behind the gate, spoken to as a server does: path decoded."""

    def __init__(self, base_url: str, **options: Any) -> None:
        self._app = OnboardingGate(self._inner, base_url, **options)
        self.gate: Gate = self._app.gate

    async def get(
        self, target: str, *headers: tuple[str, str], method: str = "GET", mount: str = ""
    ) -> Seen:
        scope: Scope = {
            "type": "http",
            "method": method,
            "path": mount + unquote_to_bytes(target).decode("utf-8", "replace"),
            "root_path": mount,
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
        }
        sent: list[Message] = []

        async def receive() -> "Message":
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: "Message") -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Seen(sent[0]["status"], told, b"".join(part["body"] for part in sent[1:]))

    async def _inner(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        headers = [(b"served-by", b"the application")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": told(scope["firstmile"])})


class WSGIDoor:
    """A WSGI application behind the gate, spoken to as a server does: PATH_INFO in latin-1."""

    def __init__(self, base_url: str, **options: Any) -> None:
        self._app = WSGIOnboardingGate(self._inner, base_url, **options)
        self.gate: Gate = self._app.gate

    async def get(
        self, target: str, *headers: tuple[str, str], method: str = "GET", mount: str = ""
    ) -> Seen:
        environ: WSGIEnvironment = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": mount,
            "PATH_INFO": unquote_to_bytes(target).decode("latin-1"),
        }
        for name, value in headers:
            key = "HTTP_" + name.upper().replace("-", "_")
            environ[key] = f"{environ[key]},{value}" if key in environ else value
        answer: list[Any] = []

        def start_response(status: str, told: list[tuple[str, str]], *_: Any) -> Any:
            answer.extend([int(status[:3]), dict(told)])

        body = b"".join(self._app(environ, start_response))
        return Seen(answer[0], answer[1], body)

    def _inner(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        start_response("200 OK", [("served-by", "the application")])
        return [told(environ["firstmile.claims"])]


def told(claims: Any) -> bytes:
    return json.dumps({"subject": claims.subject if claims else None}).encode()


@pytest.fixture
def time() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def fake(time: StoppedClock) -> FakeFirstmile:
    return FakeFirstmile(now=time.clock.now)


@pytest.fixture
def settings(fake: FakeFirstmile, time: StoppedClock) -> Callable[..., Settings]:
    return lambda **options: Settings(transport=fake.transport, clock=time.clock, **options)


@pytest.fixture(params=[ASGIDoor, WSGIDoor], ids=["asgi", "wsgi"])
def door(
    request: pytest.FixtureRequest, fake: FakeFirstmile, settings: Callable[..., Settings]
) -> Callable[..., Any]:
    """Build a door: paths by protect, exempt and routes; everything else is a setting."""

    def build(**options: Any) -> Any:
        paths = {
            name: options.pop(name) for name in ("protect", "exempt", "routes") if name in options
        }
        return request.param(fake.base_url, settings=settings(**options), **paths)

    return build


@pytest.fixture
def bearer(fake: FakeFirstmile) -> Callable[..., tuple[str, str]]:
    return lambda subject, **claims: ("authorization", f"Bearer {fake.token(subject, **claims)}")
