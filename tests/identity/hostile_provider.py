"""An OpenID provider that does whatever a test tells it to."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "firstmile", "the secret of the client, long enough"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, private=True)
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, private=True)
HOUR = 3600

Claims = dict[str, Any]
Answering = Callable[["Handler"], None]


@dataclass
class HostileProvider:
    """What it says is right as long as no test says otherwise."""

    issuer: str
    claims: Claims = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    header: Claims = field(default_factory=dict)
    metadata: Claims = field(default_factory=dict)
    userinfo: Claims = field(default_factory=dict)
    tokens: Claims = field(default_factory=dict)
    published: list[Any] = field(default_factory=lambda: [KEY.as_dict(private=False)])
    signs: Callable[["HostileProvider", Claims], str] | None = None
    answering: dict[str, Answering] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    given: dict[str, dict[str, str]] = field(default_factory=dict)
    signed: list[str] = field(default_factory=list)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def visit(self, address: str, **said: str | None) -> str:
        """Whoever comes here is signed in at once; where they are sent back to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self.given)}-of-the-provider"
        self.given[code] = query
        answer = {"code": code, "state": query["state"], "iss": self.issuer, **said}
        told = {name: value for name, value in answer.items() if value is not None}
        return f"{query['redirect_uri']}?{urlencode(told)}"

    def configuration(self) -> Claims:
        """What it publishes about itself."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/me",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "authorization_response_iss_parameter_supported": True,
            **self.metadata,
        }

    def redeem(self, form: Mapping[str, str]) -> Claims:
        """The tokens for a code, once the caller proved that the code is theirs."""
        asked = self.given[form["code"]]
        assert asked["code_challenge"] == create_s256_code_challenge(form["code_verifier"])
        assert asked["redirect_uri"] == form["redirect_uri"]
        assert (form["client_id"], form["client_secret"]) == (CLIENT, SECRET)
        with self.turn:
            id_token = self.id_token(asked["nonce"])
            self.signed.append(id_token)
        answer = {"access_token": "the-access-token", "token_type": "Bearer", "id_token": id_token}
        return {**answer, **self.tokens}

    def id_token(self, nonce: str) -> str:
        """Who somebody is, as the test wants it told and signed."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "dana",
            "aud": CLIENT,
            "iat": now,
            "exp": now + HOUR,
            "nonce": nonce,
            "email": "dana@example.org",
            "email_verified": True,
            "given_name": "Dana",
            "family_name": "Example",
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if name not in self.left_out}
        if self.signs is not None:
            return self.signs(self, claims)
        return jwt.encode({"alg": "RS256", "kid": "one", **self.header}, claims, KEY)


class Handler(BaseHTTPRequestHandler):
    """One request to it."""

    provider: HostileProvider
    form: Mapping[str, str]

    def do_GET(self) -> None:
        self._respond({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self._respond({name: values[0] for name, values in parse_qs(body).items()})

    def _respond(self, form: Mapping[str, str]) -> None:
        provider, path = self.provider, self.path.partition("?")[0]
        self.form = form
        provider.asked.append(path)
        with suppress(ConnectionError):
            if path in provider.answering:
                provider.answering[path](self)
            elif path == "/.well-known/openid-configuration":
                self.say(provider.configuration())
            elif path == "/jwks":
                self.say({"keys": provider.published})
            elif path == "/token":
                self.say(provider.redeem(form))
            elif path == "/me":
                self.say({"sub": "dana", **provider.userinfo})
            else:
                self.say({}, status=404)

    def say(self, told: Any, *, status: int = 200, **headers: str) -> None:
        """Answer with JSON."""
        self.send(json.dumps(told).encode(), status=status, **headers)

    def send(self, body: bytes, *, status: int = 200, **headers: str) -> None:
        """Answer with these bytes."""
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing is worth a line."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is none."""


@contextmanager
def hostile_provider() -> Iterator[HostileProvider]:
    """One that listens on a free port."""
    kind = type("OwnHandler", (Handler,), {})
    server = Server(("127.0.0.1", 0), kind)
    provider = HostileProvider(f"http://127.0.0.1:{server.server_address[1]}")
    kind.provider = provider  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def drip(handler: Handler) -> None:
    """Say something every moment, and never come to an end."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


def gush(handler: Handler) -> None:
    """Say more than anybody wants to hear, without telling how much."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b" " * 65536)


def be_silent(handler: Handler) -> None:
    """Take the question and say nothing."""
    time.sleep(2)
