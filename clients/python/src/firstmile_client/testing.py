"""A Firstmile for tests of other applications: real tokens, and a gate you tell what to say."""

import http.server
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from firstmile_client.settings import Clock

Response = tuple[int, dict[str, str], dict[str, Any]]

HOUR = 3600


class StoppedClock:
    """A clock that moves when told, for `Settings(clock=stopped.clock)`."""

    def __init__(self, at: float = 1_800_000_000.0) -> None:
        self.time = at
        self.clock = Clock(now=lambda: self.time, steady=lambda: self.time)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.time += seconds


class FakeFirstmile:
    """Stands in for Firstmile: pass `transport` in the Settings, or `serve()` it on a port."""

    def __init__(
        self, base_url: str = "https://firstmile.test", now: Callable[[], float] = time.time
    ) -> None:
        self.base_url = base_url
        self.asked: list[str] = []
        self.key_requests = 0
        self.is_down = False
        self.is_gating_off = False
        self.key = ECKey.generate_key(
            "P-256", {"kid": str(uuid.uuid4()), "use": "sig", "alg": "ES256"}
        )
        self.transport = httpx.MockTransport(self._reply)
        self._now = now
        self._refusals: dict[tuple[str, str, str | None], Response] = {}

    def token(self, subject: str, **claims: Any) -> str:
        """An access token, valid for an hour; keyword arguments replace or add claims."""
        issued = int(self._now())
        usual = {
            "iss": self.base_url,
            "aud": "firstmile",
            "sub": subject,
            "sid": f"session-of-{subject}",
            "iat": issued,
            "exp": issued + HOUR,
            "roles": ["member"],
        }
        header = {"alg": "ES256", "kid": self.key.kid, "typ": "at+jwt"}
        return jwt.encode(header, {**usual, **claims}, self.key, algorithms=["ES256"])

    def block(self, subject: str, route: str, *steps: str, project: str | None = None) -> None:
        """Block a route, and all below it, until the steps are done; in one project, or in all."""
        document = _problem(
            409,
            "step_blocked",
            "A step comes first.",
            blockedBy=list(steps),
            nextStep=steps[0],
            reasons=[_reason(step) for step in steps],
        )
        self.refuse(subject, route, document, f"/onboarding/{steps[0]}", project=project)

    def refuse(
        self,
        subject: str,
        route: str,
        document: Mapping[str, Any],
        next_href: str | None = None,
        *,
        project: str | None = None,
    ) -> None:
        """Refuse a route with a problem document of your own."""
        headers = {"x-firstmile-reason": document["error"]}
        if "retryAfter" in document:
            headers["retry-after"] = str(document["retryAfter"])
        if next_href:
            headers["x-firstmile-next"] = next_href
        self._refusals[subject, route, project] = document["status"], headers, dict(document)

    def allow(self, subject: str, route: str, *, project: str | None = None) -> None:
        """Take a refusal back."""
        self._refusals.pop((subject, route, project), None)

    def answer(self, target: str, headers: Mapping[str, str]) -> Response:
        """What Firstmile says to a GET of the target; header names are lower case."""
        if self.is_down:
            return 503, {}, _problem(503, "unavailable", "Firstmile is down.")
        url = urlsplit(target)
        if url.path == "/.well-known/jwks.json":
            self.key_requests += 1
            return 200, {}, {"keys": [self.key.as_dict(private=False)]}
        if url.path == "/api/v1/gate":
            return self._gate(parse_qs(url.query), headers)
        return 404, {}, _problem(404, "not_found", "There is nothing here.")

    @contextmanager
    def serve(self, port: int = 0) -> Iterator[str]:
        """Serve on 127.0.0.1 while the block runs; gives the address, from then on the issuer."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.base_url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self.base_url
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _gate(self, query: Mapping[str, list[str]], headers: Mapping[str, str]) -> Response:
        route = query["route"][0] if "route" in query else _forwarded(headers)
        self.asked.append(route)
        claims = self._claims(headers)
        if claims is None:
            return 401, {}, _problem(401, "unauthenticated", "Please sign in.")
        subject = str(claims["sub"])
        told = {"x-firstmile-user": subject}
        if "act" in claims:  # staff in the place of the person (RFC 8693)
            told["x-firstmile-impersonator"] = str(claims["act"]["sub"])
        if self.is_gating_off:
            return 200, {**told, "x-firstmile-gating": "off"}, {"allowed": True}
        (project,) = query.get("project", [None])
        for (blocked, prefix, place), (status, hints, document) in self._refusals.items():
            is_meant = blocked == subject and place in (None, project)
            if is_meant and (route == prefix or route.startswith(f"{prefix}/")):
                is_blocked = status == 409 and query.get("blocked") == ["403"]
                return (403 if is_blocked else status), hints, document
        return 200, told, {"allowed": True}

    def _claims(self, headers: Mapping[str, str]) -> Mapping[str, Any] | None:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        try:
            claims = jwt.decode(token, self.key, algorithms=["ES256"]).claims
        except (JoseError, ValueError):
            return None
        return claims if claims["exp"] > self._now() else None

    def _reply(self, request: httpx.Request) -> httpx.Response:
        status, headers, document = self.answer(request.url.raw_path.decode(), request.headers)
        return httpx.Response(status, headers=headers, json=document)

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                given = {name.lower(): value for name, value in self.headers.items()}
                status, headers, document = fake.answer(self.path, given)
                body = json.dumps(document).encode()
                self.send_response(status)
                for name, value in {**headers, "content-length": str(len(body))}.items():
                    self.send_header(name, value)
                self.send_header(
                    "content-type",
                    "application/json" if status == 200 else "application/problem+json",
                )
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        return Handler


def _forwarded(headers: Mapping[str, str]) -> str:
    uri = headers.get("x-forwarded-uri") or headers.get("x-original-uri") or "/"
    return unquote(uri.partition("?")[0])


def _problem(status: int, error: str, message: str, **more: Any) -> dict[str, Any]:
    return {"type": "about:blank", "status": status, "error": error, "message": message, **more}


def _reason(step: str) -> dict[str, Any]:
    fix = {"href": f"/onboarding/{step}", "step": step}
    return {"kind": "step", "message": f"Finish this first: {step}.", "step": step, "fix": fix}
