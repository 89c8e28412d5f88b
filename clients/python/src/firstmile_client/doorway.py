"""What happens to one request at the gate, for ASGI and WSGI alike."""

import json
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from firstmile_client.gate import Gate
from firstmile_client.line import Talk
from firstmile_client.paths import Paths
from firstmile_client.settings import Settings
from firstmile_client.tokens import Claims, TokenRefused
from firstmile_client.verdicts import Problem, Verdict, problem
from firstmile_client.visits import Visit

SIGN_IN_FIRST = problem(401, "unauthenticated", "Please sign in.")
CORRELATION_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True)
class Passed:
    """The application may answer. `claims` is None when the path is not gated."""

    claims: Claims | None = None


@dataclass(frozen=True)
class Turned:
    """The answer to send instead of the application's."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Doorway:
    """Decides about visits by asking the gate for every route a path may stand for."""

    def __init__(self, base_url: str, paths: Paths, settings: Settings) -> None:
        self.gate = Gate(base_url, settings)
        self._paths = paths
        self._settings = settings
        self._public_url = (settings.issuer or base_url).rstrip("/")

    def decide(self, visit: Visit) -> Talk[Passed | Turned]:
        """Pass or turn away."""
        routes = self._paths.to_ask(visit.path)
        if not routes or visit.is_preflight:
            return Passed()
        token = self._token(visit)
        try:
            claims = yield from self.gate.verifier.talk(token)
        except TokenRefused:
            return self._turn(visit, Verdict(401, SIGN_IN_FIRST), was_given=bool(token))
        return (yield from self._consult(visit, claims, token, routes))

    def _consult(
        self, visit: Visit, claims: Claims, token: str, routes: Iterable[str]
    ) -> Talk[Passed | Turned]:
        name_project = self._settings.project_of
        project = name_project(visit) if name_project else None
        for route in routes:
            verdict = yield from self.gate.consult(claims, token, route, project)
            if not verdict.is_allowed:
                return self._turn(visit, verdict, was_given=True)
        return Passed(claims)

    def _token(self, visit: Visit) -> str:
        scheme, _, token = visit.header("authorization").partition(" ")
        if scheme.lower() == "bearer":
            return token.strip()
        if self._settings.cookie and not scheme:
            return _cookie(visit.header("cookie"), self._settings.cookie)
        return ""

    def _turn(self, visit: Visit, verdict: Verdict, *, was_given: bool) -> Turned:
        if self._settings.redirect and verdict.next_href and _is_page_view(visit):
            location = self._public_url + verdict.next_href
            return Turned(
                303,
                (("location", location), ("cache-control", "no-store"), ("content-length", "0")),
                b"",
            )
        body = json.dumps(_identified(verdict.problem, visit)).encode()
        headers = [
            ("content-type", "application/problem+json"),
            ("content-length", str(len(body))),
            ("cache-control", "no-store"),
            *_hints(verdict, was_given=was_given),
        ]
        return Turned(verdict.status, tuple(headers), b"" if visit.method == "HEAD" else body)


def _hints(verdict: Verdict, *, was_given: bool) -> list[tuple[str, str]]:
    hints = []
    if verdict.next_href:
        hints.append(("x-firstmile-next", verdict.next_href))
    if verdict.status == 401:  # RFC 6750, 3: no error code when no token was given
        hints.append(
            ("www-authenticate", 'Bearer error="invalid_token"' if was_given else "Bearer")
        )
    if verdict.status in (429, 503):
        hints.append(("retry-after", str(verdict.retry_after)))
    return hints


def _identified(document: Problem, visit: Visit) -> Problem:
    if "correlationId" in document:
        return document
    given = visit.header("x-correlation-id")
    return {
        **document,
        "correlationId": given if CORRELATION_ID.fullmatch(given) else str(uuid.uuid4()),
    }


def _is_page_view(visit: Visit) -> bool:
    return visit.method in ("GET", "HEAD") and "text/html" in visit.header("accept")


def _cookie(header: str, name: str) -> str:
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    return next((value.strip('"') for key, _, value in pairs if key == name), "")
